package mobile3

import "time"

// Backoff says how long free retries wait. It is a value: the caller keeps time.
type Backoff struct {
	First   time.Duration // before the first retry
	Max     time.Duration // before any retry
	Breaker time.Duration // the whole pool, after BreakerOpen
	GiveUp  time.Duration // without any answer for so long, the batch stops
}

// DefaultBackoff knows that the gateway's breaker stays open for 90 s.
var DefaultBackoff = Backoff{
	First:   500 * time.Millisecond,
	Max:     30 * time.Second,
	Breaker: 90 * time.Second,
	GiveUp:  10 * time.Minute,
}

// Wait returns how long to wait before the nth retry, counted from 1: First,
// doubled by each retry up to Max, of which the random r in [0,1) takes between
// half and all.
func (b Backoff) Wait(n int, r float64) time.Duration {
	wait := b.First
	for i := 1; i < n && wait < b.Max; i++ {
		wait *= 2
	}
	wait = min(wait, b.Max)
	return wait/2 + time.Duration(r*float64(wait/2))
}
