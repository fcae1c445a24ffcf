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

// NotOrdinaryError: the name of an output leads to something that a file must not take the place of.
type NotOrdinaryError struct {
	Path    string // as it was given
	Leads   string // where its links lead; "" if it is no link
	Problem string
}

func (e *NotOrdinaryError) Error() string {
	if e.Leads == "" {
		return fmt.Sprintf("%s %s; give the name of an ordinary file", e.Path, e.Problem)
	}
	return fmt.Sprintf("%s is a link to %s, which %s; give the name of an ordinary file", e.Path, e.Leads, e.Problem)
}

// Replaceable says no to what a sheet must not take the place of: a folder, device, pipe or socket, or a link to one. A
// link to a file, or to nothing, is fine: the rename replaces the link, never what it leads to.
func Replaceable(path string) error {
	_, err := follow(path, false)
	return err
}

// Target is the file that ReplaceFile replaces: where the links at path lead, in a folder without links. It need not be
// there. It says no to what Replaceable refuses, and to a link that another user made: whoever may write to a shared folder
// must not choose which file is replaced.
func Target(path string) (string, error) { return follow(path, true) }

const mostLinks = 40 // as many as Linux follows

func follow(path string, onlyOwn bool) (string, error) {
	name := path
	for n := range mostLinks {
		refuse := func(problem string) error {
			if n == 0 {
				return &NotOrdinaryError{Path: path, Problem: problem}
			}
			return &NotOrdinaryError{Path: path, Leads: name, Problem: problem}
		}
		real, problem := located(name)
		if problem != "" {
			return "", refuse(problem)
		}
		info, err := os.Lstat(real)
		if err == nil {
			problem = strange(info.Mode())
		}
		if problem == "" && ofKernel(real) {
			problem = "is not on a disk: the system made it, as it does for >(…) and /dev/stdout"
		}
		switch {
		case problem != "":
			return "", refuse(problem)
		case errors.Is(err, fs.ErrNotExist):
			return real, nil
		case err != nil:
			return "", fmt.Errorf("%s can't be looked at: %w", path, err)
		case info.Mode()&fs.ModeSymlink == 0:
			return real, nil
		case onlyOwn && !trusted(info):
			return "", refuse("is a link that belongs to another user")
		}
		to, err := os.Readlink(real)
		if err != nil {
			return "", fmt.Errorf("%s can't be looked at: %w", path, err)
		}
		if !filepath.IsAbs(to) {
			to = filepath.Dir(real) + string(filepath.Separator) + to // not Join: after a link, .. is another folder
		}
		name = to
	}
	return "", &NotOrdinaryError{Path: path, Problem: "leads from link to link without an end"}
}

// located finds the folder that a name really stands in. A folder that is not there is reported by the write.
func located(name string) (real, problem string) {
	dir, base := filepath.Split(name)
	if base == "" || base == "." || base == ".." {
		return "", "is a folder"
	}
	if !filepath.IsLocal(base) { // NUL, COM1 and the like, in any folder
		return "", "is a device"
	}
	if found, err := filepath.EvalSymlinks(cmp.Or(dir, ".")); err == nil {
		name = filepath.Join(found, base)
	}
	return name, ""
}

// ofKernel: in these folders a name is an open file of a process, or a setting, also where it looks like a file.
func ofKernel(name string) bool {
	abs, err := filepath.Abs(name)
	if err != nil || filepath.Separator != '/' {
		return false
	}
	dir := filepath.Dir(abs)
	return dir == "/dev" || strings.HasPrefix(dir+"/", "/dev/fd/") || strings.HasPrefix(dir+"/", "/proc/") || strings.HasPrefix(dir+"/", "/sys/")
}

// strange says what a mode is that is no file's.
func strange(m fs.FileMode) string {
	switch {
	case m.IsDir():
		return "is a folder"
	case m&fs.ModeDevice != 0:
		return "is a device"
	case m&fs.ModeNamedPipe != 0:
		return "is a pipe"
	case m&fs.ModeSocket != 0:
		return "is a socket"
	}
	return ""
}
