package pipeline

import (
	"context"
	"errors"
	"sync"

	"mobile3batch/mobile3"
)

// Halt says why rows stay unasked. Several may hold at once.
type Halt uint16

const (
	HaltInterrupted Halt = 1 << iota // the caller's context ended: Ctrl-C, SIGTERM
	HaltCredentials                  // credentials, signature or clock refused
	HaltQuota                        // package used up, expired or in arrears
	HaltService                      // unavailable, moved, or answering nonsense
	HaltParameters                   // the first calls were all refused for their parameters: the body's encoding
	HaltBudget                       // this run's own cap
	HaltLimit                        // only the first rows were wanted
	HaltFailed                       // checkpoint, sheet or input failed: Run returns the error
)

// errHalted is the cause of the end of a run's own context.
var errHalted = errors.New("the batch stopped")

// brake stops the asking, and only the asking: calls under way finish and are
// recorded, rows that are left are written as pending. Reasons add up.
type brake struct {
	cancel context.CancelCauseFunc

	mu  sync.Mutex
	why Halt
	by  *mobile3.Outcome // the first one that stopped the batch
}

func (b *brake) stop(why Halt, by *mobile3.Outcome) {
	b.note(why, by)
	b.cancel(errHalted)
}

// note keeps a reason without stopping.
func (b *brake) note(why Halt, by *mobile3.Outcome) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.why |= why
	if b.by == nil {
		b.by = by
	}
}

// reason is why a row is not asked once the asking has ended. Only the
// caller's context ends without stop having been called.
func (b *brake) reason() Halt {
	b.mu.Lock()
	defer b.mu.Unlock()
	if stopped := b.why &^ (HaltBudget | HaltLimit); stopped != 0 {
		return stopped
	}
	return HaltInterrupted
}

func haltFor(s mobile3.Stop) Halt {
	switch s {
	case mobile3.StopCredentials:
		return HaltCredentials
	case mobile3.StopQuota:
		return HaltQuota
	case mobile3.StopService:
		return HaltService
	}
	return 0
}
