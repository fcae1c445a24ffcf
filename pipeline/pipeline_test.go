package pipeline

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"mobile3batch/checkpoint"
	"mobile3batch/mobile3"
	"mobile3batch/person"
	"mobile3batch/reader"
)

func TestEveryRowComesBackOnceInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, people(500))
		b.service.answer = func(int, person.Person) mobile3.Outcome {
			time.Sleep(time.Duration(rand.IntN(300)) * time.Millisecond)
			return match
		}
		sum := b.mustRun()
		is(t, "matches", sum.ByStatus[Match], 500)
		is(t, "calls", sum.Calls, 500)
		is(t, "billed", sum.Billed, 500)
		is(t, "calls at once", b.service.most, b.job.Workers)
		is(t, "twice", len(b.service.twice()), 0)
	})
}

func TestSecondRunCostsNothing(t *testing.T) {
	b := newBench(t, people(50))
	b.mustRun()
	first := b.sheet.results
	sum := b.mustRun()
	is(t, "calls", sum.Calls, 0)
	is(t, "known", sum.Known, 50)
	for i, r := range b.sheet.results {
		if r.Answer != first[i].Answer || !r.At.Equal(first[i].At) || r.Status != first[i].Status {
			t.Fatalf("row %d differs between runs: %+v, %+v", i, r.Answer, first[i].Answer)
		}
		is(t, "source", r.Source, FromCheckpoint)
	}
}

func TestPersonNotRowIsPaidFor(t *testing.T) {
	b := newBench(t, people(40))
	b.mustRun()
	b.rows = append(b.rows, row(100, 77), row(101, 78))
	rand.Shuffle(len(b.rows), func(i, j int) { b.rows[i], b.rows[j] = b.rows[j], b.rows[i] })
	for i := range b.rows {
		b.rows[i].Line = i + 2
	}
	sum := b.mustRun()
	is(t, "calls for the two new ones", sum.Calls, 2)
	is(t, "twice", len(b.service.twice()), 0)
}

func TestDuplicatesShareOneCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var rows []reader.Row
		for i := range 90 {
			rows = append(rows, row(i+2, i%3))
		}
		b := newBench(t, rows)
		b.service.takes = time.Second
		b.service.answer = func(_ int, p person.Person) mobile3.Outcome {
			switch p.Mobile {
			case "15400000001":
				return rejected
			case "15400000002":
				return doubt
			}
			return match
		}
		sum := b.mustRun()
		is(t, "calls", sum.Calls, 3)
		is(t, "match", sum.ByStatus[Match], 30)
		is(t, "rejected: a duplicate is never asked itself", sum.ByStatus[Rejected], 30)
		is(t, "in doubt", sum.ByStatus[InDoubt], 30)
		is(t, "duplicates", sum.Duplicates, 29)
		is(t, "first source", b.sheet.results[0].Source, FromAPI)
		is(t, "second source", b.sheet.results[3].Source, FromDuplicate)
		is(t, "a duplicate's answer", b.sheet.results[87].Answer, b.sheet.results[0].Answer)

		// Later duplicates, when no call is under way any more.
		is(t, "late duplicate's source", b.sheet.results[87].Source, FromDuplicate)
	})
}

func TestInvalidRowsCostNothing(t *testing.T) {
	rows := people(4)
	rows[1].Cells[2].Text = "110101195001010000" // a wrong checksum
	rows[2].Cells = nil
	b := newBench(t, rows)
	sum := b.mustRun()
	is(t, "invalid", sum.ByStatus[Invalid], 2)
	is(t, "calls", sum.Calls, 2)
	if len(b.sheet.results[1].Findings) == 0 {
		t.Error("an invalid row does not say why")
	}
}

