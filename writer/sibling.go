package writer

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Partial is the name under which the file for path is written until it is
// whole: hidden, and in the same folder, so that a rename puts it in place.
func Partial(path string) string {
	dir, name := filepath.Split(path)
	return dir + "." + name + ".partial"
}

// Scratch is the folder beside path, mode 0700, that holds what a workbook
// spills while it is written. It is removed with the sibling.
func Scratch(path string) string { return Partial(path) + ".d" }

// sibling is the file at Partial(path), open and ours alone.
type sibling struct {
	path   string
	format fileFormat
	header int // columns
	file   *os.File
	disk   Disk
	size   int64 // bytes written
	closed bool

	check   func() error // looks at the target once more before it is replaced
	noSpare bool         // the file is of no use under another name
}

// openSibling takes the name and the lock first and truncates last: a file
// that another run is filling must not lose a byte.
func openSibling(path string, lock func(*os.File) error, d Disk, scratch bool) (*sibling, error) {
	if err := Replaceable(path); err != nil {
		return nil, err
	}
	f, err := openLocked(path, lock, d)
	if err != nil {
		return nil, err
	}
	s := &sibling{path: path, file: f, disk: d, check: func() error { return Replaceable(path) }}
	if err := s.prepare(scratch); err != nil {
		s.remove()
		return nil, fmt.Errorf("%s: prepare %s: %w", path, Partial(path), err)
	}
	return s, nil
}

// openLocked opens the sibling and locks it. Between the two another run may
// have renamed it into place: then what we hold is the finished target, which
// must not be touched, and the name is tried again.
func openLocked(path string, lock func(*os.File) error, d Disk) (*os.File, error) {
	name := Partial(path)
	for try := range 100 {
		f, err := openRegular(name, d)
		if err != nil {
			return nil, fmt.Errorf("%s: can't be written here: %w", path, err)
		}
		if lock != nil {
			if err := lock(f); err != nil {
				f.Close()
				return nil, fmt.Errorf("%s: %w: %w", path, ErrBusy, err)
			}
		}
		if same(name, f) {
			if try > 0 || ownFile(f) { // once: on some network drives a new file is never ours
				return f, nil
			}
			if err := d.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
				f.Close()
				return nil, fmt.Errorf("%s: %s is not ours and can't be removed: %w", path, name, err)
			}
		}
		f.Close()
	}
	return nil, fmt.Errorf("%s: %w", path, ErrBusy)
}

func ownFile(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && !foreign(info)
}

func openRegular(name string, d Disk) (*os.File, error) {
	info, err := os.Lstat(name)
	if err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no ordinary file; remove it", name)
	}
	f, err := d.Open(name)
	if err != nil {
		return nil, err
	}
	info, err = f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no ordinary file; remove it", name)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// same reports whether name still leads to the open file f.
func same(name string, f *os.File) bool {
	there, err := os.Lstat(name)
	if err != nil {
		return false
	}
	here, err := f.Stat()
	return err == nil && os.SameFile(there, here)
}

// prepare empties what a killed run left, and closes it to other people.
func (s *sibling) prepare(scratch bool) error {
	if err := s.file.Chmod(0o600); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	if err := s.disk.Truncate(s.file); err != nil {
		return err
	}
	if err := os.RemoveAll(Scratch(s.path)); err != nil {
		return err
	}
	if !scratch {
		return nil
	}
	return os.Mkdir(Scratch(s.path), 0o700)
}

func (s *sibling) accepts(r Row) error { return checkRow(s.path, s.format, s.header, r) }

// Write appends to the file.
func (s *sibling) Write(p []byte) (int, error) {
	n, err := s.disk.Write(s.file, p)
	s.size += int64(n)
	return n, err
}

// publish syncs and closes the file and renames it over the target. The path
// returned is where it stands, "" if nowhere.
func (s *sibling) publish() (string, error) {
	if err := s.disk.Sync(s.file); err != nil {
		return "", fmt.Errorf("%s: sync the new file: %w", s.path, err)
	}
	info, err := s.file.Stat()
	if err != nil {
		return "", fmt.Errorf("%s: look at the new file: %w", s.path, err)
	}
	release := holdLock(s.file)
	defer release()
	s.closed = true
	path, err := s.closeAndPlace(info)
	if path == "" {
		_ = s.disk.Remove(Partial(s.path)) // while the lock still makes it ours
	}
	return path, err
}

func (s *sibling) closeAndPlace(info fs.FileInfo) (string, error) {
	if err := s.disk.Close(s.file); err != nil {
		return "", fmt.Errorf("%s: close the new file: %w", s.path, err)
	}
	if err := s.untouched(info); err != nil {
		return "", err
	}
	return s.place()
}

// untouched makes sure that what is about to be renamed is what was written.
func (s *sibling) untouched(was fs.FileInfo) error {
	is, err := os.Lstat(Partial(s.path))
	if err != nil {
		return fmt.Errorf("%s: look at the new file: %w", s.path, err)
	}
	if !os.SameFile(was, is) || is.Size() != s.size {
		return fmt.Errorf("%s: %s was changed by another program; run again", s.path, Partial(s.path))
	}
	return nil
}

// place renames the sibling over the target, or beside it when the target
// can't be replaced.
func (s *sibling) place() (string, error) {
	held := s.check()
	if held == nil {
		held = s.disk.Rename(Partial(s.path), s.path)
	}
	if held == nil {
		return s.path, s.settle()
	}
	if s.noSpare {
		return "", fmt.Errorf("%s: replace it: %w", s.path, held)
	}
	kept, err := beside(s.path)
	if err == nil {
		err = s.disk.Rename(Partial(s.path), kept)
	}
	if err != nil {
		return "", fmt.Errorf("%s: put the new sheet in its place: %w; nor under another name: %w", s.path, held, err)
	}
	return kept, errors.Join(&HeldOpenError{Path: s.path, Kept: kept, Err: held}, s.settle())
}

// settle makes the rename last. filepath.Dir would name another folder where .. stands behind a link.
func (s *sibling) settle() error {
	dir, _ := filepath.Split(s.path)
	if err := s.disk.SyncDir(cmp.Or(dir, ".")); err != nil {
		return fmt.Errorf("%s: the file is written, but its folder could not be synced: %w", s.path, err)
	}
	return nil
}

// beside finds a free name NAME.new.EXT; a file that has it already may be a
// person's own and is never replaced: then NAME.new2.EXT and so on.
func beside(path string) (string, error) {
	ext := filepath.Ext(path)
	stem := strings.TrimSuffix(path, ext) + ".new"
	for n := 1; n < 100; n++ {
		name := stem + ext
		if n > 1 {
			name = fmt.Sprintf("%s%d%s", stem, n, ext)
		}
		if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
			return name, nil
		}
	}
	return "", fmt.Errorf("remove old copies named %s%s", stem, ext)
}

// remove deletes the sibling and the scratch folder. The names go while the
// lock is held; where an open file can't be removed, right after.
func (s *sibling) remove() {
	if s.closed {
		return
	}
	s.closed = true
	_ = os.RemoveAll(Scratch(s.path))
	err := s.disk.Remove(Partial(s.path))
	_ = s.file.Close()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		_ = s.disk.Remove(Partial(s.path))
	}
}
