//go:build unix

package writer

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// TestReplaceAtOnce: many write the same file, and somebody reads it all the time.
func TestReplaceAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.json")
	write(t, path, strings.Repeat("x", 100))
	stop, reads := make(chan struct{}), 0
	var reader, writers sync.WaitGroup
	reader.Go(func() {
		for {
			b, err := os.ReadFile(path)
			if reads++; err != nil || len(b) < 100 || len(bytes.Trim(b, string(b[:1]))) > 0 || len(b) != 100*int(b[0]-'a') && b[0] != 'x' {
				t.Errorf("read %d bytes, %v", len(b), err)
				return
			}
			select {
			case <-stop:
				return
			default:
			}
		}
	})
	for n := range 8 {
		writers.Go(func() {
			for range 10 {
				size := 1 + n
				content := bytes.Repeat([]byte{byte('a' + size)}, 100*size)
				if err := ReplaceFile(path, content, 0o600, Options{Lock: flock}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	close(stop)
	reader.Wait()
	onlyBeside(t, "many writers", path, false)
	if reads < 10 {
		t.Errorf("read only %d times", reads)
	}
}

func TestReplaceKeepsLinks(t *testing.T) {
	for _, there := range []bool{true, false} {
		dir := t.TempDir()
		for _, d := range []string{"far", "near", "near/deep"} {
			if err := os.Mkdir(filepath.Join(dir, d), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		far := filepath.Join(dir, "far", "m.prom")
		if there {
			write(t, far, "old")
		}
		// The way back out of a linked folder is not the way in.
		links := map[string]string{"linked": "near/deep", "near/hop": "../far/m.prom", "m.prom": "linked/../hop"}
		for name, to := range links {
			if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
		made := ""
		d := System
		d.Open = func(path string) (*os.File, error) { made = filepath.Dir(path); return System.Open(path) }
		if err := ReplaceFile(filepath.Join(dir, "m.prom"), []byte("new"), 0o644, Options{Disk: d}); err != nil {
			t.Fatal(err)
		}
		if got, _ := os.ReadFile(far); string(got) != "new" {
			t.Errorf("the far file holds %q", got)
		}
		if real, _ := filepath.EvalSymlinks(filepath.Join(dir, "far")); made != real {
			t.Errorf("it was made in %s", made)
		}
		for name, to := range links {
			if got, _ := os.Readlink(filepath.Join(dir, name)); got != to {
				t.Errorf("%s leads to %q now", name, got)
			}
		}
		onlyBeside(t, "the far folder", far, false)
	}
}

// TestSheetTakesALinksPlace: it never writes where a link leads, and is none to a device.
func TestSheetTakesALinksPlace(t *testing.T) {
	dir := t.TempDir()
	path, far := filepath.Join(dir, "a.csv"), filepath.Join(t.TempDir(), "far.csv")
	write(t, far, "old")
	for _, to := range []string{far, far + ".gone"} {
		os.Remove(path)
		if err := os.Symlink(to, path); err != nil {
			t.Fatal(err)
		}
		if at, err := writeOne(path, System); err != nil || at != path {
			t.Errorf("%s, %v", at, err)
		}
		if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
			t.Errorf("%v, %v", info, err)
		}
		if got, _ := os.ReadFile(far); string(got) != "old" {
			t.Errorf("the far file holds %q", got)
		}
	}
	fifo := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, to := range []string{os.DevNull, fifo, dir, "a.csv", "/dev/stdout", "/proc/self/comm"} {
		os.Remove(path)
		if err := os.Symlink(to, path); err != nil {
			t.Fatal(err)
		}
		_, err := writeOne(path, System)
		if strange := (*NotOrdinaryError)(nil); !errors.As(err, &strange) {
			t.Errorf("a link to %s: %v", to, err)
		}
		if got, _ := os.Readlink(path); got != to {
			t.Errorf("the link to %s leads to %q now", to, got)
		}
		if _, err := os.Lstat(Partial(path)); err == nil {
			t.Errorf("a link to %s: a sheet was begun", to)
		}
	}
}

// TestReplaceMode: whatever the umask, whatever stood there and whatever a killed run left.
func TestReplaceMode(t *testing.T) {
	for _, umask := range []int{0, 0o077} {
		for _, mode := range []os.FileMode{0o600, 0o644} {
			for _, before := range []os.FileMode{0, 0o400, 0o666} {
				path := filepath.Join(t.TempDir(), "a")
				for _, name := range []string{path, Partial(path)} {
					if before != 0 {
						write(t, name, "a text that is longer than the new one")
						if err := os.Chmod(name, before|0o200); err != nil {
							t.Fatal(err)
						}
					}
				}
				old := syscall.Umask(umask)
				err := ReplaceFile(path, []byte("new"), mode, Options{})
				syscall.Umask(old)
				info, statErr := os.Stat(path)
				if err != nil || statErr != nil || info.Mode() != mode || info.Size() != 3 {
					t.Errorf("umask %o, mode %s, before %s: %v, %v, %v", umask, mode, before, info.Mode(), err, statErr)
				}
			}
		}
	}
}

// TestLeftoverOfOthers: what stands under the sibling's name has another name, too, or another owner. Nothing is
// written to it, by a sheet or a small file.
func TestLeftoverOfOthers(t *testing.T) {
	for kind, plant := range map[string]func(other, partial string) error{
		"another name": os.Link,
		"another owner": func(other, partial string) error {
			if os.Geteuid() != 0 {
				return os.Link(other, partial)
			}
			return errors.Join(os.Chown(other, 12345, 12345), os.Rename(other, partial))
		},
	} {
		for write1, fill := range map[string]func(path string) error{
			"sheet": func(path string) error { _, err := writeOne(path, System); return err },
			"small": func(path string) error { return ReplaceFile(path, []byte("new"), 0o600, Options{Lock: flock}) },
		} {
			dir := t.TempDir()
			path, other := filepath.Join(dir, "a.csv"), filepath.Join(dir, "other")
			write(t, other, "somebody's")
			f, err := os.Open(other)
			if err != nil {
				t.Fatal(err)
			}
			if err := plant(other, Partial(path)); err != nil {
				t.Fatal(err)
			}
			if err := fill(path); err != nil {
				t.Errorf("%s, %s: %v", write1, kind, err)
			}
			held := make([]byte, 100)
			n, _ := f.Read(held)
			f.Close()
			if string(held[:n]) != "somebody's" {
				t.Errorf("%s, %s: the other file holds %q", write1, kind, held[:n])
			}
			if info, err := os.Stat(path); err != nil || foreign(info) {
				t.Errorf("%s, %s: what was written is not ours: %v", write1, kind, err)
			}
		}
	}
}

// TestForeignDrive: on some network drives a new file never is ours.
func TestForeignDrive(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Log("only root can give a file away")
	}
	path := filepath.Join(t.TempDir(), "a")
	d, opened := System, 0
	d.Open = func(name string) (*os.File, error) {
		opened++
		f, err := System.Open(name)
		if err == nil && os.Geteuid() == 0 {
			err = f.Chown(12345, 12345)
		}
		return f, err
	}
	if err := ReplaceFile(path, []byte("new"), 0o600, Options{Disk: d, Lock: flock}); err != nil || opened > 2 {
		t.Errorf("opened %d times: %v", opened, err)
	}
}
