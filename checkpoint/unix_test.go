//go:build unix

package checkpoint

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func checkMode(t *testing.T, info fs.FileInfo) {
	t.Helper()
	if info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v", info.Mode())
	}
}

func TestOthersMayNotReadTheKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	_, err := CreateKeyFile(path)
	must(t, err)
	for _, mode := range []os.FileMode{0o640, 0o604, 0o620, 0o610} {
		must(t, os.Chmod(path, mode))
		if _, err := ReadKeyFile(path); !errors.Is(err, ErrKeyFile) {
			t.Errorf("%v: %v", mode, err)
		}
	}
}

func TestSymbolicLinksAreRefused(t *testing.T) {
	dir := t.TempDir()
	o := Options{Service: "sandbox", Create: true}
	real := filepath.Join(dir, "real")
	l, err := Open(real, o)
	must(t, err)
	must(t, l.Close())
	for name, target := range map[string]string{"link": real, "dangling": filepath.Join(dir, "nothing")} {
		link := filepath.Join(dir, name)
		must(t, os.Symlink(target, link))
		if _, err := Open(link, o); !errors.Is(err, ErrNotCheckpoint) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := View(link, ViewOptions{}); !errors.Is(err, ErrNotCheckpoint) {
			t.Errorf("view of %s: %v", name, err)
		}
		if _, err := (Disk{}).Open(link, ReadWrite); err == nil {
			t.Errorf("%s was followed", name)
		}
		if _, err := (Disk{}).Open(link, CreateNew); err == nil {
			t.Errorf("%s was written through", name)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "nothing")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("made through a link")
	}
}
