package pipeline

import (
	"sync"
	"time"

	"mobile3batch/mobile3"
)

const (
	// unusableToStop: so many paid answers in a row without a verdict are not
	// bad luck.
	unusableToStop = 20
	// lostToStop: so many calls in a row without any answer are a service, or
	// a line, that takes money and gives nothing.
	lostToStop = 50
)

// trouble watches the service over all workers.
type trouble struct {
	mu       sync.Mutex
	unusable int       // in a row
	lost     int       // in a row
	since    time.Time // when the present time without any answer began; zero: there was one
}

// note takes in one outcome and says whether the batch should stop.
func (t *trouble) note(out mobile3.Outcome, giveUp time.Duration) (stop bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch c := out.Class; {
	case c.Retry():
		return t.silent(giveUp)
	case c.Record() == mobile3.Nothing:
		t.lost++
		return t.lost >= lostToStop || t.silent(giveUp)
	case c == mobile3.Unusable:
		t.unusable++
		t.lost, t.since = 0, time.Time{}
		return t.unusable >= unusableToStop
	}
	t.unusable, t.lost, t.since = 0, 0, time.Time{}
	return false
}

func (t *trouble) silent(giveUp time.Duration) bool {
	now := time.Now()
	if t.since.IsZero() {
		t.since = now
	}
	return now.Sub(t.since) >= giveUp
}
