package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"

	"mobile3batch/checkpoint"
	"mobile3batch/web"
)

// records are what the checkpoint has recorded of each batch's calls: of the run that is under way as it stands now, else
// as it was read when the file last changed.
type records struct {
	mu      sync.Mutex
	running past // nil: no run has begun

	read  [2]os.FileInfo // of the checkpoint and the marks when they were read
	calls map[string]int64
	other web.Recorded // all but the calls
	fault error        // what was read can't be used; nil: it can
}

// ownCalls are those that one run has recorded and that were not certainly free.
type ownCalls struct {
	all    *records
	batch  string
	ledger past  // nil: not begun, or ended
	before int   // calls of the batch when the run began
	came   int64 // once it has ended
}

func (r *records) of(batch string) *ownCalls { return &ownCalls{all: r, batch: batch} }

// begin is called when the run is recorded and has called nobody.
func (c *ownCalls) begin(ledger past) {
	c.all.mu.Lock()
	defer c.all.mu.Unlock()
	c.all.running, c.ledger, c.before = ledger, ledger, ledger.CallsOf(c.batch)
}

func (c *ownCalls) end() {
	c.all.mu.Lock()
	defer c.all.mu.Unlock()
	c.came = c.now()
	c.all.running, c.ledger = nil, nil
}

func (c *ownCalls) spent() int64 {
	c.all.mu.Lock()
	defer c.all.mu.Unlock()
	return c.now()
}

func (c *ownCalls) now() int64 {
	if c.ledger == nil {
		return c.came
	}
	return int64(c.ledger.CallsOf(c.batch) - c.before)
}

// Recorded reads the checkpoint again only if it is another one by now: a screen asks about each of its batches.
func (e *engine) Recorded(batch string) (web.Recorded, error) {
	r := &e.records
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.running != nil {
		now := r.other
		now.Calls = int64(r.running.CallsOf(batch))
		return now, nil
	}
	files := [2]os.FileInfo{}
	for i, path := range []string{e.checkpoint, e.marks().path} {
		info, err := os.Stat(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return web.Recorded{}, &web.Refusal{Words: e.words(err), Ours: true}
		}
		files[i] = info
	}
	if r.calls == nil && r.fault == nil || !same(files[0], r.read[0]) || !same(files[1], r.read[1]) {
		r.calls, r.fault = nil, nil
		err := e.readRecords()
		if err != nil && !errors.Is(err, checkpoint.ErrCorrupt) { // it may be the disk's, and gone in a moment
			return web.Recorded{}, &web.Refusal{Words: e.words(err), Ours: true}
		}
		r.read, r.fault = files, err
	}
	if r.fault != nil { // a damaged one is read once, too: a screen would else read it for each of its batches
		return web.Recorded{}, &web.Refusal{Words: e.words(r.fault), Ours: true}
	}
	now := r.other
	now.Calls = r.calls[batch]
	return now, nil
}

func same(a, b os.FileInfo) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

func (e *engine) readRecords() error {
	r := &e.records
	var ledger past
	v, err := checkpoint.View(e.checkpoint, checkpoint.ViewOptions{AnyKey: true})
	switch {
	case err == nil:
		ledger = v
		defer v.Close()
	case !errors.Is(err, checkpoint.ErrMissing):
		return err
	}
	loss, err := e.loss(ledger)
	if err != nil {
		return err
	}
	calls := map[string]int64{}
	if ledger != nil {
		for _, run := range ledger.Runs() {
			if run.Batch != "" {
				calls[run.Batch] = int64(ledger.CallsOf(run.Batch))
			}
		}
	}
	r.calls, r.other = calls, web.Recorded{Loss: loss, Forgot: forgotAt(ledger)}
	return nil
}

// loss is what a checkpoint is known to have lost: runs that the marks name, and calls that a repair could not save.
func (e *engine) loss(ledger past) (string, error) {
	starts, err := e.marks().read()
	if errors.Is(err, errMarks) {
		return "nobody can tell", nil
	}
	if err != nil {
		return "", err
	}
	gone, lost := lacking(starts, ledger), lostIn(ledger)
	if len(gone) == 0 && lost == 0 {
		return "", nil
	}
	return fmt.Sprintf("%d calls, runs of %v", lost, gone), nil
}

// forgotAt is when a purge last forgot people.
func forgotAt(ledger past) (at time.Time) {
	if ledger == nil {
		return at
	}
	for _, run := range ledger.Runs() {
		if run.End != nil && run.End.Counts[checkpoint.PurgedPeople] > 0 {
			at = run.End.At
		}
	}
	return at
}
