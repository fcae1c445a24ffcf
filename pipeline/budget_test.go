package pipeline

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"mobile3batch/mobile3"
	"mobile3batch/person"
)

// TestWaitingForTheBudgetSeesWhatHappened: who waited for a call that another has given back does not make it if the
// batch has stopped, was shut or rests meanwhile; and it is not lost to those who may.
func TestWaitingForTheBudgetSeesWhatHappened(t *testing.T) {
	const pause = 90 * time.Second
	for name, c := range map[string]struct {
		happens func(*run, context.CancelFunc)
		may     bool
		err     error
		after   time.Duration
	}{
		"nothing": {func(*run, context.CancelFunc) {}, true, nil, 0},
		"stopped": {func(_ *run, cancel context.CancelFunc) { cancel() }, false, nil, 0},
		"shut":    {func(r *run, _ context.CancelFunc) { r.opening.shut() }, false, errShut, 0},
		"rests":   {func(r *run, _ context.CancelFunc) { r.pace.pause(pause) }, true, nil, pause},
	} {
		t.Run(name, func(t *testing.T) {
			for range 50 { // what a waiter hears first, chance decides
				synctest.Test(t, func(t *testing.T) {
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					r := &run{ctx: ctx, budget: newBudget(1), pace: newPace(0, 0), opening: newOpening()}
					r.opening.open.Store(true)
					r.budget.reserve(ctx)
					began := time.Now()
					done := make(chan struct{})
					go func() {
						defer close(done)
						may, err := r.mayCall(false)
						if may != c.may || !errors.Is(err, c.err) || time.Since(began) != c.after {
							t.Errorf("it may call: %v, %v, after %v", may, err, time.Since(began))
						}
					}()
					synctest.Wait() // until it waits for the budget
					c.happens(r, cancel)
					r.budget.giveBack()
					<-done
					if left := r.budget.left; left == 1 == c.may {
						t.Errorf("%d calls left in the budget", left)
					}
				})
			}
		})
	}
}

// endsMeanwhile is a context that ends after somebody has looked at it once.
type endsMeanwhile struct {
	context.Context
	looked int
}

func (c *endsMeanwhile) Err() error {
	if c.looked++; c.looked > 1 {
		return context.Canceled
	}
	return nil
}

// TestNoCallOnceTheBatchHasEnded: also if it ends between the token and the budget.
func TestNoCallOnceTheBatchHasEnded(t *testing.T) {
	r := &run{ctx: &endsMeanwhile{Context: t.Context()}, budget: newBudget(1), pace: newPace(0, 0), opening: newOpening()}
	r.opening.open.Store(true)
	if may, err := r.mayCall(false); may || err != nil {
		t.Errorf("it may call: %v, %v", may, err)
	}
	is(t, "left in the budget", r.budget.left, 1)
}

// TestCallGivenBackFindsTheRest: the call that shows that the service wants a rest, or that the batch must stop, gives its
// place in the budget back only once everybody can know of it.
func TestCallGivenBackFindsTheRest(t *testing.T) {
	for name, c := range map[string]struct {
		out   mobile3.Outcome
		calls int // during the first minute
	}{"rest": {breaker, 8}, "stop": {quota, 8}} {
		t.Run(name, func(t *testing.T) {
			for range 20 {
				synctest.Test(t, func(t *testing.T) {
					b := newBench(t, people(100))
					b.job.Ledger = newMemory()
					b.job.Workers, b.job.MaxCalls = 16, 8
					b.job.Watch = func(Call) { time.Sleep(10 * time.Millisecond) } // the outcome is known, and not yet heeded
					b.service.answer = func(n int, _ person.Person) mobile3.Outcome {
						switch {
						case n == 1 || n > 8:
						case n == 2:
							time.Sleep(100 * time.Millisecond)
							return c.out
						default: // under way meanwhile
							time.Sleep(time.Second)
						}
						return match
					}
					b.mustRun()
					early := 0
					for _, at := range b.service.times {
						if at.Sub(b.started) < time.Minute {
							early++
						}
					}
					is(t, "calls in the first minute", early, c.calls)
				})
			}
		})
	}
}

// TestSurveyedCallsSuffice: a cap of just as many calls as the survey found leaves nobody of an unchanged input unasked,
// whatever is retried, refused, lost or shared on the way.
func TestSurveyedCallsSuffice(t *testing.T) {
	for _, workers := range []int{1, 8, 64} {
		synctest.Test(t, func(t *testing.T) {
			rows := people(300)
			for i := range 100 { // duplicates, near and far
				rows = append(rows, row(302+i, i*3))
			}
			b := newBench(t, rows)
			b.job.Workers, b.job.MaxCalls = workers, 300
			b.service.takes = 20 * time.Millisecond
			tries := make(map[string]int)
			b.service.answer = func(n int, p person.Person) mobile3.Outcome {
				b.service.mu.Lock()
				defer b.service.mu.Unlock()
				who := int(p.Mobile[10] - '0')
				if tries[p.Mobile]++; who < 4 && tries[p.Mobile] <= who {
					return []mobile3.Outcome{breaker, throttled, notSent}[n%3]
				}
				switch who {
				case 7:
					return doubt
				case 8:
					return rejected
				case 9:
					return garbage
				}
				return match
			}
			sum := b.mustRun()
			is(t, "halt", sum.Halt, 0)
			is(t, "pending", sum.ByStatus[Pending], 0)
			is(t, "in doubt", sum.Doubts, 30)
			is(t, "billed", sum.Billed, 300-2*30)
		})
	}
}
