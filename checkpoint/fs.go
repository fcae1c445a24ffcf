package checkpoint

import (
	"errors"
	"os"
)

// fileSystem is every operation on files that this package uses, so that tests can make each of them fail.
type fileSystem interface {
	// Open opens without following a symbolic link at path. With create, the file must not exist yet; mode 0600.
	Open(path string, mode openMode) (file, error)
	// Identify says which file stands at path, without following a symbolic link.
	Identify(path string) (identity, error)
	Rename(from, to string) error
	Remove(path string) error
	SyncDir(dir string) error
}

type openMode uint8

const (
	readOnly openMode = iota
	readWrite
	createNew
)

type file interface {
	ReadAt(b []byte, off int64) (int, error)
	WriteAt(b []byte, off int64) (int, error)
	// Sync returns when the data and the size are on disk.
	Sync() error
	Size() (int64, error)
	Identity() (identity, error)
	// Lock takes the exclusive lock on the file itself, or returns ErrLocked at once. Closing the file frees it.
	Lock() error
	// Remote names the file system if its locks can't be trusted between hosts, else "".
	Remote() (string, error)
	Close() error
}

// identity tells files on one host apart.
type identity struct{ volume, inode uint64 }

var (
	errSymlink = errors.New("is a symbolic link: name the file itself")
	errNoFile  = errors.New("is not a regular file")
)

// disk is the real file system.
type disk struct{}

func (disk) Rename(from, to string) error { return rename(from, to) }
func (disk) Remove(path string) error     { return os.Remove(path) }

func (disk) Open(path string, mode openMode) (file, error) {
	f, err := openFile(path, mode)
	if err != nil {
		return nil, err
	}
	return osFile{f}, nil
}

func (disk) Identify(path string) (identity, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return identity{}, err
	}
	if info.Mode()&os.ModeSymlink != 0 {
		return identity{}, errSymlink
	}
	if !info.Mode().IsRegular() {
		return identity{}, errNoFile
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