func TestRate(t *testing.T) {
	for _, rate := range []float64{20, 200, 1000} {
		synctest.Test(t, func(t *testing.T) {
			const seconds = 60
			b := newBench(t, people(int(rate)*seconds))
			b.job.Ledger = newMemory()
			b.job.Rate, b.job.Workers, b.job.Window = rate, min(int(rate), 256), 4096
			b.service.takes = 50 * time.Millisecond
			b.mustRun()
			took := b.service.times[len(b.service.times)-1].Sub(b.started)
			if got := float64(len(b.rows)) / took.Seconds(); got < 0.99*rate {
				t.Errorf("rate %g: %.2f calls/s", rate, got)
			}
			if n := busiest(b.service.times, time.Second); float64(n) > rate+float64(b.job.Workers) {
				t.Errorf("rate %g: %d calls in a second", rate, n)
			}
			if n := busiest(b.service.times, 10*time.Second); float64(n) > 1.01*10*rate {
				t.Errorf("rate %g: %d calls in ten seconds", rate, n)
			}
		})
	}
}

// busiest is the most calls within any window.
func busiest(times []time.Time, window time.Duration) (most int) {
	first := 0
	for i, at := range times {
		for at.Sub(times[first]) > window {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}

func TestBudgetIsHardAndUsedUp(t *testing.T) {
	for _, budget := range []int64{0, 1, 7, 50, 99} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t, people(100))
			b.job.MaxCalls, b.job.Workers = budget, 64
			b.service.takes = 100 * time.Millisecond
			refused := make(map[string]bool)
			b.service.answer = func(_ int, p person.Person) mobile3.Outcome {
				b.service.mu.Lock()
				defer b.service.mu.Unlock()
				if !refused[p.Mobile] && len(refused) < 30 {
					refused[p.Mobile] = true
					return throttled
				}
				return match
			}
			sum := b.mustRun()
			is(t, "billed", sum.Billed, budget)
			is(t, "pending", sum.ByStatus[Pending], 100-budget)
			is(t, "halt", sum.Halt, HaltBudget)
			for _, r := range b.sheet.results {
				if r.Status == Pending { // which rows these are, the free retries decide
					is(t, "a pending row's reason", r.Halt, HaltBudget)
				}
			}
		})
	}
}

func TestBudgetKeepsDoubts(t *testing.T) {
	b := newBench(t, people(20))
	b.job.MaxCalls = 5
	b.service.answer = func(int, person.Person) mobile3.Outcome { return doubt }
	sum := b.mustRun()
	is(t, "calls", sum.Calls, 5)
	is(t, "in doubt", sum.ByStatus[InDoubt], 5)
}

func TestStops(t *testing.T) {
	for name, test := range map[string]struct {
		out  mobile3.Outcome
		halt Halt
	}{
		"quota":       {quota, HaltQuota},
		"credentials": {badCode, HaltCredentials},
		"redirect":    {moved, HaltService},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t, people(300))
			b.job.Workers = 64
			b.service.takes = time.Second
			b.service.answer = func(n int, _ person.Person) mobile3.Outcome {
				if n >= 100 {
					return test.out
				}
				return match
			}
			sum := b.mustRun()
			is(t, name, sum.Halt, test.halt)
			is(t, name+" code", sum.HaltCode, test.out.GatewayCode)
			if sum.Calls > 99+64 {
				t.Errorf("%s: %d calls, more than one a worker after the first refusal", name, sum.Calls)
			}
			is(t, name+" doubts", sum.Doubts, 0)
			is(t, name+" twice", len(b.service.twice()), 0)

			b.service.answer = nil
			sum = b.mustRun()
			is(t, name+": the next run goes on", sum.ByStatus[Pending], 0)
			is(t, name+" twice", len(b.service.twice()), 0)
		})
	}
}

func TestInterruptDrains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, people(2000))
		b.job.Workers = 32
		b.service.takes = 300 * time.Millisecond
		ctx, interrupt := context.WithCancel(context.Background())
		b.service.answer = func(n int, _ person.Person) mobile3.Outcome {
			if n == 500 {
				interrupt()
			}
			return match
		}
		sum, err := b.run(ctx)
		if err != nil {
			t.Fatal(err)
		}
		is(t, "halt", sum.Halt, HaltInterrupted)
		is(t, "doubts", sum.Doubts, 0)
		is(t, "every call was answered and kept", sum.Billed, sum.Calls)
		if sum.Calls < 500 || sum.Calls > 500+64 {
			t.Errorf("%d calls", sum.Calls)
		}
		is(t, "the rest is pending", sum.ByStatus[Pending], 2000-sum.Calls)

		sum = b.mustRun()
		is(t, "finished", sum.ByStatus[Match], 2000)
		is(t, "twice", len(b.service.twice()), 0)
	})
}

func TestFreeRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, people(100))
		tried := make(map[string]int)
		b.service.answer = func(n int, p person.Person) mobile3.Outcome {
			b.service.mu.Lock()
			defer b.service.mu.Unlock()
			tried[p.Mobile]++
			if tried[p.Mobile] < 4 {
				return []mobile3.Outcome{throttled, notSent}[n%2]
			}
			return match
		}
		sum := b.mustRun()
		is(t, "match", sum.ByStatus[Match], 100)
		is(t, "attempts", len(b.service.times), 400)
		is(t, "twice", len(b.service.twice()), 0)

		log := b.ledger()
		defer log.Close()
		is(t, "every attempt is journalled", log.Counts().Begins, 400)
		is(t, "voids", log.Counts().Voids, 300)
	})
}

func TestRetriesArePaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, people(200))
		b.job.Rate, b.job.Workers = 20, 20
		b.service.answer = func(n int, _ person.Person) mobile3.Outcome {
			if n%2 == 0 {
				return throttled
			}
			return match
		}
		b.mustRun()
		if n := busiest(b.service.times, 10*time.Second); n > 202 {
			t.Errorf("%d calls in ten seconds at 20/s", n)
		}
	})
}

func TestOpenBreakerRestsTheWholePool(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, people(200))
		b.job.Rate = 20
		b.service.answer = func(n int, _ person.Person) mobile3.Outcome {
			if n == 50 {
				return breaker
			}
			return match
		}
		b.mustRun()
		longest := time.Duration(0)
		for i, at := range b.service.times[1:] {
			longest = max(longest, at.Sub(b.service.times[i]))
		}
		if longest < 89*time.Second || longest > 91*time.Second {
			t.Errorf("the pool rested for %s", longest)
		}
	})
}

func TestTenMinutesWithoutAnAnswerStop(t *testing.T) {
	for name, out := range map[string]mobile3.Outcome{"throttled": throttled, "not sent": notSent} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t, people(30))
			b.service.answer = func(n int, _ person.Person) mobile3.Outcome {
				if n <= 5 {
					return match
				}
				return out
			}
			sum := b.mustRun()
			is(t, name, sum.Halt, HaltService)
			is(t, name+" pending", sum.ByStatus[Pending], 25)
			if took := time.Since(b.started); took < 10*time.Minute || took > 11*time.Minute {
				t.Errorf("%s: gave up after %s", name, took)
			}
		})
	}
}

func TestNonsenseStops(t *testing.T) {
	b := newBench(t, people(100))
	b.job.Workers = 4
	b.service.answer = func(n int, _ person.Person) mobile3.Outcome {
		if n <= 10 || n == 25 {
			return match
		}
		return garbage
	}
	sum := b.mustRun()
	is(t, "halt", sum.Halt, HaltService)
	if sum.Calls < 45 || sum.Calls > 45+4 {
		t.Errorf("%d calls; 20 unusable answers in a row stop the batch", sum.Calls)
	}
}

func TestSilenceStops(t *testing.T) {
	b := newBench(t, people(200))
	b.job.Workers = 4
	b.service.answer = func(int, person.Person) mobile3.Outcome { return doubt }
	sum := b.mustRun()
	is(t, "halt", sum.Halt, HaltService)
	if sum.Calls < lostToStop || sum.Calls > lostToStop+4 {
		t.Errorf("%d calls without any answer", sum.Calls)
	}
}

func TestCarefulStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, people(100))
		b.job.Workers = 64
		b.service.takes = time.Second
		b.service.answer = func(int, person.Person) mobile3.Outcome { return parameter }
		sum := b.mustRun()
		is(t, "halt", sum.Halt, HaltParameters)
		is(t, "calls", sum.Calls, 3)
		is(t, "calls at once", b.service.most, 1)
	})
}

func TestOneUnderstoodCallOpensThePool(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, people(100))
		b.job.Workers = 10
		b.service.takes = time.Second
		b.service.answer = func(n int, _ person.Person) mobile3.Outcome {
			if n <= 2 || n > 50 {
				return parameter
			}
			return match
		}
		sum := b.mustRun()
		is(t, "halt", sum.Halt, Halt(0))
		is(t, "rejected", sum.ByStatus[Rejected], 52)
		is(t, "calls at once", b.service.most, 10)
	})
}

