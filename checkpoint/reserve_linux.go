package checkpoint

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// Reserve leaves the file's size as it is: what is set aside can't be read, and is no tail to be judged. So the limit on
// file sizes is not asked for leave, and has to be looked at here: a write beyond it would fail after a call was paid for.
func (f osFile) Reserve(off, n int64) error {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &limit); err == nil && uint64(off+n) > limit.Cur {
		return os.NewSyscallError("fallocate", unix.EFBIG)
	}
	err := control(f.File, func(fd int) error { return unix.Fallocate(fd, unix.FALLOC_FL_KEEP_SIZE, off, n) })
	if errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.ENOSYS) {
		return nil
	}
	return os.NewSyscallError("fallocate", err)
}
