package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"mobile3batch/checkpoint"
	"mobile3batch/writer"
)

// marks are the starts of runs that the page's checkpoint must know: of the newest one,
// and of those it had lost when somebody agreed to go on without them. They stand in a
// file beside it, since a checkpoint that was lost, or is an older backup, says nothing of
// that itself.
type marks struct {
	path  string
	whole writer.Options
}

func (m marks) read() (starts []time.Time, err error) {
	b, err := os.ReadFile(m.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &starts)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", errMarks, m.path, err)
	}
	if len(starts) == 0 { // there is always one
		return nil, fmt.Errorf("%w: %s is empty", errMarks, m.path)
	}
	return starts, nil
}

// errMarks: nobody can tell whether the checkpoint is the newest one. That takes a person, and is asked only once.
var errMarks = errors.New("the file that tells whether the record of what was paid is the newest one can't be used")

// missing reports whether the checkpoint lacks a run.
func (m marks) missing(p past) (bool, error) {
	starts, err := m.read()
	if err != nil {
		return false, err
	}
	return len(lacking(starts, p)) > 0, nil
}

func lacking(starts []time.Time, p past) []time.Time {
	var runs []checkpoint.Run
	if p != nil {
		runs = p.Runs()
	}
	return slices.DeleteFunc(slices.Clone(starts), func(at time.Time) bool {
		return slices.ContainsFunc(runs, func(r checkpoint.Run) bool { return r.At.Equal(at) })
	})
}

// begun keeps that the newest run of a checkpoint was begun, before it calls anybody.
func (m marks) begun(p past) error {
	starts, err := m.read()
	if errors.Is(err, errMarks) { // somebody has agreed to go on without it
		err = m.keepAside()
	}
	if err != nil {
		return err
	}
	runs := p.Runs()
	b, err := json.Marshal(append(lacking(starts, p), runs[len(runs)-1].At))
	if err != nil {
		return err
	}
	return writer.ReplaceFile(m.path, b, 0o600, m.whole)
}

// keepAside gives a damaged file another name, never one that is there already.
func (m marks) keepAside() error {
	for n := 1; ; n++ {
		to := fmt.Sprintf("%s.damaged-%d", m.path, n)
		if _, err := os.Lstat(to); err == nil {
			continue
		} else if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return os.Rename(m.path, to)
	}
}