func TestDoubtIsHeldAndResentOnce(t *testing.T) {
	b := newBench(t, people(10))
	b.service.answer = func(n int, _ person.Person) mobile3.Outcome {
		switch n {
		case 3:
			return doubt
		case 5:
			return garbage
		}
		return match
	}
	b.job.Workers = 1
	b.mustRun()
	sum := b.mustRun()
	is(t, "held: calls", sum.Calls, 0)
	is(t, "held: in doubt", sum.ByStatus[InDoubt], 1)
	is(t, "held: unusable", sum.ByStatus[Unusable], 1)

	b.job.Policy.Resend = true
	b.service.answer = func(int, person.Person) mobile3.Outcome { return throttledOnce() }
	resent.Store(0)
	sum = b.mustRun()
	is(t, "resent: in doubt", sum.ByStatus[InDoubt], 0)
	is(t, "resent: unusable", sum.ByStatus[Unusable], 0)
	is(t, "resent: billed", sum.Billed, 2)

	sum = b.mustRun()
	is(t, "again: calls", sum.Calls, 0)
	is(t, "again: match", sum.ByStatus[Match], 10)
}

var resent atomic.Int32

// throttledOnce refuses the first call: a void must not wipe out the doubt
// before it.
func throttledOnce() mobile3.Outcome {
	if resent.Add(1) == 1 {
		return throttled
	}
	return match
}

func TestSecondDoubtIsNotResent(t *testing.T) {
	b := newBench(t, []reader.Row{row(2, 0), row(3, 0)})
	b.service.answer = func(int, person.Person) mobile3.Outcome { return doubt }
	b.mustRun()
	b.job.Policy.Resend = true
	sum := b.mustRun()
	is(t, "resent once, not once a row", sum.Calls, 1)
	sum = b.mustRun()
	is(t, "a second doubt", sum.Calls, 0)
	is(t, "in doubt", sum.ByStatus[InDoubt], 2)
}

func TestSecondUnusableAnswerIsNotAskedFor(t *testing.T) {
	b := newBench(t, people(3))
	b.service.answer = func(int, person.Person) mobile3.Outcome { return garbage }
	b.mustRun()
	b.job.Policy.Resend = true
	is(t, "resent once", b.mustRun().Calls, 3)
	sum := b.mustRun()
	is(t, "not a second time", sum.Calls, 0)
	is(t, "unusable", sum.ByStatus[Unusable], 3)
}

func TestDoubtAndWasteAreNotResentTwice(t *testing.T) {
	for name, order := range map[string][2]mobile3.Outcome{"doubt first": {doubt, garbage}, "waste first": {garbage, doubt}} {
		b := newBench(t, people(1))
		b.service.answer = func(n int, _ person.Person) mobile3.Outcome { return order[min(n, 2)-1] }
		b.mustRun()
		b.job.Policy.Resend = true
		is(t, name+": resent once", b.mustRun().Calls, 1)
		is(t, name+": not a second time", b.mustRun().Calls, 0)
	}
}

func TestDoubtLeftUnaskedStaysDoubt(t *testing.T) {
	b := newBench(t, people(6))
	b.job.Workers = 1
	b.service.answer = func(n int, _ person.Person) mobile3.Outcome {
		return []mobile3.Outcome{doubt, garbage, match}[min(n, 3)-1]
	}
	b.mustRun()
	b.job.Policy.Resend = true
	for name, out := range map[string]mobile3.Outcome{"budget": {}, "quota": quota, "refused": rejected} {
		b.job.MaxCalls = map[bool]int64{true: 0, false: -1}[name == "budget"]
		b.service.answer = func(int, person.Person) mobile3.Outcome { return out }
		sum := b.mustRun()
		is(t, name+": in doubt", sum.ByStatus[InDoubt], 1)
		is(t, name+": unusable", sum.ByStatus[Unusable], 1)
	}
}

func TestMaxAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, people(10))
		b.mustRun()
		time.Sleep(48 * time.Hour)
		b.rows = append(b.rows, row(12, 10))
		b.mustRun()

		b.job.Policy.FreshSince = time.Now().Add(-24 * time.Hour)
		b.service.answer = func(n int, _ person.Person) mobile3.Outcome {
			if n == 13 {
				return quota
			}
			return noRecord
		}
		b.job.Workers = 1
		sum := b.mustRun()
		is(t, "renewed before the quota ended", sum.ByStatus[NoRecord], 1)
		is(t, "the youngest is kept", sum.ByStatus[Match], 1)

		b.service.answer = func(int, person.Person) mobile3.Outcome { return noRecord }
		sum = b.mustRun()
		is(t, "renewed", sum.ByStatus[NoRecord], 10)
		is(t, "calls", sum.Calls, 9)
	})
}

func TestFailures(t *testing.T) {
	broken := errors.New("the disk is gone")
	t.Run("sink", func(t *testing.T) {
		b := newBench(t, people(1000))
		b.sheet = &sheet{fail: 10}
		_, err := b.run(context.Background())
		if !errors.Is(err, errSheet) {
			t.Fatal(err)
		}
		if n := len(b.service.times); n > 200 {
			t.Errorf("%d calls although the sheet failed in row 10", n)
		}
	})
	t.Run("ledger", func(t *testing.T) {
		b := newBench(t, people(1000))
		log := b.ledger()
		b.job.Ledger = &failingLedger{Log: log, left: 20, err: broken}
		log.Close()
		log = b.ledger()
		b.job.Ledger = &failingLedger{Log: log, left: 20, err: broken}
		if _, err := runOn(b, log); !errors.Is(err, broken) {
			t.Fatal(err)
		}
		is(t, "calls", len(b.service.times), 20)
	})
	t.Run("input", func(t *testing.T) {
		b := newBench(t, people(100))
		b.job.Rows = broke(b.rows, 50, broken)
		if _, err := b.run(context.Background()); !errors.Is(err, broken) {
			t.Fatal(err)
		}
	})
	t.Run("input changed", func(t *testing.T) {
		b := newBench(t, people(100))
		changed := people(100)
		changed[70].Cells[0].Text = "李四"
		b.job.Rows = seq(changed)
		if _, err := b.run(context.Background()); !errors.Is(err, ErrInputChanged) {
			t.Fatal(err)
		}
	})
}

func broke(rows []reader.Row, at int, err error) iter.Seq2[reader.Row, error] {
	return func(yield func(reader.Row, error) bool) {
		for _, r := range rows[:at] {
			if !yield(r, nil) {
				return
			}
		}
		yield(reader.Row{}, err)
	}
}

// failingLedger can begin only so many calls.
type failingLedger struct {
	*checkpoint.Log
	left int
	err  error
	n    atomic.Int64
}

func (f *failingLedger) Begin(k checkpoint.Key, nonce [16]byte) (checkpoint.Attempt, error) {
	if f.n.Add(1) > int64(f.left) {
		return 0, f.err
	}
	return f.Log.Begin(k, nonce)
}

