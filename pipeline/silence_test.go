package pipeline

import (
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"mobile3batch/mobile3"
	"mobile3batch/person"
)

// unanswered is how long a call waits for a service that takes it and says nothing.
const unanswered = 40 * time.Second

// silence is a service that takes every call for a while and answers none; each of them may be charged. Until then it
// does what before says.
func silence(b *bench, from, to time.Duration, before func(since time.Duration) mobile3.Outcome) {
	began := time.Now()
	b.service.answer = func(int, person.Person) mobile3.Outcome {
		since := time.Since(began)
		switch {
		case since < from:
			return before(since)
		case since < to:
			time.Sleep(unanswered)
			return doubt
		}
		return match
	}
}

// TestSilenceCostsThePoolOnce: of a service that turns silent, at whatever moment, the calls that were under way are lost
// and few more, since one at a time then goes on asking. A whole pool is never sent into the silence a second time.
func TestSilenceCostsThePoolOnce(t *testing.T) {
	busy := mobile3.Outcome{Class: mobile3.Busy, GatewayCode: "X503BZ"}
	probes := int(mobile3.DefaultBackoff.GiveUp/unanswered) + 2 // one at a time, until hope is given up
	for _, c := range []struct {
		name   string
		from   time.Duration
		before func(time.Duration) mobile3.Outcome
		pools  int // that may be lost
	}{
		{"from the start", 0, nil, 0},
		{"after an outage", 40 * time.Second, func(since time.Duration) mobile3.Outcome {
			if since < 10*time.Second {
				return match
			}
			return busy
		}, 0},
		{"in the middle", 10 * time.Second, func(time.Duration) mobile3.Outcome { return match }, 1},
	} {
		for _, workers := range []int{20, 256} {
			t.Run(fmt.Sprint(c.name, " with ", workers, " workers"), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					b := newBench(t, people(20_000))
					b.job.Ledger = newMemory()
					b.job.Rate, b.job.Workers, b.job.Window = 200, workers, 16384
					silence(b, c.from, 24*time.Hour, c.before)
					sum := b.mustRun()
					is(t, "halt", sum.Halt, HaltService)
					is(t, "charged twice", len(b.service.twice()), 0)
					t.Logf("%d in doubt after %v", sum.Doubts, time.Since(b.started))
					if most := c.pools*(workers+lostToProbe) + probes; sum.Doubts > int64(most) || sum.Doubts < int64(lostToProbe) {
						t.Errorf("%d in doubt, of at most %d", sum.Doubts, most)
					}
				})
			})
		}
	}
}

// TestAnAnswerEndsTheSilence: once a call is answered the pool is open again, and everybody else is asked at full speed.
func TestAnAnswerEndsTheSilence(t *testing.T) {
	for name, from := range map[string]time.Duration{"from the start": 0, "in the middle": 10 * time.Second} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const workers, n, lasts = 20, 20_000, 3 * time.Minute
				b := newBench(t, people(n))
				b.job.Ledger = newMemory()
				b.job.Rate, b.job.Workers, b.job.Window = 200, workers, 16384
				silence(b, from, from+lasts, func(time.Duration) mobile3.Outcome { return match })
				sum := b.mustRun()
				is(t, "halt", sum.Halt, 0)
				is(t, "asked", sum.ByStatus[Match]+sum.ByStatus[InDoubt], n)
				is(t, "charged twice", len(b.service.twice()), 0)
				if sum.Doubts < int64(lostToProbe) || sum.Doubts > workers+2*lostToProbe+int64(lasts/unanswered) {
					t.Errorf("%d in doubt", sum.Doubts)
				}
				if took := time.Since(b.started); took > lasts+unanswered+n/200*time.Second+10*time.Second {
					t.Errorf("it took %v: the pool was not opened again", took)
				}
			})
		})
	}
}

// TestDoubtsBetweenAnswersShutNothing: now and then a call is lost, and the pool stays as fast as it was.
func TestDoubtsBetweenAnswersShutNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const workers, n = 20, 4000
		b := newBench(t, people(n))
		b.job.Ledger = newMemory()
		b.job.Rate, b.job.Workers, b.job.Window = 200, workers, 16384
		b.service.takes = 90 * time.Millisecond
		b.service.answer = func(n int, _ person.Person) mobile3.Outcome {
			if n%10 < 2 { // two in a row, and no more
				return doubt
			}
			return match
		}
		sum := b.mustRun()
		is(t, "halt", sum.Halt, 0)
		is(t, "in doubt", sum.Doubts, n/5)
		if took := time.Since(b.started); took > n/200*time.Second+time.Second {
			t.Errorf("it took %v: the pool was shut", took)
		}
	})
}

// TestSilenceAtTheStartIsNoUnderstanding: whom nobody has understood yet is not let loose by a refusal of the parameters,
// however many calls were lost before.
func TestSilenceAtTheStartIsNoUnderstanding(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, people(200))
		b.job.Workers = 64
		b.service.takes = time.Second
		b.service.answer = func(n int, _ person.Person) mobile3.Outcome {
			if n <= lostToProbe+2 {
				return doubt
			}
			return parameter
		}
		sum := b.mustRun()
		is(t, "halt", sum.Halt, HaltParameters)
		is(t, "calls", sum.Calls, lostToProbe+2+refusalsToStop)
	})
}

// TestAServiceThatLosesEveryPoolIsLeft: it answers whoever asks alone, so the pool is opened, and it is lost, again and
// again. Never so many are lost in a row that this alone would stop the batch.
func TestAServiceThatLosesEveryPoolIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const workers = 20
		b := newBench(t, people(5000))
		b.job.Ledger = newMemory()
		b.job.Rate, b.job.Workers, b.job.Window = 200, workers, 4096
		var flying atomic.Int64
		b.service.answer = func(int, person.Person) mobile3.Outcome {
			alone := flying.Add(1) == 1
			defer flying.Add(-1)
			time.Sleep(time.Second)
			if alone {
				return match
			}
			time.Sleep(unanswered)
			return doubt
		}
		sum := b.mustRun()
		is(t, "halt", sum.Halt, HaltService)
		is(t, "charged twice", len(b.service.twice()), 0)
		if most := int64(lostToStop + workers + int(sum.ByStatus[Match])/lostShare); sum.Doubts < lostToStop || sum.Doubts > most {
			t.Errorf("%d in doubt beside %d answers, at most %d", sum.Doubts, sum.ByStatus[Match], most)
		}
	})
}
