package writer

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// sickDisk fails from its n-th operation on, counted from 1: this one alone, or all from there on.
type sickDisk struct {
	at      int
	forever bool
	does    bool // what fails has happened all the same: as after a kill right behind it
	count   int
	failed  string // the first operation that failed
}

func (s *sickDisk) disk() Disk {
	real, d := System, System
	try := func(name string, do func() error) error {
		s.count++
		due := s.at > 0 && (s.count == s.at || s.forever && s.count > s.at)
		if !due {
			return do()
		}
		if s.failed == "" {
			s.failed = name
			if s.does {
				return errors.Join(do(), errBroken)
			}
		}
		return errBroken
	}
	d.Open = func(path string) (f *os.File, err error) {
		if err = try("open", func() error { f, err = real.Open(path); return err }); err != nil && f != nil {
			f.Close()
			return nil, err
		}
		return f, err
	}
	d.Truncate = func(f *os.File) error { return try("truncate", func() error { return real.Truncate(f) }) }
	d.Write = func(f *os.File, p []byte) (n int, err error) {
		half, _ := real.Write(f, p[:len(p)/2])
		if err := try("half a write", func() error { return nil }); err != nil {
			return half, err
		}
		err = try("write", func() error { n, err = real.Write(f, p[half:]); return err })
		return half + n, err
	}
	d.Sync = func(f *os.File) error { return try("sync", func() error { return real.Sync(f) }) }
	d.Close = func(f *os.File) error { // as the system does, it closes in any case
		return errors.Join(real.Close(f), try("close", func() error { return nil }))
	}
	d.Rename = func(from, to string) error { return try("rename", func() error { return real.Rename(from, to) }) }
	d.Remove = func(path string) error { return try("remove", func() error { return real.Remove(path) }) }
	d.SyncDir = func(dir string) error { return try("folder", func() error { return real.SyncDir(dir) }) }
	return d
}

// TestReplaceFailsAtEveryOperation: each operation fails, alone or with all after it, before or after it took effect. The
// file is the old one or the new one, whole, and what is left beside it goes with the next time.
func TestReplaceFailsAtEveryOperation(t *testing.T) {
	const before, after = "old and longer than the new one\n", "new\n"
	seen := map[string]bool{}
	for _, there := range []bool{true, false} {
		for _, forever := range []bool{false, true} {
			for _, does := range []bool{false, true} {
				for at := 1; ; at++ {
					path := filepath.Join(t.TempDir(), "m.prom")
					if there {
						write(t, path, before)
					}
					sick := &sickDisk{at: at, forever: forever, does: does}
					err := ReplaceFile(path, []byte(after), 0o644, Options{Disk: sick.disk()})
					if sick.failed == "" {
						if err != nil {
							t.Fatal(err)
						}
						break
					}
					seen[sick.failed] = true
					name := strings.Join([]string{sick.failed, map[bool]string{true: "for ever"}[forever], map[bool]string{true: "after it happened"}[does]}, " ")
					if !errors.Is(err, errBroken) || !strings.Contains(err.Error(), path) {
						t.Errorf("%s: error %v", name, err)
					}
					got, missing := os.ReadFile(path)
					renamed := sick.failed == "folder" || sick.failed == "rename" && does
					switch {
					case renamed && string(got) != after, !renamed && there && string(got) != before, !renamed && !there && missing == nil:
						t.Errorf("%s: the file holds %q", name, got)
					}
					onlyBeside(t, name, path, forever || does)
					if err := ReplaceFile(path, []byte(after), 0o644, Options{}); err != nil {
						t.Errorf("%s: the next time: %v", name, err)
					}
					onlyBeside(t, name+", and once more", path, false)
				}
			}
		}
	}
	for _, operation := range []string{"open", "truncate", "half a write", "write", "sync", "close", "rename", "folder"} {
		if !seen[operation] {
			t.Errorf("%s never failed", operation)
		}
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// onlyBeside: nothing is in the folder but the file, and perhaps what the next time will take.
func onlyBeside(t *testing.T, name, path string, leftover bool) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() == filepath.Base(path) || leftover && e.Name() == filepath.Base(Partial(path)) {
			continue
		}
		t.Errorf("%s: %s is left", name, e.Name())
	}
}

