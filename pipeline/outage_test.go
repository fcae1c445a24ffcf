package pipeline

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"mobile3batch/mobile3"
	"mobile3batch/person"
)

// outage is a service that is down, for free, for a while.
func outage(b *bench, from, to time.Duration, how mobile3.Outcome) (during *[]time.Time) {
	during = new([]time.Time)
	began := time.Now()
	b.service.answer = func(int, person.Person) mobile3.Outcome {
		if since := time.Since(began); since >= from && since < to {
			b.service.mu.Lock()
			*during = append(*during, time.Now())
			b.service.mu.Unlock()
			return how
		}
		return match
	}
	return during
}

// TestOneCallProbesAServiceThatIsDown: after a run of failures one call at a time, ever more rarely, finds out when it is
// back; then the pool is open again, everybody is asked, and nobody twice.
func TestOneCallProbesAServiceThatIsDown(t *testing.T) {
	for name, how := range map[string]mobile3.Outcome{
		"busy": {Class: mobile3.Busy, GatewayCode: "X503BZ"}, "unreachable": {Class: mobile3.Unreachable, GatewayCode: "D504CO"}, "no network": notSent,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const workers, minutes = 64, 5
				b := newBench(t, people(20_000))
				b.job.Ledger = newMemory()
				b.job.Rate, b.job.Workers, b.job.Window = 200, workers, 16384
				b.service.takes = 50 * time.Millisecond
				b.job.Backoff.First = 2 * time.Second
				during := outage(b, 20*time.Second, (20+60*minutes)*time.Second, how)
				sum := b.mustRun()
				is(t, "halt", sum.Halt, 0)
				is(t, "matches", sum.ByStatus[Match], 20_000)
				is(t, "billed twice", len(b.service.twice()), 0)
				// Ten failures, with those that were under way meanwhile; then waits of half a minute at most.
				underWay := int(b.job.Rate * b.service.takes.Seconds())
				first := failuresToProbe + 2*underWay
				if n := len(*during); n > first+2*2*minutes+10 || n < failuresToProbe {
					t.Errorf("%d calls to a service that is down", n)
				}
				later := (*during)[min(len(*during)-1, first):]
				for i := 1; i < len(later); i++ {
					if later[i].Sub(later[i-1]) < 100*time.Millisecond {
						t.Errorf("two probes within %v", later[i].Sub(later[i-1]))
					}
				}
				if took := time.Since(b.started); took > (20+60*minutes+40+100)*time.Second {
					t.Errorf("it took %v: the pool was not opened again", took)
				}
			})
		})
	}
}

// TestOnlyAnAnswerOpensThePoolAgain: a probe that fails does not, nor does one that is never answered.
func TestOnlyAnAnswerOpensThePoolAgain(t *testing.T) {
	o := newOpening()
	o.understood, o.refusals = true, refusalsToStop
	for _, c := range []struct {
		out  mobile3.Outcome
		open bool
	}{{notSent, false}, {breaker, false}, {mobile3.Outcome{Class: mobile3.Busy}, false}, {throttled, false}, {doubt, false}, {rejected, true}, {parameter, true}, {match, true}} {
		o.shut()
		mine, ok := o.enter(t.Context())
		if !mine || !ok {
			t.Fatal("a shut pool gives no turn")
		}
		if o.leave(true, c.out) {
			t.Errorf("%v stops a batch that was understood before", c.out.Class)
		}
		if o.open.Load() != c.open {
			t.Errorf("%v opens it: %v", c.out.Class, o.open.Load())
		}
	}
}

// TestAFreeFailureAtTheStartOpensNothing: it comes from before the service, and says neither that we are understood nor that
// anybody answers. However many there are, a wrong encoding costs three calls after it, and a silence one call at a time.
func TestAFreeFailureAtTheStartOpensNothing(t *testing.T) {
	probes := int(mobile3.DefaultBackoff.GiveUp/unanswered) + 2
	for name, free := range map[string]mobile3.Outcome{"no network": notSent, "busy": {Class: mobile3.Busy}, "breaker": breaker, "throttled": throttled} {
		for _, failures := range []int{1, failuresToProbe + 2} {
			for _, then := range []mobile3.Outcome{parameter, doubt} {
				t.Run(fmt.Sprint(failures, " × ", name, ", then ", word(then)), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						b := newBench(t, people(1000))
						b.job.Ledger = newMemory()
						b.job.Workers, b.job.Window = 64, 4096
						b.job.Backoff.Breaker = time.Second // else its rests alone end the batch
						b.service.takes = 100 * time.Millisecond
						b.service.answer = func(n int, _ person.Person) mobile3.Outcome {
							if n <= failures {
								return free
							}
							if then.Class == mobile3.InDoubt {
								time.Sleep(unanswered)
							}
							return then
						}
						sum := b.mustRun()
						calls := len(b.service.times) - failures
						if then.Class != mobile3.InDoubt {
							is(t, "halt", sum.Halt, HaltParameters)
							is(t, "calls after them", calls, refusalsToStop)
							return
						}
						is(t, "halt", sum.Halt, HaltService)
						if calls < lostToProbe || calls > probes {
							t.Errorf("%d in doubt, of at most %d", calls, probes)
						}
					})
				})
			}
		}
	}
}

