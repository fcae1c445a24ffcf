package reader

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// input is the open file. All reading goes through ReadAt, so every pass sees the same file even if its name is given to
// another one meanwhile.
type input struct {
	*os.File
	name  string // base name
	size  int64  // of what is read
	whole int64  // of the file
	mtime time.Time
	plain *bytes.Reader // what an encrypted workbook holds: in memory, and nowhere else
}

// ReadAt reads the file, or what it holds if that was encrypted.
func (in *input) ReadAt(b []byte, off int64) (int, error) {
	if in.plain != nil {
		return in.plain.ReadAt(b, off)
	}
	return in.File.ReadAt(b, off)
}

func openInput(path string) (*input, error) {
	name := filepath.Base(path)
	info, err := os.Stat(path) // first, since opening a pipe would wait for its writer
	if err == nil {
		err = regular(info)
	}
	if err != nil {
		return nil, locate(cannotOpen(err), Error{File: name})
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, locate(cannotOpen(err), Error{File: name})
	}
	info, err = f.Stat()
	if err == nil {
		err = regular(info)
	}
	if err != nil {
		f.Close()
		return nil, locate(cannotOpen(err), Error{File: name})
	}
	return &input{File: f, name: name, size: info.Size(), whole: info.Size(), mtime: info.ModTime()}, nil
}

func regular(info fs.FileInfo) error {
	switch {
	case info.IsDir():
		return &Error{Problem: "is a folder", Do: "name a file in it"}
	case !info.Mode().IsRegular():
		return &Error{Problem: "is a pipe or a device", Do: "save the data into a file first: it is read twice"}
	}
	return nil
}

func cannotOpen(err error) error {
	var e *Error
	switch {
	case errors.As(err, &e):
		return e
	case errors.Is(err, fs.ErrNotExist):
		return &Error{Problem: "there is no such file", Do: "check the path", Err: err}
	case errors.Is(err, fs.ErrPermission):
		return &Error{Problem: "permission denied", Do: "make the file readable for this user, or close the program that holds it", Err: err}
	}
	return broken(err)
}

func (in *input) content() *io.SectionReader { return io.NewSectionReader(in, 0, in.size) }

// unchanged compares the file with what it was at Open.
func (in *input) unchanged() error {
	info, err := in.Stat()
	if err != nil {
		return broken(err)
	}
	if info.Size() == in.whole && info.ModTime().Equal(in.mtime) {
		return nil
	}
	return &Error{Problem: ErrChanged.Error(), Do: "let whatever writes it finish, then start again", Err: ErrChanged}
}
