// Package writer puts rows into a file that appears whole or not at all:
// .csv or .xlsx, by the extension of the path.
//
// Where to look:
//
//	writer.go    what callers use: Create, Append, Commit, Discard
//	layout.go    what a sheet looks like, and what is refused before it is built
//	sibling.go   the hidden file beside the target, its lock, the rename
//	disk.go      the system calls, in one place so that tests can break them
//	csv.go       comma separated text; escape.go keeps it from being a program
//	xlsx.go      the workbook; grid.go its sheets of rows, summary.go the last one
//	number.go    numbers and dates (date.go) that a workbook holds without harm
//	text.go      text that XML or the workbook library would change
//	zip.go       the container, streamed to the file instead of built in memory; deflate.go compresses it
//
// From Create to Commit everything lives in two places beside the target, both
// with fixed names: Partial(path), the file to be, and Scratch(path), a private
// folder for what a workbook spills. A killed run leaves at most these two, and
// the next Create for the same path clears them.
package writer

import (
	"errors"
	"fmt"
	"os"
)

// Options are what a caller may hand in.
type Options struct {
	// Lock takes an exclusive lock on the sibling without waiting, and returns
	// an error when another process holds it. The lock must go when the file
	// is closed. Nil: no lock is taken.
	Lock func(*os.File) error
	// Encoding of a CSV file: "" is UTF-8 with a byte order mark.
	Encoding string
	// Disk is the zero value for System.
	Disk Disk
}

// GB18030 is the encoding that Chinese programs of before UTF-8 read.
const GB18030 = "gb18030"

// Sheet is a file in the making. Use it from one goroutine. Whoever called
// Create owes it a Discard; after Commit that does nothing.
type Sheet struct {
	file *sibling
	out  content
	err  error // the first failure; nothing is written after it
	done bool  // the sibling is gone: renamed or removed
}

// content is one format's way of filling the sibling.
type content interface {
	append(Row) error
	finish(Summary) error // everything is handed to the sibling's Write
	release() error       // lets go of temporary files; safe to call twice
}

// Create makes the sibling file of path, mode 0600, and so finds out at once
// whether path can be written. It clears what a killed run left behind.
// Errors: ErrFormat, ErrBusy (another process writes the same path), *CellError
// for a header that can't be written; all others name path.
func Create(path string, l Layout, o Options) (*Sheet, error) {
	if o.Disk.Open == nil {
		o.Disk = System
	}
	return create(path, l, o, o.Disk, excelLimits)
}

func create(path string, l Layout, o Options, d Disk, lim limits) (*Sheet, error) {
	f, err := format(path, o)
	if err != nil {
		return nil, err
	}
	if err := l.check(path, f); err != nil {
		return nil, err
	}
	file, err := openSibling(path, o.Lock, d, f == xlsx)
	if err != nil {
		return nil, err
	}
	out, err := newContent(f, file, l, lim)
	if err != nil {
		file.remove()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &Sheet{file: file, out: out}, nil
}

func newContent(f fileFormat, file *sibling, l Layout, lim limits) (content, error) {
	if f == xlsx {
		return newBook(file, l, lim)
	}
	return newTable(file, f, l)
}

// Append writes one row. A row that can't be written as it is gives a
// *CellError. After any error the sheet can only be discarded.
// The row is not kept: the caller may use its cells again.
func (s *Sheet) Append(r Row) error {
	if s.err != nil {
		return s.err
	}
	if err := s.file.accepts(r); err != nil {
		return s.fail(err)
	}
	if err := s.out.append(r); err != nil {
		return s.fail(fmt.Errorf("%s: write row %d: %w", s.file.path, r.Line, err))
	}
	return nil
}

// Commit finishes the sheet and puts it in the target's place; it returns the
// path at which the sheet now stands. A CSV file has no room for the summary.
//
// When the target can't be replaced the error is a *HeldOpenError and the path
// is where the sheet was kept instead. An error together with the target's own
// path: the sheet is there and whole, but the folder could not be synced or
// temporary files could not be removed. On every other error the path is empty,
// the target is as it was, and the sibling is gone.
func (s *Sheet) Commit(sum Summary) (string, error) {
	if s.err != nil {
		return "", s.err
	}
	path, err := s.commit(sum)
	if path == "" {
		return "", s.fail(err)
	}
	s.done, s.err = true, errCommitted
	return path, err
}

func (s *Sheet) commit(sum Summary) (string, error) {
	err := s.out.finish(sum)
	if err != nil {
		err = fmt.Errorf("%s: write the sheet: %w", s.file.path, err)
	}
	swept := s.out.release()
	if err != nil {
		return "", err
	}
	path, err := s.file.publish()
	if path != "" && swept != nil {
		err = errors.Join(err, fmt.Errorf("%s: remove temporary files, delete %s by hand: %w",
			s.file.path, Scratch(s.file.path), swept))
	}
	return path, err
}

// Discard removes the sibling and all temporary files. It does nothing after
// Commit, and is safe to call more than once.
func (s *Sheet) Discard() {
	if s.done {
		return
	}
	s.done = true
	if s.err == nil {
		s.err = errDiscarded
	}
	_ = s.out.release()
	s.file.remove()
}

// fail keeps the first failure and removes what was written so far.
func (s *Sheet) fail(err error) error {
	s.err = err
	s.Discard()
	return err
}
