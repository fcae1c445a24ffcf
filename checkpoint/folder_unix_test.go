//go:build unix

package checkpoint

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// synced is the disk, and remembers which folders were synced.
type synced struct {
	Disk
	dirs []string
}

func (s *synced) SyncDir(dir string) error {
	real, err := filepath.EvalSymlinks(dir)
	s.dirs = append(s.dirs, real)
	return err
}

// TestSyncsTheFolderItIsIn: after a link, .. is another folder than the name makes believe, and only the one that holds the
// checkpoint is worth a sync.
func TestSyncsTheFolderItIsIn(t *testing.T) {
	there, elsewhere := t.TempDir(), t.TempDir()
	must(t, os.MkdirAll(filepath.Join(there, "sub", "deep"), 0o700))
	must(t, os.Symlink(filepath.Join(there, "sub"), filepath.Join(elsewhere, "linked")))
	t.Chdir(elsewhere)
	for i, dir := range []string{"linked/../", elsewhere + "/linked/../", "linked/", "", "./", "linked/../sub/deep/"} {
		fs := &synced{}
		path := dir + "people.checkpoint"
		real, err := filepath.EvalSymlinks(dir + ".")
		must(t, err)
		check := func(what, name string) {
			t.Helper()
			_, err := os.Stat(filepath.Join(real, name))
			if err != nil || len(fs.dirs) == 0 || slices.ContainsFunc(fs.dirs, func(d string) bool { return d != real }) {
				t.Errorf("%s at %s is in %s, and %v was synced (%v)", what, path, real, fs.dirs, err)
			}
			fs.dirs = nil
		}
		l, err := Open(path, Options{Service: "sandbox", Create: true, FS: fs})
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		check("a new one", "people.checkpoint")
		key := Key{byte(i)}
		body := l.body
		must(t, l.StartRun(Run{Program: "test"}))
		a, err := l.Begin(key, [16]byte{1})
		must(t, err)
		must(t, l.Settle(key, a, Answer{HTTPStatus: 200, Code: "200", Result: 1}))
		must(t, l.EndRun(RunEnd{Why: "finished"}))
		must(t, l.Close())
		_, err = Purge(path, PurgeOptions{Before: time.Now().Add(time.Hour), Run: Run{Program: "test"}}, Options{Service: "sandbox", FS: fs}, func(Purged) error { return nil })
		must(t, err)
		check("a purged one", "people.checkpoint")
		content, err := os.ReadFile(path)
		must(t, err)
		content[body+frameHead] ^= 1 // of the first record, with others behind it
		must(t, os.WriteFile(path, content, 0o600))
		_, err = Repair(path, dir+"repaired", Options{Service: "sandbox", FS: fs})
		must(t, err)
		check("a repaired one", "repaired")
		must(t, os.Remove(path))
		must(t, os.Remove(dir+"repaired"))
		_, err = CreateKeyFile(dir + "key" + string(rune('0'+i)))
		must(t, err)
	}
}
