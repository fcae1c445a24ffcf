// Package pipeline is the program: it takes rows in, asks the paid service
// about people nobody has been asked about before, and hands every row back
// once, in order, with what is known of it.
//
//	          rows, read ahead                              results
//	reader ───────────▶ feed ── decide ─┬──────────────────▶ collect ──▶ sink
//	                     │              │ a slot a row,          ▲
//	                     │              │ queued in order        │ slots are filled
//	                     │              ▼                        │ in any order
//	                     │            tasks ──▶ ask × workers ───┘
//	                     ▼                       │
//	                checkpoint ◀─────────────────┤ token → budget → intent on disk
//	                (who is known)               │ → send → outcome
//	                                             ▼
//	                                        the service
//
// Who owns what: feed is the only sender on slots and on tasks and closes
// both; the workers receive until tasks is closed, whatever happens; collect
// receives until slots is closed, whatever happens, and is the only one that
// touches the sink. Each queued slot is filled exactly once. So nobody can be
// left blocked on somebody who has gone.
//
// A row's failure is a Result. Run's error is the batch's: the input, the
// checkpoint or the sink failed. Inspect reads an input beforehand and spends
// nothing.
package pipeline

import (
	"context"
	"errors"
	"iter"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"mobile3batch/checkpoint"
	"mobile3batch/mobile3"
	"mobile3batch/person"
	"mobile3batch/reader"
)

// Checker makes one paid attempt. It must not heed the context's end.
type Checker interface {
	Check(context.Context, person.Person, [16]byte) mobile3.Outcome
}

// Ledger knows who was begun and settled. Begin returns when the intent is on
// disk: not a byte may leave before.
type Ledger interface {
	Lookup
	Begin(checkpoint.Key, [16]byte) (checkpoint.Attempt, error)
	Settle(checkpoint.Key, checkpoint.Attempt, checkpoint.Answer) error
	Void(checkpoint.Key, checkpoint.Attempt, string) error
}

// Sink takes the rows in input order. Append is called by one goroutine.
type Sink interface {
	Append(Result) error
}

// ErrInputChanged: the second reading of the input was not the first.
var ErrInputChanged = errors.New("the input changed while it was being processed")

// Job is one run over one input.
type Job struct {
	Rows     iter.Seq2[reader.Row, error]
	Digest   Digest // of the survey; the rows must sum up to the same
	Identity *Identity
	Policy   Policy
	Ledger   Ledger
	Checker  Checker
	Sink     Sink
	// Previous is the verdict that somebody had before this batch asked about them
	// anew; nil: nobody wants to know.
	Previous func(checkpoint.Key) (a checkpoint.Answer, at time.Time, ok bool, err error)
	// Watch is told of every attempt once its outcome is recorded, by any worker;
	// nil: nobody listens.
	Watch func(Call)

	Rate     float64 // calls a second, a ceiling; 0: none
	Pace     float64 // calls a second to begin with, found by an earlier run; 0: the ceiling
	Workers  int     // calls in flight
	Window   int     // rows between reading and writing; more than rate × the slowest answer
	MaxCalls int64   // of this run; negative: no cap
	Backoff  mobile3.Backoff
	Meter    *Meter
}

// Call is one attempt, as a log may show it: nothing in it is a person's.
type Call struct {
	Line    int // of the row in the input
	Took    time.Duration
	Outcome mobile3.Outcome
}

// run is a job on its way.
type run struct {
	Job
	ctx     context.Context // ends when no further call may be begun
	brake   *brake
	flights *flights
	budget  *budget
	pace    *pace
	opening *opening
	trouble trouble
	slots   chan *slot
	tasks   chan task

	fed         int64 // rows so far; feed's alone
	unaskedRows atomic.Int64
}

// Run processes every row. When ctx ends no further call is begun, the calls
// under way are waited for, and the rows that are left are handed on as
// pending. On an error the sink holds less than all rows.
func Run(ctx context.Context, job Job) (Summary, error) {
	asking, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r := &run{
		Job: job, ctx: asking, brake: &brake{cancel: cancel},
		flights: newFlights(), budget: newBudget(job.MaxCalls),
		pace: newPace(job.Rate, job.Pace), opening: newOpening(),
		slots: make(chan *slot, job.Window), tasks: make(chan task),
	}
	// Not errgroup.WithContext: its context would end with the first error,
	// and the paid answers of all others with it.
	var g errgroup.Group
	g.Go(r.feed)
	for range job.Workers {
		g.Go(r.work)
	}
	g.Go(r.collect)
	err := g.Wait()

	sum := job.Meter.summary()
	sum.Pace = r.pace.learned()
	sum.Halt = r.brake.why
	if by := r.brake.by; by != nil {
		sum.HaltCode, sum.HaltClass = word(*by), by.Class
	}
	if ctx.Err() != nil && r.unaskedRows.Load() > 0 {
		sum.Halt |= HaltInterrupted
	}
	return sum, err
}

// feed queues every row's slot in order, and the tasks among them.
func (r *run) feed() (err error) {
	defer close(r.tasks)
	defer close(r.slots)
	defer r.contain(&err)
	digest := r.Digest.again()
	for c, err := range ahead(r.Rows, r.Identity, &digest) {
		if err != nil {
			return r.fail(err)
		}
		s, t, err := r.decide(c)
		if err != nil {
			return r.fail(err)
		}
		r.slots <- s
		if t != nil {
			r.tasks <- *t
		}
	}
	if digest != r.Digest {
		return r.fail(ErrInputChanged)
	}
	return nil
}

// work asks until there is nobody left to ask. After a failure it goes on
// receiving: ask then ends at once, and nobody waits for ever.
func (r *run) work() error {
	var failed error
	for t := range r.tasks {
		res, err := r.askContained(t)
		if err != nil && failed == nil {
			failed = r.fail(err)
		}
		r.flights.end(t.key, t.slot, res)
	}
	return failed
}

// collect hands the rows on in the order in which they were queued.
func (r *run) collect() error {
	var failed error
	for s := range r.slots {
		res := s.wait()
		if failed != nil {
			continue
		}
		if err := r.append(res); err != nil {
			failed = r.fail(err)
			continue
		}
		r.Meter.row(res)
	}
	return failed
}

// fail ends the asking and hands the error on.
func (r *run) fail(err error) error {
	r.brake.stop(HaltFailed, nil)
	return err
}
