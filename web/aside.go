package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// What a name in the batches folder says of a folder:
//
//	ID          a batch
//	.new-ID     an upload that has not ended: it gets its own name once its record is on disk
//	.gone-ID    a deletion that has not ended
//	damaged/ID  a batch whose record can't be used; nothing in it is ever deleted by the program
const (
	uploading = half
	deleting  = ".gone-"
	damaged   = "damaged"
)

// unended reports whether a folder was left by an upload or a deletion that a crash ended. Only such a folder may be
// cleared away: of any other without a record nobody can tell whether it holds the only copy of what was paid for.
func unended(name string) (id string, ok bool) {
	for _, prefix := range []string{uploading, deleting} {
		if id, ok := strings.CutPrefix(name, prefix); ok && isID.MatchString(id) {
			return id, true
		}
	}
	return "", false
}

// Why a record can't be used. No reason holds a word of the record: it may be a person's.
var (
	errNoRecord   = errors.New("its record is missing")
	errUnreadable = errors.New("its record can't be read")
	errNotRecord  = errors.New("its record is damaged")
	errLacking    = errors.New("its record lacks what its state needs")
)

// read reads a batch's record, and refuses one that nobody should act on.
func (s *store) read(id string) (*batch, error) {
	path := filepath.Join(s.folder(id), recordFile)
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, errNoRecord
	case err != nil:
		return nil, fmt.Errorf("%w: %w", errUnreadable, unnamed(err))
	case !info.Mode().IsRegular(): // reading a pipe would never end
		return nil, errNotRecord
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUnreadable, unnamed(err))
	}
	var one batch
	if json.Unmarshal(text, &one) != nil || one.ID != id {
		return nil, errNotRecord
	}
	return &one, one.sound()
}

// started are the states of a batch that somebody has agreed to pay for.
var started = []State{Waiting, Running, Pausing, Paused, Asking, Failed, Finished, Stopped}

// sound refuses a record that lacks what its state needs, or says what no batch can say. A record without its agreement
// would be a new budget, one without its times would be deleted as too old, and a name with a path in it would lead to
// another file.
func (b *batch) sound() error {
	_, known := states[b.State]
	name := b.Name != "" && b.Name != "." && b.Name != ".." && !strings.ContainsAny(b.Name, "/\\\x00")
	then := slices.Contains([]State{"", Paused, Stopped}, b.Then)
	if !known || !name || !then || b.Created.IsZero() || b.Touched.IsZero() {
		return errNotRecord
	}
	if b.begun() != slices.Contains(started, b.State) || !b.hasForState() {
		return errLacking
	}
	if b.begun() && !b.Start.sound() || b.Last != nil && (b.Last.Calls < 0 || b.Last.Spent < 0 || b.Last.Needs < 0) {
		return errNotRecord
	}
	return nil
}

func (b *batch) hasForState() bool {
	switch b.State {
	case Checking:
		return true
	case Refused:
		return b.Refusal != nil
	case Asking:
		return b.Check != nil && b.Last != nil && b.Last.Ask != ""
	case Failed, Finished:
		return b.Check != nil && b.Last != nil
	case Pausing:
		return b.Check != nil && b.Then != ""
	}
	return b.Check != nil
}

func (s *start) sound() bool {
	return s.Calls >= 0 && s.Resend >= 0 && s.Before >= 0 && s.Needs >= 0 && s.Most >= 0 && s.Base >= 0 && s.Lost >= 0 && s.Rate > 0 && s.Rate <= fastest
}

// keepAside moves a batch whose record can't be used out of the way, whole, and says so. Where that fails it stays where
// it is, and is left alone.
func (s *store) keepAside(id string, why error) {
	from := s.folder(id)
	to, err := s.freeName(id)
	if err == nil {
		err = s.rename(from, to)
	}
	if err != nil {
		s.stuck = append(s.stuck, from)
		fmt.Fprintf(s.log, "batch %s: %v. It can't be moved aside (%v), so it was left in %s. %s\n", id, why, unnamed(err), from, keptAdvice)
		return
	}
	fmt.Fprintf(s.log, "batch %s: %v. It was moved to %s. %s\n", id, why, to, keptAdvice)
}

const keptAdvice = "Nothing in it was or will be deleted. What was paid for is in the checkpoint: upload the list again and no one is paid for twice; " +
	"or bring " + recordFile + " back from a backup, move the folder back and restart"

// freeName is a name among the damaged batches that nothing has yet.
func (s *store) freeName(id string) (string, error) {
	dir := filepath.Join(s.dir, damaged)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	for n, name := 1, id; ; n++ {
		if n > 1 {
			name = fmt.Sprintf("%s-%d", id, n)
		}
		path := filepath.Join(dir, name)
		if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
			return path, nil
		} else if err != nil {
			return "", err
		}
	}
}

// aside are the folders of batches whose records can't be used, as they are now: somebody may have dealt with them.
func (s *store) aside() (folders []string) {
	dir := filepath.Join(s.dir, damaged)
	entries, _ := os.ReadDir(dir) // one that is not there holds nothing
	for _, e := range entries {
		if len(e.Name()) >= idLength && isID.MatchString(e.Name()[:idLength]) {
			folders = append(folders, filepath.Join(dir, e.Name()))
		}
	}
	for _, folder := range s.stuck {
		if _, err := os.Lstat(folder); err == nil {
			folders = append(folders, folder)
		}
	}
	return folders
}

const idLength = len("20060102-") + 16

// asideOf is where a batch was kept; empty: it was not.
func (s *store) asideOf(id string) string {
	for _, folder := range s.aside() {
		if isID.MatchString(id) && strings.HasPrefix(filepath.Base(folder), id) {
			return folder
		}
	}
	return ""
}

// clearEmpty removes a folder that holds no file: what is left of a deletion, or of an upload that had only begun. It
// removes folders only, so it can take nothing away that is there after all.
func clearEmpty(dir string) bool {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return false
	}
	for _, e := range entries {
		if e.Name() != "list" || !e.IsDir() || !emptyFolder(filepath.Join(dir, e.Name())) {
			return false
		}
	}
	for _, e := range entries {
		if os.Remove(filepath.Join(dir, e.Name())) != nil {
			return false
		}
	}
	return os.Remove(dir) == nil
}

func emptyFolder(dir string) bool {
	entries, err := os.ReadDir(dir)
	return err == nil && len(entries) == 0
}
