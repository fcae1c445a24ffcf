package pipeline

import (
	"context"
	"sync"

	"mobile3batch/mobile3"
)

// budget caps the calls of one run, to the call. A call is reserved before its
// intent is written; a void gives it back, an answer or a doubt keeps it.
type budget struct {
	mu      sync.Mutex
	capped  bool
	left    int64
	open    int64         // reserved, and not yet known to be kept or given back
	changed chan struct{} // closed when who waits should look again; nil: nobody waits
}

// newBudget: a negative number of calls is no cap.
func newBudget(calls int64) *budget {
	return &budget{capped: calls >= 0, left: calls}
}

// reserve takes one call. While the last calls are under way it waits for
// their end, since one may be given back; false: the budget is spent or ctx ended.
func (b *budget) reserve(ctx context.Context) bool {
	if !b.capped {
		return true
	}
	for {
		b.mu.Lock()
		if b.left > 0 {
			b.left--
			b.open++
			b.mu.Unlock()
			return true
		}
		if b.open == 0 {
			b.mu.Unlock()
			return false
		}
		if b.changed == nil {
			b.changed = make(chan struct{})
		}
		changed := b.changed
		b.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return false
		}
	}
}

// end is called once a reserved call has come to its outcome.
func (b *budget) end(of mobile3.Record) {
	if of == mobile3.Void {
		b.giveBack()
	} else {
		b.done(0)
	}
}

func (b *budget) giveBack() { b.done(1) }

func (b *budget) done(back int64) {
	if !b.capped {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.open--
	b.left += back
	if b.changed != nil {
		close(b.changed)
		b.changed = nil
	}
}

// spent reports that no further call can come of this budget.
func (b *budget) spent() bool {
	if !b.capped {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.left == 0 && b.open == 0
}
