package checkpoint

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/windows"
)

// A file that is open can't be replaced here, not even by its holder.
const replaceNeedsClose = true

// openFile lets others read, write, rename and remove the file meanwhile: what they may do is for the lock to say.
func openFile(path string, mode OpenMode) (*os.File, error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	access, disposition := uint32(windows.GENERIC_READ), uint32(windows.OPEN_EXISTING)
	if mode != ReadOnly {
		access |= windows.GENERIC_WRITE
	}
	if mode == CreateNew {
		disposition = windows.CREATE_NEW
	}
	h, err := windows.CreateFile(name, access,
		windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE|windows.FILE_SHARE_DELETE, nil, disposition,
		windows.FILE_ATTRIBUTE_NORMAL|windows.FILE_FLAG_OPEN_REPARSE_POINT, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	var info windows.ByHandleFileInformation
	if err := windows.GetFileInformationByHandle(h, &info); err != nil {
		windows.CloseHandle(h)
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	if info.FileAttributes&windows.FILE_ATTRIBUTE_REPARSE_POINT != 0 {
		windows.CloseHandle(h)
		return nil, errSymlink
	}
	return os.NewFile(uintptr(h), path), nil
}

func identify(path string, _ os.FileInfo) (Identity, error) {
	f, err := openFile(path, ReadOnly)
	if err != nil {
		return Identity{}, err
	}
	id, err := osFile{f}.Identity()
	return id, errors.Join(err, f.Close())
}

func (f osFile) Identity() (Identity, error) {
	var info windows.ByHandleFileInformation
	err := control(f.File, func(h windows.Handle) error { return windows.GetFileInformationByHandle(h, &info) })
	inode := uint64(info.FileIndexHigh)<<32 | uint64(info.FileIndexLow)
	return Identity{uint64(info.VolumeSerialNumber), inode}, err
}

func control(f *os.File, do func(windows.Handle) error) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	if err := conn.Control(func(fd uintptr) { failed = do(windows.Handle(fd)) }); err != nil {
		return err
	}
	return failed
}

func rename(from, to string) error {
	a, err := windows.UTF16PtrFromString(from)
	if err != nil {
		return err
	}
	b, err := windows.UTF16PtrFromString(to)
	if err != nil {
		return err
	}
	err = windows.MoveFileEx(a, b, windows.MOVEFILE_REPLACE_EXISTING|windows.MOVEFILE_WRITE_THROUGH)
	if err != nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
	}
	return nil
}

// SyncDir does nothing: folders can't be synced here, and rename writes through.
func (Disk) SyncDir(string) error { return nil }

// TryLock takes the exclusive lock on an open file, or returns ErrLocked at once if another open file has it, in this
// process or another. The lock goes when f is closed or the process ends, however it ends. It covers one byte far
// behind any end of a file, since locked bytes can't be read by others here.
func TryLock(f *os.File) error {
	err := control(f, func(h windows.Handle) error {
		far := windows.Overlapped{OffsetHigh: 0x40000000}
		return windows.LockFileEx(h, windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &far)
	})
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) || errors.Is(err, windows.ERROR_IO_PENDING) {
		return fmt.Errorf("%s: %w", f.Name(), ErrLocked)
	}
	if err != nil {
		return fmt.Errorf("lock %s: %w", f.Name(), err)
	}
	return nil
}

func (f osFile) Remote() (string, error) {
	path, err := filepath.Abs(f.Name())
	if err != nil {
		return "", err
	}
	root, err := windows.UTF16PtrFromString(filepath.VolumeName(path) + `\`)
	if err != nil {
		return "", err
	}
	if windows.GetDriveType(root) == windows.DRIVE_REMOTE {
		return "network drive", nil
	}
	return "", nil
}

func diskFull(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL)
}

// checkKeyMode does nothing: what the mode says here is not who may read.
func checkKeyMode(os.FileInfo) error { return nil }