// TestNoAnswerForTenMinutesEndsIt: the batch stops, resumable, and nobody is in doubt.
func TestNoAnswerForTenMinutesEndsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, people(5000))
		b.job.Rate, b.job.Workers, b.job.Window = 200, 64, 4096
		b.service.takes = 50 * time.Millisecond
		outage(b, 5*time.Second, 24*time.Hour, mobile3.Outcome{Class: mobile3.Busy, GatewayCode: "X503BZ"})
		sum := b.mustRun()
		is(t, "halt", sum.Halt, HaltService)
		is(t, "in doubt", sum.ByStatus[InDoubt], 0)
		if took := time.Since(b.started); took < 10*time.Minute || took > 12*time.Minute {
			t.Errorf("it gave up after %v", took)
		}
		if sum.ByStatus[Match] == 0 || sum.ByStatus[Pending] == 0 {
			t.Errorf("%v", sum.ByStatus)
		}
	})
}

// TestAServiceThatHasLostItsData: found people first, and then none any more: that costs money and says nothing. A list
// of whom nobody was ever found is another matter.
func TestAServiceThatHasLostItsData(t *testing.T) {
	for name, c := range map[string]struct {
		found   int // of the first calls
		stopped bool
	}{"turned empty": {100, true}, "empty from the start": {0, false}, "hardly begun": {healthyStart - 1, false}} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, people(1000))
			b.job.Workers = 1
			b.service.answer = func(n int, _ person.Person) mobile3.Outcome {
				if n <= c.found {
					return match
				}
				return noRecord
			}
			sum := b.mustRun()
			if stopped := sum.Halt == HaltService; stopped != c.stopped {
				t.Errorf("halt %v after %d calls", sum.Halt, sum.Calls)
			}
			if c.stopped && sum.Calls != int64(c.found+emptyToStop) {
				t.Errorf("%d calls", sum.Calls)
			}
		})
	}
	b := newBench(t, people(2000))
	b.job.Workers = 1
	b.service.answer = func(n int, _ person.Person) mobile3.Outcome {
		if n%200 == 0 || n < 60 {
			return match
		}
		return noRecord
	}
	is(t, "halt", b.mustRun().Halt, 0)
}

// TestStopsWithinOneCallAWorker: the first answer that stops a batch is the last call of each worker.
func TestStopsWithinOneCallAWorker(t *testing.T) {
	arrears := mobile3.Outcome{Class: mobile3.Arrears, GatewayCode: "B403MB"}
	for name, c := range map[string]struct {
		out  mobile3.Outcome
		halt Halt
	}{"quota": {quota, HaltQuota}, "credentials": {badCode, HaltCredentials}, "arrears": {arrears, HaltQuota}} {
		for _, from := range []int{1, 500} {
			t.Run(fmt.Sprint(name, " at call ", from), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					const workers = 64
					b := newBench(t, people(3000))
					b.job.Ledger = newMemory()
					b.job.Workers, b.job.Window = workers, 4096
					b.service.takes = 50 * time.Millisecond
					b.service.answer = func(n int, _ person.Person) mobile3.Outcome {
						if n >= from {
							return c.out
						}
						return match
					}
					sum := b.mustRun()
					is(t, "halt", sum.Halt, c.halt)
					if calls := len(b.service.times); calls > from-1+workers {
						t.Errorf("%d calls, %d of them after the first that stops the batch", calls, calls-from)
					}
					is(t, "in doubt", sum.ByStatus[InDoubt], 0)
					is(t, "pending", sum.ByStatus[Pending] > 0, true)
				})
			})
		}
	}
}
