package pipeline

import (
	"context"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// pace hands out the right to make a call, at most rate a second. One worker
// at a time stands in the limiter, the others behind it in a queue: a changed
// limit or a pause then reaches all of them at once.
type pace struct {
	limiter *rate.Limiter // nil: no limit
	turn    chan struct{} // holds one token: who has it stands in the limiter
	paused  atomic.Int64  // Unix nanoseconds until which nobody calls
}

// newPace: rate in calls a second, 0 for none. The burst is one call: a burst
// as large as the rate sends double in the first second. Above 2,000 calls a
// second a timer is too coarse for single steps, so the burst covers 1 ms.
func newPace(perSecond float64) *pace {
	p := &pace{turn: make(chan struct{}, 1)}
	if perSecond > 0 {
		p.limiter = rate.NewLimiter(rate.Limit(perSecond), max(1, int(perSecond/1000)))
	}
	return p
}

// wait returns when one call may be made, or with false when ctx ended first:
// the last moment at which a row can be stopped for nothing.
func (p *pace) wait(ctx context.Context) bool {
	if p.limiter == nil && p.paused.Load() == 0 {
		return ctx.Err() == nil
	}
	select {
	case p.turn <- struct{}{}:
	case <-ctx.Done():
		return false
	}
	defer func() { <-p.turn }()
	for {
		d := time.Until(time.Unix(0, p.paused.Load()))
		if d <= 0 {
			break
		}
		if !sleep(ctx, d) {
			return false
		}
	}
	if p.limiter == nil {
		return ctx.Err() == nil
	}
	// Without a deadline on ctx and with a burst of at least one, Wait fails
	// only when ctx ends.
	return p.limiter.Wait(ctx) == nil
}

// pause holds all calls for d.
func (p *pace) pause(d time.Duration) {
	until := time.Now().Add(d).UnixNano()
	for {
		old := p.paused.Load()
		if old >= until || p.paused.CompareAndSwap(old, until) {
			return
		}
	}
}

// sleep reports false when ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
