package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"mobile3batch/checkpoint"
	"mobile3batch/writer"
)

// role is a file that a command line names, or that follows from it.
type role struct {
	name, path string
	use        use
}

// use is what becomes of a role's file.
type use uint8

const (
	read     use = iota // read, or kept for good as the checkpoint is
	sheet               // replaced, see writer.Create
	numbers             // replaced where its links lead, see writer.ReplaceFile
	making              // a sheet or numbers until they are whole
	appended            // added to
)

// clashError: one file in two roles, of which one would overwrite the other. Nothing at all is written after it.
type clashError struct {
	a, b role
}

func (e clashError) Error() string {
	return fmt.Sprintf("%s and %s are the same file, %s: give one of them another name", e.a.name, e.b.name, e.b.path)
}

var errOverCheckpoint = errors.New("is a checkpoint, the record of what was paid; give another name")

// checkOutputs refuses, before anything is read or paid for, to write over what is no ordinary file, or over a file that
// the same command needs.
func checkOutputs(roles []role) error {
	roles, err := withMaking(roles)
	if err != nil {
		return err
	}
	var seen []placed
	for _, r := range roles {
		p := placeOf(r.path)
		for i := range seen {
			if seen[i].same(p) {
				return usageError{clashError{roles[i], r}}
			}
		}
		seen = append(seen, p)
	}
	return nil
}

// withMaking leaves out the roles that were not given, and adds the files in which outputs are made.
func withMaking(roles []role) (given []role, err error) {
	var made []role
	for _, r := range roles {
		if r.path == "" {
			continue
		}
		given = append(given, r)
		at := r.path
		switch r.use {
		case sheet:
			err = writer.Replaceable(r.path)
		case numbers, appended:
			at, err = writer.Target(r.path)
		}
		if err == nil && r.use != read && isCheckpoint(at) {
			err = fmt.Errorf("%s %w", r.path, errOverCheckpoint)
		}
		if err != nil {
			return nil, usageError{fmt.Errorf("%s %w", r.name, err)}
		}
		if r.use == sheet || r.use == numbers {
			made = append(made, role{r.name + " in the making", writer.Partial(at), making}, role{r.name + " in the making", writer.Scratch(at), making})
		}
	}
	return append(given, made...), nil
}

// isCheckpoint tells by the file's first record, whatever its name: a run may go on with a checkpoint that no flag names,
// and that of another list must not be overwritten either.
func isCheckpoint(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, checkpoint.HeadSize)
	n, _ := io.ReadFull(f, head)
	return checkpoint.Begins(head[:n])
}

// placed is where a path leads: the file, if it is there, and each name on the way to it.
type placed struct {
	file  os.FileInfo
	names []name
}

type name struct {
	dir  string
	info os.FileInfo // the folder's; nil if it is not there
	base string
}

func placeOf(path string) placed {
	var p placed
	p.file, _ = os.Stat(path)
	for range 40 { // links, as many as the system follows
		dir, base := filepath.Split(path)
		if dir == "" {
			dir = "."
		}
		n := name{dir: dir, base: base}
		n.info, _ = os.Stat(dir)
		if abs, err := filepath.Abs(dir); err == nil && n.info == nil {
			n.dir = abs
		}
		p.names = append(p.names, n)
		to, err := os.Readlink(path)
		if err != nil {
			break
		}
		if path = to; !filepath.IsAbs(to) {
			path = dir + string(filepath.Separator) + to
		}
	}
	return p
}

func (p placed) same(q placed) bool {
	if p.file != nil && q.file != nil && os.SameFile(p.file, q.file) {
		return true
	}
	for _, a := range p.names {
		for _, b := range q.names {
			if a.same(b) {
				return true
			}
		}
	}
	return false
}

func (a name) same(b name) bool {
	if a.info == nil || b.info == nil {
		if a.info != b.info || a.dir != b.dir {
			return false
		}
	} else if !os.SameFile(a.info, b.info) {
		return false
	}
	return a.base == b.base || strings.EqualFold(a.base, b.base) && foldsCase(a.dir)
}

// foldsCase: upper and lower case are the same in this folder, as some name in it shows, or its own.
func foldsCase(dir string) bool {
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs
	}
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if folds, told := sameInOtherCase(filepath.Join(dir, e.Name())); told {
			return folds
		}
	}
	folds, told := sameInOtherCase(dir)
	return folds || !told // to be safe: nothing is lost by another name
}

// sameInOtherCase: told is false of a name that has no case.
func sameInOtherCase(path string) (same, told bool) {
	dir, base := filepath.Split(path)
	other := strings.Map(func(r rune) rune {
		if unicode.IsUpper(r) {
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, base)
	if other == base || !strings.EqualFold(other, base) {
		return false, false
	}
	a, errA := os.Lstat(path)
	b, errB := os.Lstat(filepath.Join(dir, other))
	return errA == nil && errB == nil && os.SameFile(a, b), errA == nil
}
