package checkpoint

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"
)

// FileSystem is every operation on files that this package uses. Disk is the real one; others exist to make each
// operation fail, or to lose what was not synced.
type FileSystem interface {
	// Open opens without following a symbolic link at path. With CreateNew the file must not exist yet; mode 0600.
	Open(path string, mode OpenMode) (File, error)
	// Identify says which file stands at path, without following a symbolic link.
	Identify(path string) (Identity, error)
	Rename(from, to string) error
	Remove(path string) error
	SyncDir(dir string) error
}

// folderOf is the folder in which the system finds path. filepath.Dir would take the .. of linked/../name away with the
// link, and name another folder: nothing of the file's would then be synced.
func folderOf(path string) string {
	dir, _ := filepath.Split(path)
	return cmp.Or(dir, ".")
}

// OpenMode says what an open file is for.
type OpenMode uint8

const (
	ReadOnly OpenMode = iota
	ReadWrite
	CreateNew
)

// File is an open file of a FileSystem.
type File interface {
	ReadAt(b []byte, off int64) (int, error)
	WriteAt(b []byte, off int64) (int, error)
	// Sync returns when the data and the size are on disk. It must never be retried after an error.
	Sync() error
	// Reserve sets room on the disk aside for the n bytes from off on, without a change that can be read. Where that
	// can't be done it does nothing.
	Reserve(off, n int64) error
	Size() (int64, error)
	Identity() (Identity, error)
	// Lock takes the exclusive lock on the file itself, or returns ErrLocked at once. Closing the file frees it.
	Lock() error
	// Remote names the file system if its locks can't be trusted between hosts, else "".
	Remote() (string, error)
	Close() error
}

// Identity tells files on one host apart.
type Identity struct{ Volume, Inode uint64 }

var (
	errSymlink = errors.New("is a symbolic link: name the file itself")
	errNoFile  = errors.New("is not a regular file")
)

// Disk is the real file system.
type Disk struct{}

func (Disk) Rename(from, to string) error { return rename(from, to) }
func (Disk) Remove(path string) error     { return os.Remove(path) }

func (Disk) Open(path string, mode OpenMode) (File, error) {
	f, err := openFile(path, mode)
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

func (Disk) Identify(path string) (Identity, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return Identity{}, err
	}
	if info.Mode()&os.ModeSymlink != 0 {
		return Identity{}, errSymlink
	}
	if !info.Mode().IsRegular() {
		return Identity{}, errNoFile
	}
	return identify(path, info)
}

type osFile struct{ *os.File }

func (f osFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (f osFile) Lock() error { return TryLock(f.File) }
