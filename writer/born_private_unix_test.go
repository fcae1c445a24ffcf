//go:build unix

package writer

import (
	"path/filepath"
	"syscall"
	"testing"
)

// Not one moment may pass in which others could open the sheet: who has it open reads all that is written later.
func TestSheetIsBornPrivate(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0))
	path := filepath.Join(t.TempDir(), "a.csv")
	f, err := System.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	private(t, path)
}
