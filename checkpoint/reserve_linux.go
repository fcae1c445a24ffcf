package checkpoint

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// Reserve leaves the file's size as it is: what is set aside can't be read, and is no tail to be judged.
func (f osFile) Reserve(off, n int64) error {
	err := control(f.File, func(fd int) error { return unix.Fallocate(fd, unix.FALLOC_FL_KEEP_SIZE, off, n) })
	if errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.ENOSYS) {
		return nil
	}
	return os.NewSyscallError("fallocate", err)
}