// runOn runs over a checkpoint that is open already.
func runOn(b *bench, log *checkpoint.Log) (Summary, error) {
	defer log.Close()
	b.sheet = &sheet{}
	job := b.job
	job.Identity = &Identity{Columns: Columns{0, 1, 2}, Keyer: person.NewKeyer(log.Secret()), Normalisers: person.Normalisers[:1]}
	survey, err := Inspect(seq(b.rows), job.Identity, job.Policy, log, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	job.Rows, job.Digest, job.Checker, job.Sink, job.Meter = seq(b.rows), survey.Digest, b.service, b.sheet, new(Meter)
	return Run(context.Background(), job)
}

func TestIntentIsOnDiskBeforeTheCall(t *testing.T) {
	b := newBench(t, people(30))
	order := &orderLedger{}
	log := b.ledger()
	order.Log = log
	b.job.Ledger = order
	b.service.answer = func(int, person.Person) mobile3.Outcome {
		if order.synced.Load() < 1 {
			t.Error("a call was made before its intent was on disk")
		}
		order.synced.Add(-1)
		return match
	}
	if _, err := runOn(b, log); err != nil {
		t.Fatal(err)
	}
	is(t, "calls", len(b.service.times), 30)
}

// orderLedger counts intents that are on disk and not yet used.
type orderLedger struct {
	*checkpoint.Log
	synced atomic.Int64
}

func (o *orderLedger) Begin(k checkpoint.Key, nonce [16]byte) (checkpoint.Attempt, error) {
	a, err := o.Log.Begin(k, nonce)
	o.synced.Add(1)
	return a, err
}

func TestOlderNormaliserCounts(t *testing.T) {
	b := newBench(t, people(5))
	b.mustRun()
	log := b.ledger()
	defer log.Close()
	// A new rule that makes another person of the same row.
	next := person.Normaliser{Version: 2, Parse: func(r person.Raw) (person.Person, []person.Finding) {
		p, f := person.Normalisers[0].Parse(r)
		p.Version = 2
		return p, f
	}}
	id := &Identity{Columns: Columns{0, 1, 2}, Keyer: person.NewKeyer(log.Secret()), Normalisers: []person.Normaliser{next, person.Normalisers[0]}}
	s, err := Inspect(seq(append(b.rows, row(7, 9))), id, Policy{}, log, nil)
	if err != nil {
		t.Fatal(err)
	}
	is(t, "known under the older rule", s.Known, 5)
	is(t, "to ask", s.ToAsk, 1)
}

func TestSurvey(t *testing.T) {
	b := newBench(t, people(6))
	b.service.answer = func(n int, _ person.Person) mobile3.Outcome {
		if n == 2 {
			return doubt
		}
		return match
	}
	b.job.Workers = 1
	b.mustRun()
	log := b.ledger()
	defer log.Close()
	bad := row(20, 50)
	bad.Cells[1].Text = "12"
	rows := append(b.rows, row(8, 30), row(9, 30), row(10, 31), bad)
	id := &Identity{Columns: Columns{0, 1, 2}, Keyer: person.NewKeyer(log.Secret()), Normalisers: person.Normalisers[:1]}
	var plans []Plan
	s, err := Inspect(seq(rows), id, Policy{}, log, func(p Planned) error { plans = append(plans, p.Plan); return nil })
	if err != nil {
		t.Fatal(err)
	}
	want := []Plan{PlanKnown, PlanHold, PlanKnown, PlanKnown, PlanKnown, PlanKnown, PlanAsk, PlanDuplicate, PlanAsk, PlanInvalid}
	if len(plans) != len(want) {
		t.Fatalf("%d rows planned", len(plans))
	}
	for i := range want {
		is(t, "plan of a row", plans[i], want[i])
	}
	is(t, "to ask", s.ToAsk, 2)
	is(t, "known", s.Known, 5)
	is(t, "in doubt", s.InDoubt, 1)
	is(t, "duplicates", s.Duplicates, 1)
	is(t, "invalid", s.Invalid, 1)
}

func TestDistinct(t *testing.T) {
	var d distinct
	seen := make(map[checkpoint.Key]bool)
	for range 20000 {
		var k checkpoint.Key
		k[0] = byte(rand.IntN(256)) | 1 // the lowest bit of the eight bytes is not kept
		k[5], k[7] = byte(rand.IntN(64)), 0x42
		if d.has(k) != seen[k] || d.add(k) == seen[k] {
			t.Fatal("a key was taken for another")
		}
		seen[k] = true
	}
	is(t, "people", d.used, len(seen))
}

// A row further down must not send somebody again whom this very run has just
// left in doubt, or whose answer it has just found unusable.
func TestResendLeavesAloneWhatThisRunLearnt(t *testing.T) {
	b := newBench(t, []reader.Row{row(2, 0), row(3, 1), row(4, 2), row(5, 0), row(6, 1)})
	b.job.Policy.Resend, b.job.Workers, b.job.Window = true, 1, 1
	b.service.answer = func(_ int, p person.Person) mobile3.Outcome {
		switch p.Mobile {
		case "15400000000":
			return doubt
		case "15400000001":
			return garbage
		}
		return match
	}
	sum := b.mustRun()
	is(t, "calls", sum.Calls, 3)
	is(t, "in doubt", sum.ByStatus[InDoubt], 2)
	is(t, "unusable", sum.ByStatus[Unusable], 2)
}
