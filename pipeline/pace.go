package pipeline

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"mobile3batch/mobile3"
)

// pace hands out the right to make a call, at most rate a second. One worker
// at a time stands in the limiter, the others behind it in a queue: a changed
// limit or a pause then reaches all of them at once.
//
// The rate is a ceiling. What the service really gives is found under it as TCP
// finds a line's capacity: a throttled call lowers the pace by a part, at once;
// while none is throttled it rises again, little by little and then faster.
type pace struct {
	limiter *rate.Limiter // without a limit until the first throttled call, if there is no ceiling
	turn    chan struct{} // holds one token: who has it stands in the limiter
	paused  atomic.Int64  // Unix nanoseconds until which nobody calls

	mu       sync.Mutex
	ceiling  float64   // calls a second; rate.Inf: none
	now      float64   // calls a second at this moment
	found    bool      // a throttled call has shown that the ceiling is too high
	lowered  time.Time // calls made before tell nothing about the pace since
	raised   time.Time
	second   time.Time // when the second began in which answers are counted
	answers  float64   // in it
	answered float64   // in the one before
}

const (
	lowerTo   = 0.85             // of the pace, by a throttled call
	raiseBy   = 0.01             // of the pace, each second
	doubling  = 10 * time.Second // of calm make the pace rise twice as fast,
	doublings = 4                // so many times at most
	slowest   = 0.5              // calls a second
	unknown   = 20               // calls a second to try if nothing was answered yet: the usual ceiling
)

// newPace: ceiling and start in calls a second, 0 for none; start is the pace
// that an earlier run has found. The burst is one call: a burst as large as the
// rate sends double in the first second. Above 2,000 calls a second a timer is
// too coarse for single steps, so the burst covers 1 ms.
func newPace(ceiling, start float64) *pace {
	p := &pace{turn: make(chan struct{}, 1), ceiling: ceiling}
	if ceiling == 0 {
		p.ceiling = float64(rate.Inf)
	}
	p.now = p.ceiling
	if start > 0 && start < p.ceiling {
		p.now, p.found = start, true
	}
	p.lowered, p.raised = time.Now(), time.Now()
	p.limiter = rate.NewLimiter(rate.Limit(p.now), burstAt(p.now))
	return p
}

func burstAt(perSecond float64) int { return max(1, int(min(perSecond, 1e6)/1000)) }

// wait returns when one call may be made, or with false when ctx ended first:
// the last moment at which a row can be stopped for nothing.
func (p *pace) wait(ctx context.Context) bool {
	if p.limiter.Limit() == rate.Inf && p.paused.Load() == 0 {
		return ctx.Err() == nil
	}
	select {
	case p.turn <- struct{}{}:
	case <-ctx.Done():
		return false
	}
	defer func() { <-p.turn }()
	for d := p.rest(); d > 0; d = p.rest() {
		if !sleep(ctx, d) {
			return false
		}
	}
	// Without a deadline on ctx and with a burst of at least one, Wait fails
	// only when ctx ends.
	return p.limiter.Wait(ctx) == nil
}

// learn takes in what came of a call made at that time.
func (p *pace) learn(out mobile3.Outcome, made time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	switch {
	case out.Class == mobile3.Throttled:
		if !made.Before(p.lowered) {
			p.lower(now)
		}
	case out.Class.Record() == mobile3.Settle:
		p.count(now)
		p.raise(now)
	}
}

// count keeps how many answers a second there are: where no limit was known,
// that is what the service gives.
func (p *pace) count(now time.Time) {
	if gone := now.Sub(p.second); gone >= time.Second {
		p.answered = p.answers
		if gone >= 2*time.Second {
			p.answered = 0
		}
		p.second, p.answers = now, 0
	}
	p.answers++
}

func (p *pace) lower(now time.Time) {
	p.found = true
	if p.now == float64(rate.Inf) {
		p.now = max(p.answered, p.answers, unknown)
	}
	p.set(max(slowest, p.now*lowerTo))
	p.lowered, p.raised = now, now
}

func (p *pace) raise(now time.Time) {
	const step = 100 * time.Millisecond
	gone := now.Sub(p.raised)
	if !p.found || p.now >= p.ceiling || gone < step {
		return
	}
	faster := 1 << min(doublings, now.Sub(p.lowered)/doubling)
	p.set(min(p.ceiling, p.now+p.now*raiseBy*float64(faster)*min(gone, time.Second).Seconds()))
	p.raised = now
}

func (p *pace) set(perSecond float64) {
	p.now = perSecond
	p.limiter.SetLimit(rate.Limit(perSecond))
	p.limiter.SetBurst(burstAt(perSecond))
}

// learned is the pace at which the service answers, in calls a second; 0: the
// ceiling was never too high.
func (p *pace) learned() float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.found || p.now >= p.ceiling {
		return 0
	}
	return p.now
}

// rest is for how long nobody calls.
func (p *pace) rest() time.Duration { return time.Until(time.Unix(0, p.paused.Load())) }

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
