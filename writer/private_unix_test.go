//go:build unix

package writer

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func private(t testing.TB, path string) {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	want := os.FileMode(0o600)
	if info.IsDir() {
		want = 0o700
	}
	if info.Mode().Perm() != want {
		t.Errorf("%s has mode %v, want %v", path, info.Mode().Perm(), want)
	}
}

func flock(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) }

func TestLockIsHeldUntilTheRename(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	looked := false
	d := System
	d.Rename = func(from, to string) error {
		f, err := os.Open(from)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := flock(f); !errors.Is(err, syscall.EWOULDBLOCK) {
			t.Errorf("the closed sibling can be locked: %v", err)
		}
		looked = true
		return os.Rename(from, to)
	}
	s, err := create(path, layoutOf(1), Options{Lock: flock}, d, excelLimits)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Discard()
	if second, err := Create(path, layoutOf(1), Options{Lock: flock}); !errors.Is(err, ErrBusy) {
		t.Errorf("a second run got %v, %v", second, err)
	}
	if _, err := s.Commit(Summary{}); err != nil {
		t.Fatal(err)
	}
	if !looked {
		t.Fatal("nothing was renamed")
	}
	third, err := Create(path, layoutOf(1), Options{Lock: flock})
	if err != nil {
		t.Fatalf("the lock outlived the commit: %v", err)
	}
	third.Discard()
}

func TestPlantedSiblings(t *testing.T) {
	for name, plant := range map[string]func(at, victim string) error{
		"a link":   func(at, victim string) error { return os.Symlink(victim, at) },
		"a folder": func(at, _ string) error { return os.Mkdir(at, 0o700) },
		"a pipe":   func(at, _ string) error { return syscall.Mkfifo(at, 0o600) },
	} {
		dir := t.TempDir()
		path, victim := filepath.Join(dir, "a.csv"), filepath.Join(dir, "victim")
		if err := os.WriteFile(victim, []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := plant(Partial(path), victim); err != nil {
			t.Fatal(err)
		}
		if s, err := Create(path, layoutOf(1), Options{}); err == nil {
			s.Discard()
			t.Errorf("%s was taken for the sibling", name)
		}
		if got, _ := os.ReadFile(victim); string(got) != "mine" {
			t.Errorf("%s: the file behind it holds %q", name, got)
		}
	}
}

func TestLinkedTargetIsReplacedNotWrittenThrough(t *testing.T) {
	dir := t.TempDir()
	path, victim := filepath.Join(dir, "a.csv"), filepath.Join(dir, "victim")
	if err := os.WriteFile(victim, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(victim, path); err != nil {
		t.Fatal(err)
	}
	s, err := Create(path, layoutOf(1), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Discard()
	if _, err := s.Commit(Summary{}); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(victim); string(got) != "mine" {
		t.Errorf("the file behind the link holds %q", got)
	}
	private(t, path)
}

func TestLooseModesAreTightened(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.xlsx")
	for _, p := range []string{path, Partial(path)} {
		if err := os.WriteFile(p, []byte("old"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s, err := Create(path, layoutOf(1), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Discard()
	private(t, Partial(path))
	private(t, Scratch(path))
	if _, err := s.Commit(Summary{}); err != nil {
		t.Fatal(err)
	}
	alone(t, path)
}

// The look before the open can be outrun; the open itself must not follow.
func TestOpenFollowsNoLink(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(dir, "link")
	if err := os.Symlink(filepath.Join(dir, "victim"), link); err != nil {
		t.Fatal(err)
	}
	if f, err := System.Open(link); err == nil {
		f.Close()
		t.Error("a link was followed")
	}
}