// TestReplaceInOrder: nothing takes a file's place that is not whole on the disk.
func TestReplaceInOrder(t *testing.T) {
	var calls []string
	d := System
	d.Write = func(f *os.File, p []byte) (int, error) { calls = append(calls, "write"); return f.Write(p) }
	d.Sync = func(f *os.File) error { calls = append(calls, "sync"); return f.Sync() }
	d.Close = func(f *os.File) error { calls = append(calls, "close"); return f.Close() }
	d.Rename = func(a, b string) error { calls = append(calls, "rename"); return os.Rename(a, b) }
	d.SyncDir = func(string) error { calls = append(calls, "folder"); return nil }
	if err := ReplaceFile(filepath.Join(t.TempDir(), "a"), []byte("new"), 0o600, Options{Disk: d}); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(calls, " "); got != "write sync close rename folder" {
		t.Error(got)
	}
}

// TestReplaceWaitsForItsTurn: a second program waits for the first, and gives up on one that never ends.
func TestReplaceWaitsForItsTurn(t *testing.T) {
	for _, held := range []time.Duration{time.Second, time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a")
			began := time.Now()
			err := ReplaceFile(path, []byte("new"), 0o600, Options{Lock: func(*os.File) error {
				if time.Since(began) < held {
					return errBroken
				}
				return nil
			}})
			if waits := held < turn; (err == nil) != waits || !waits && !errors.Is(err, ErrBusy) {
				t.Errorf("held for %s: %v", held, err)
			}
			if waited := time.Since(began); waited > turn+time.Second {
				t.Errorf("waited for %s", waited)
			}
		})
	}
}

// TestReplaceOfAMovedTarget: what came to stand under the name while the file was made is not replaced.
func TestReplaceOfAMovedTarget(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	d := System
	d.Close = func(f *os.File) error { return errors.Join(f.Close(), os.Mkdir(path, 0o700)) }
	renamed := false
	d.Rename = func(from, to string) error { renamed = renamed || to == path; return os.Rename(from, to) }
	err := ReplaceFile(path, []byte("new"), 0o600, Options{Disk: d})
	if strange := (*NotOrdinaryError)(nil); !errors.As(err, &strange) || renamed {
		t.Errorf("error %v, renamed: %v", err, renamed)
	}
	onlyBeside(t, "a folder", path, false)

	// A sheet holds what was paid for, and is kept beside it.
	os.Remove(path)
	kept, err := writeOne(path, d)
	if held := (*HeldOpenError)(nil); !errors.As(err, &held) || renamed || filepath.Base(kept) != "a.new.csv" {
		t.Errorf("the sheet is at %q, error %v, renamed: %v", kept, err, renamed)
	}
}

// TestTargets: what is refused says its name, and what to give instead.
func TestTargets(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "file"), "")
	for _, path := range []string{dir, dir + "/", dir + "/.", dir + "/..", filepath.Join(dir, "new") + "/"} {
		_, err := Target(path)
		if strange := (*NotOrdinaryError)(nil); !errors.As(err, &strange) || !strings.HasPrefix(err.Error(), path+" is a folder; give") {
			t.Errorf("%s: %v", path, err)
		}
		if Replaceable(path) == nil {
			t.Errorf("%s is taken for a file", path)
		}
	}
	for _, path := range []string{filepath.Join(dir, "file"), filepath.Join(dir, "new"), filepath.Join(dir, "nowhere", "new")} {
		if at, err := Target(path); err != nil || filepath.Base(at) != filepath.Base(path) {
			t.Errorf("%s: %s, %v", path, at, err)
		}
	}
	if err := ReplaceFile(filepath.Join(dir, "nowhere", "new"), nil, 0o600, Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder that is not there: %v", err)
	}
}
