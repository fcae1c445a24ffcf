package checkpoint

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// Reserve leaves the file's size as it is: what is set aside can't be read, and is no tail to be judged.
func (f osFile) Reserve(off, n int64) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = conn.Control(func(fd uintptr) {
		for {
			failed = unix.Fallocate(int(fd), unix.FALLOC_FL_KEEP_SIZE, off, n)
			if failed != unix.EINTR {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	if errors.Is(failed, unix.EOPNOTSUPP) || errors.Is(failed, unix.ENOSYS) {
		return nil
	}
	return os.NewSyscallError("fallocate", failed)
}
