package writer

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var errBroken = errors.New("broken on purpose")

// broken returns a disk on which one call fails, and tells whether it did.
func broken(call string, hit *bool) Disk {
	d := System
	fail := func() error { *hit = true; return errBroken }
	switch call {
	case "open":
		d.Open = func(string) (*os.File, error) { return nil, fail() }
	case "write":
		d.Write = func(*os.File, []byte) (int, error) { return 0, fail() }
	case "short write":
		d.Write = func(f *os.File, p []byte) (int, error) {
			n, _ := f.Write(p[:len(p)/2])
			return n, fail()
		}
	case "sync":
		d.Sync = func(*os.File) error { return fail() }
	case "close":
		d.Close = func(f *os.File) error { return errors.Join(f.Close(), fail()) }
	case "both renames":
		d.Rename = func(string, string) error { return fail() }
	case "size":
		d.Close = func(f *os.File) error {
			*hit = true
			return errors.Join(f.Truncate(1), f.Close())
		}
	}
	return d
}

// TestNothingOrAll breaks one call after the other: the old sheet stays, and
// nothing else.
func TestNothingOrAll(t *testing.T) {
	for _, ext := range []string{".csv", ".xlsx"} {
		for _, call := range []string{"open", "write", "short write", "sync", "close", "both renames", "size"} {
			t.Run(call+ext, func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "a"+ext)
				if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
					t.Fatal(err)
				}
				hit := false
				at, err := writeOne(path, broken(call, &hit))
				if !hit {
					t.Fatal("the call was never made")
				}
				if err == nil || at != "" {
					t.Fatalf("it ended well, at %q", at)
				}
				if call != "size" && !errors.Is(err, errBroken) {
					t.Errorf("the cause is lost: %v", err)
				}
				if !strings.Contains(err.Error(), path) {
					t.Errorf("%q does not name the path", err)
				}
				if got, _ := os.ReadFile(path); string(got) != "old" {
					t.Errorf("the target holds %q", got)
				}
				alone(t, path)
			})
		}
	}
}

func writeOne(path string, d Disk) (string, error) {
	s, err := create(path, layoutOf(1), Options{}, d, excelLimits)
	if err != nil {
		return "", err
	}
	defer s.Discard()
	if err := s.Append(texts(2, "甲")); err != nil {
		return "", err
	}
	return s.Commit(Summary{})
}

func TestWriteFailsInTheMiddle(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	d, writes := System, 0
	d.Write = func(f *os.File, p []byte) (int, error) {
		if writes++; writes > 3 {
			return 0, errBroken
		}
		return f.Write(p)
	}
	s, err := create(path, layoutOf(1), Options{}, d, excelLimits)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Discard()
	long := strings.Repeat("长", 10_000)
	for range 100 {
		if err = s.Append(texts(2, long)); err != nil {
			break
		}
	}
	if !errors.Is(err, errBroken) || !strings.Contains(err.Error(), path) {
		t.Fatalf("error %v", err)
	}
	if _, again := s.Commit(Summary{}); again != err {
		t.Errorf("Commit says %v", again)
	}
	empty(t, filepath.Dir(path))
}

func TestFolderSyncFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	d := System
	d.SyncDir = func(dir string) error {
		if filepath.Clean(dir) != filepath.Dir(path) {
			t.Errorf("synced %s", dir)
		}
		return errBroken
	}
	at, err := writeOne(path, d)
	if at != path || !errors.Is(err, errBroken) || !strings.Contains(err.Error(), path) {
		t.Errorf("Commit says %q, %v", at, err)
	}
	compare(t, csvRecords(t, path), [][]string{{"列1"}, {"甲"}})
	alone(t, path)
}

func TestOrderOfCalls(t *testing.T) {
	var calls []string
	d := System
	d.Write = func(f *os.File, p []byte) (int, error) {
		if len(calls) == 0 {
			calls = append(calls, "write")
		}
		return f.Write(p)
	}
	d.Sync = func(f *os.File) error { calls = append(calls, "sync"); return f.Sync() }
	d.Close = func(f *os.File) error { calls = append(calls, "close"); return f.Close() }
	d.Rename = func(a, b string) error { calls = append(calls, "rename"); return os.Rename(a, b) }
	d.SyncDir = func(dir string) error { calls = append(calls, "folder"); return syncDir(dir) }
	for _, ext := range []string{".csv", ".xlsx"} {
		calls = nil
		if _, err := writeOne(filepath.Join(t.TempDir(), "a"+ext), d); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(calls, " "); got != "write sync close rename folder" {
			t.Errorf("%s: %s", ext, got)
		}
	}
}

