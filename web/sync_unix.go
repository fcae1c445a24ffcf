//go:build unix

package web

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// syncFolder makes a rename last through a power cut. A file system that has no such
// thing, or a folder that may be written but not read, is no failure.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if errors.Is(err, fs.ErrPermission) {
		return nil
	}
	if err != nil {
		return err
	}
	defer d.Close()
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return err
}
