//go:build unix

package writer

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestSyncsTheFolderItIsIn: after a link, .. is another folder than the name makes believe, and only the one that holds the
// file is worth a sync.
func TestSyncsTheFolderItIsIn(t *testing.T) {
	there, elsewhere := t.TempDir(), t.TempDir()
	for _, err := range []error{
		os.Mkdir(filepath.Join(there, "sub"), 0o700), os.Symlink(filepath.Join(there, "sub"), filepath.Join(elsewhere, "linked")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(elsewhere)
	for _, name := range []string{"linked/../x", elsewhere + "/linked/../x", "linked/x", "x", "./x", "linked/../sub/x"} {
		var synced []string
		d := System
		d.SyncDir = func(dir string) error {
			real, err := filepath.EvalSymlinks(dir)
			synced = append(synced, real)
			return err
		}
		for what, write := range map[string]func() (string, error){
			"sheet": func() (string, error) {
				w, err := Create(name+".csv", Layout{Lang: "zh", Header: []string{"姓名"}, Status: -1, Note: -1}, Options{Disk: d})
				if err != nil {
					return "", err
				}
				return w.Commit(Summary{})
			},
			"numbers": func() (string, error) {
				return name + ".json", ReplaceFile(name+".json", []byte("{}"), 0o600, Options{Disk: d})
			},
		} {
			synced = nil
			path, err := write()
			if err != nil {
				t.Fatalf("%s %s: %v", what, name, err)
			}
			dir, base := filepath.Split(path)
			real, err := filepath.EvalSymlinks(dir + ".")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(filepath.Join(real, base)); err != nil || !slices.Equal(synced, []string{real}) {
				t.Errorf("%s %s stands in %s, and %v was synced (%v)", what, name, real, synced, err)
			}
		}
	}
}