func TestHeldOpen(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.checked.xlsx")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	d := System
	d.Rename = func(from, to string) error {
		if to == path {
			return errBroken
		}
		return os.Rename(from, to)
	}
	for _, name := range []string{"a.checked.new.xlsx", "a.checked.new2.xlsx"} {
		kept := filepath.Join(dir, name)
		at, err := writeOne(path, d)
		var held *HeldOpenError
		if !errors.As(err, &held) || held.Path != path || held.Kept != kept || at != kept || !errors.Is(err, errBroken) {
			t.Fatalf("Commit says %q, %v; want it kept as %s", at, err, kept)
		}
		if got, _ := os.ReadFile(path); string(got) != "old" {
			t.Errorf("the target holds %q", got)
		}
		compare(t, sheet(t, kept, "核验结果", 1), [][]string{{"列1"}, {"甲"}})
		private(t, kept)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 3 {
		t.Errorf("the folder holds %v", entries)
	}
}

func TestLeftoversOfAKilledRun(t *testing.T) {
	for _, ext := range []string{".csv", ".xlsx"} {
		path := filepath.Join(t.TempDir(), "a"+ext)
		old := strings.Repeat("old people\n", 10_000)
		if err := os.WriteFile(Partial(path), []byte(old), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(Scratch(path), 0o700); err != nil {
			t.Fatal(err)
		}
		spilled := filepath.Join(Scratch(path), "excelize-123")
		if err := os.WriteFile(spilled, []byte(old), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Create(path, layoutOf(1), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := os.Lstat(spilled); err == nil {
			t.Error("the spilled rows are still there")
		}
		if got, _ := os.ReadFile(Partial(path)); strings.Contains(string(got), "old") {
			t.Error("the old sibling's text is still there")
		}
		s.Discard()
		s.Discard()
		empty(t, filepath.Dir(path))
	}
}

func TestSpilledRowsStayBesideTheSheet(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	path := filepath.Join(t.TempDir(), "a.xlsx")
	s, err := Create(path, layoutOf(1), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Discard()
	long := strings.Repeat("长", 30_000)
	for i := range 195 {
		if err := s.Append(texts(i+2, long)); err != nil {
			t.Fatal(err)
		}
	}
	spilled, err := os.ReadDir(Scratch(path))
	if err != nil || len(spilled) == 0 {
		t.Fatalf("nothing was spilled (%v): the test has lost its point", err)
	}
	private(t, Scratch(path))
	private(t, filepath.Join(Scratch(path), spilled[0].Name()))
	empty(t, os.Getenv("TMPDIR"))
	if _, err := s.Commit(Summary{}); err != nil {
		t.Fatal(err)
	}
	alone(t, path)
	if got := len(sheet(t, path, "核验结果", 1)); got != 196 {
		t.Errorf("%d rows", got)
	}
}

func TestBusySiblingIsNotTouched(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.xlsx")
	if err := os.WriteFile(Partial(path), []byte("another run's rows"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Create(path, layoutOf(1), Options{Lock: func(*os.File) error { return errBroken }})
	if !errors.Is(err, ErrBusy) || !errors.Is(err, errBroken) || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v", err)
	}
	if got, _ := os.ReadFile(Partial(path)); string(got) != "another run's rows" {
		t.Errorf("the sibling holds %q", got)
	}
}

// TestSiblingRenamedBeforeTheLock: between our open and our lock the other run
// commits. What we hold open is its finished sheet then.
func TestSiblingRenamedBeforeTheLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	if err := os.WriteFile(Partial(path), []byte("the other's sheet"), 0o600); err != nil {
		t.Fatal(err)
	}
	tries := 0
	s, err := Create(path, layoutOf(1), Options{Lock: func(*os.File) error {
		if tries++; tries == 1 {
			return os.Rename(Partial(path), path)
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Discard()
	if tries != 2 {
		t.Errorf("locked %d times, want 2", tries)
	}
	if got, _ := os.ReadFile(path); string(got) != "the other's sheet" {
		t.Errorf("the target holds %q", got)
	}
	if _, err := s.Commit(Summary{}); err != nil {
		t.Fatal(err)
	}
}

func TestAfterTheEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	s, err := Create(path, layoutOf(1), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Commit(Summary{}); err != nil {
		t.Fatal(err)
	}
	if err := s.Append(texts(2, "甲")); !errors.Is(err, errCommitted) {
		t.Errorf("Append says %v", err)
	}
	if at, err := s.Commit(Summary{}); !errors.Is(err, errCommitted) || at != "" {
		t.Errorf("Commit says %q, %v", at, err)
	}
	s.Discard()
	if _, err := os.Lstat(path); err != nil {
		t.Error("Discard removed the sheet")
	}

	s, err = Create(path, layoutOf(1), Options{})
	if err != nil {
		t.Fatal(err)
	}
	s.Discard()
	if err := s.Append(texts(2, "甲")); !errors.Is(err, errDiscarded) {
		t.Errorf("Append says %v", err)
	}
	if _, err := s.Commit(Summary{}); !errors.Is(err, errDiscarded) {
		t.Errorf("Commit says %v", err)
	}
	alone(t, path)
}

// TestContainerKeepsTheFirstFailure: the library goes on after some failures.
func TestContainerKeepsTheFirstFailure(t *testing.T) {
	r, w := io.Pipe()
	r.CloseWithError(errBroken)
	c := newContainer(w, 1<<32)
	for range 3 {
		part, err := c.Create("a")
		if err == nil {
			_, err = part.Write([]byte(strings.Repeat("a", 1<<20)))
		}
		if !errors.Is(err, errBroken) {
			t.Errorf("error %v", err)
		}
	}
	if err := c.Close(); !errors.Is(err, errBroken) || c.closed {
		t.Errorf("Close says %v", err)
	}
}
