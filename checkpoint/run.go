package checkpoint

import (
	"errors"
	"fmt"
	"time"
)

// Run is one run of the program on this checkpoint. The caller of StartRun gives BatchStart, Program, Normaliser,
// Input, Options and Batch; the Log fills in the rest.
type Run struct {
	Number     uint64 // from 1
	At         time.Time
	BatchStart time.Time // from when ages are measured; inherited from an unfinished run
	Host       string
	PID        int
	Inode      uint64
	Program    string   // its version
	Normaliser byte     // the version persons were keyed with
	Input      [16]byte // a keyed digest of the input, to tell the same from another
	Options    string   // those that matter, as text without secrets or personal data
	Batch      string   // the batch whose run it is, without personal data; "": none. See Reader.CallsOf
	End        *RunEnd  // nil: it did not end in order

	forgotten int // calls of this run, not certainly free, that purges have forgotten
}

// RunEnd says how a run ended.
type RunEnd struct {
	At            time.Time // filled in by EndRun
	Why           string
	Counts        map[string]int64
	OutputWritten bool
}

// maxCounts bounds the named counts of a run's end.
const maxCounts = 256

func (r Run) check() error {
	if r.Batch != "" {
		r.forgotten = forgotAtMost // room for what purges add
	}
	return errors.Join(checkBatch(r.Batch), tooLong("program version", r.Program), tooLong("options", r.optionsText()))
}

func (e RunEnd) check() error {
	if len(e.Counts) > maxCounts {
		return fmt.Errorf("%w: %d counts, at most %d are kept", ErrTooLong, len(e.Counts), maxCounts)
	}
	total := 0
	for name := range e.Counts {
		total += len(name)
	}
	if total > maxPayload/4 {
		return fmt.Errorf("%w: names of counts", ErrTooLong)
	}
	return tooLong("reason", e.Why)
}
