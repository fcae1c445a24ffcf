//go:build unix

package writer

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// A link planted under the sibling's name is not followed.
const openFlags = syscall.O_NOFOLLOW

// syncDir makes a rename last through a power cut. A file system that has no
// such thing, or a folder that may be written but not read, is no failure.
func syncDir(dir string) error {
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

// holdLock keeps the lock of f beyond its Close, so that nobody can take over
// the sibling between Close and rename. The lock belongs to what both
// descriptors share.
func holdLock(f *os.File) (release func()) {
	syscall.ForkLock.RLock()
	fd, err := syscall.Dup(int(f.Fd()))
	if err == nil {
		syscall.CloseOnExec(fd)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return func() {}
	}
	return func() { _ = syscall.Close(fd) }
}
