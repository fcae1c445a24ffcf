package pipeline

import (
	"testing"
	"testing/synctest"
	"time"

	"mobile3batch/mobile3"
	"mobile3batch/person"
)

// limited is a service that takes only so many calls a second, which may change.
type limited struct {
	*service
	limit   func(since time.Duration) float64
	began   time.Time
	tokens  float64
	last    time.Time
	given   []time.Time // when each call was answered with a verdict
	refused []time.Time // when each one was throttled
}

// limit puts a token bucket before the bench's service, as the gateway has one: a tenth of a second's calls fit in it.
func (b *bench) limit(limit func(since time.Duration) float64) *limited {
	l := &limited{service: b.service, limit: limit, began: time.Now(), last: time.Now(), tokens: 1e9}
	b.service.answer = func(int, person.Person) mobile3.Outcome {
		l.mu.Lock()
		defer l.mu.Unlock()
		now := time.Now()
		rate := l.limit(now.Sub(l.began))
		l.tokens = min(max(1, rate/10), l.tokens+now.Sub(l.last).Seconds()*rate)
		l.last = now
		if l.tokens < 1 {
			l.refused = append(l.refused, now)
			return throttled
		}
		l.tokens--
		l.given = append(l.given, now)
		return match
	}
	return l
}

// between counts the times in a stretch of the run.
func (l *limited) between(times []time.Time, from, to time.Duration) (n float64) {
	for _, at := range times {
		if since := at.Sub(l.began); since >= from && since < to {
			n++
		}
	}
	return n
}

// TestPaceFindsTheLimit: with a ceiling far above what the service gives, or with none, the pace settles under it within
// half a minute, stays there, and few calls are throttled.
func TestPaceFindsTheLimit(t *testing.T) {
	for _, c := range []struct {
		name    string
		rate    float64
		limit   float64
		takes   time.Duration
		workers int
	}{
		{"a generous ceiling", 1000, 120, 50 * time.Millisecond, 256},
		{"no ceiling", 0, 120, 50 * time.Millisecond, 64},
		{"slow answers", 1000, 120, 800 * time.Millisecond, 256},
		{"a small limit", 100, 5, 50 * time.Millisecond, 64},
		{"a large limit", 2000, 900, 20 * time.Millisecond, 256},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const settling = 30 * time.Second
				whole := 210 * time.Second
				if !proof && c.limit > 500 { // the longest list
					whole = 75 * time.Second
				}
				b := newBench(t, people(int(c.limit*whole.Seconds())))
				b.job.Ledger = newMemory()
				b.job.Rate, b.job.Workers, b.job.Window = c.rate, c.workers, 16384
				b.service.takes = c.takes
				l := b.limit(func(time.Duration) float64 { return c.limit })
				sum := b.mustRun()
				got := l.between(l.given, settling, whole) / (whole - settling).Seconds()
				bad := l.between(l.refused, settling, whole) / (l.between(l.refused, settling, whole) + l.between(l.given, settling, whole))
				t.Logf("%.1f of %g calls/s, %.2f %% throttled; learned %.1f", got, c.limit, 100*bad, sum.Pace)
				if got < 0.85*c.limit || bad > 0.02 {
					t.Error("the limit was not found, or not kept")
				}
				if sum.Pace < 0.8*c.limit || sum.Pace > 1.2*c.limit || sum.Throttled != int64(len(l.refused)) {
					t.Errorf("learned %.1f; %d throttled, %d counted", sum.Pace, len(l.refused), sum.Throttled)
				}
				is(t, "billed twice", len(b.service.twice()), 0)
			})
		})
	}
}

// TestPaceFollowsTheLimit: it falls to a third, and rises again.
func TestPaceFollowsTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const low, high = 60 * time.Second, 180 * time.Second
		b := newBench(t, people(24_000))
		b.job.Ledger = newMemory()
		b.job.Rate, b.job.Workers, b.job.Window = 1000, 256, 16384
		b.service.takes = 50 * time.Millisecond
		l := b.limit(func(since time.Duration) float64 {
			if since >= low && since < high {
				return 40
			}
			return 120
		})
		b.mustRun()
		for _, stretch := range []struct {
			from, to time.Duration
			limit    float64
		}{{30 * time.Second, low, 120}, {low + 30*time.Second, high, 40}, {high + time.Minute, high + 2*time.Minute, 120}} {
			if got := l.between(l.given, stretch.from, stretch.to) / (stretch.to - stretch.from).Seconds(); got < 0.85*stretch.limit {
				t.Errorf("from %v to %v: %.1f of %g calls/s", stretch.from, stretch.to, got, stretch.limit)
			}
		}
		if bad := float64(len(l.refused)) / float64(len(l.refused)+len(l.given)); bad > 0.04 {
			t.Errorf("%.1f %% were throttled", 100*bad)
		}
	})
}

// TestPaceBeginsWhereItWas: a run that knows the limit begins there, and one that was never throttled learns nothing.
func TestPaceBeginsWhereItWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, people(3000))
		b.job.Ledger = newMemory()
		b.job.Rate, b.job.Pace, b.job.Workers, b.job.Window = 1000, 110, 64, 4096
		l := b.limit(func(time.Duration) float64 { return 120 })
		sum := b.mustRun()
		if got := l.between(l.given, 0, 10*time.Second); got < 10*110*0.95 || len(l.refused) > 30 {
			t.Errorf("%.0f calls in ten seconds, %d throttled", got, len(l.refused))
		}
		if sum.Pace < 90 || sum.Pace > 140 {
			t.Errorf("learned %.1f", sum.Pace)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, people(500))
		b.job.Ledger = newMemory()
		b.job.Rate = 50
		if sum := b.mustRun(); sum.Pace != 0 || sum.Throttled != 0 {
			t.Errorf("learned %.1f", sum.Pace)
		}
	})
}

// TestThrottledBeforeAnyAnswer: without a ceiling, the first calls of a run are throttled. That says nothing about a pace
// of next to none: a short list must not take minutes.
func TestThrottledBeforeAnyAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, people(40))
		b.job.Ledger = newMemory()
		b.job.Rate, b.job.Workers, b.job.Window = 0, 8, 4096
		refused := 0
		b.service.answer = func(int, person.Person) mobile3.Outcome {
			if refused++; refused <= 3 {
				return throttled
			}
			return match
		}
		began := time.Now()
		sum := b.mustRun()
		if took := time.Since(began); took > 10*time.Second || sum.Throttled != 3 {
			t.Errorf("40 people took %v; %d throttled", took, sum.Throttled)
		}
	})
}

// TestPaceStaysUnderTheCeiling: however calm it is.
func TestPaceStaysUnderTheCeiling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, people(20_000))
		b.job.Ledger = newMemory()
		b.job.Rate, b.job.Pace, b.job.Workers, b.job.Window = 100, 90, 64, 4096
		sum := b.mustRun()
		if n := busiest(b.service.times, 10*time.Second); n > 1010 || n < 990 {
			t.Errorf("%d calls in ten seconds", n)
		}
		is(t, "learned", sum.Pace, 0)
	})
}

// TestOneStepStaysUnderTheCeiling: also a long one.
func TestOneStepStaysUnderTheCeiling(t *testing.T) {
	p := newPace(100, 99)
	p.lowered = time.Now().Add(-time.Hour)
	p.raised = time.Now().Add(-time.Minute)
	p.raise(time.Now())
	if p.now != 100 || p.limiter.Limit() != 100 {
		t.Errorf("%g calls a second", p.now)
	}
}
