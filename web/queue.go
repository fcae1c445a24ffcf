package web

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"
)

// queue does what batches are waiting for: one worker checks, since somebody stands
// before the screen, and one runs. One checkpoint serves them all, and one run at a
// time may write to it.
type queue struct {
	s *Server

	mu      sync.Mutex
	running string // id of the batch that runs; empty: none
	pause   context.CancelFunc
	held    State            // what somebody wanted of it that the disk did not take; empty: nothing
	lives   map[string]*live // of that one, and of those whose end the disk has not taken

	checking string // the same of the one that is checked
	endCheck context.CancelFunc

	writing sync.Mutex // held by whoever writes to the checkpoint

	toCheck, toRun chan struct{} // have room for one: look again
	ended          chan struct{} // closed when the server stops
}

func newQueue(s *Server) *queue {
	return &queue{s: s, lives: map[string]*live{}, toCheck: make(chan struct{}, 1), toRun: make(chan struct{}, 1), ended: make(chan struct{})}
}

// look lets both workers look for work.
func (q *queue) look() {
	for _, c := range []chan struct{}{q.toCheck, q.toRun} {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

func (q *queue) close() { close(q.ended) }

// checks is the worker that checks; it returns when ctx has ended.
func (q *queue) checks(ctx context.Context) { q.work(ctx, Checking, q.toCheck, q.check) }

// runs is the worker that runs. It returns when ctx has ended and the batch under way
// is at rest.
func (q *queue) runs(ctx context.Context) { q.work(ctx, Waiting, q.toRun, q.run) }

// work lets do work on one batch after another; what do hands back keeps what came of
// it. What the disk does not take is tried again, and holds up nobody else.
func (q *queue) work(ctx context.Context, state State, more <-chan struct{}, do func(context.Context, batch) (keep func() error)) {
	late := map[string]func() error{}
	var tried time.Time
	for ctx.Err() == nil {
		if time.Since(tried) >= q.s.diskRest {
			q.tryAgain(late)
			tried = time.Now()
		}
		if b, ok := q.next(state, late); ok {
			if keep := do(ctx, b); q.failed(b.ID, keep()) {
				late[b.ID] = keep
				q.stuck(b.ID)
			} else {
				q.forget(b.ID)
			}
			continue
		}
		var again <-chan time.Time // nil: never
		if len(late) > 0 {
			again = time.After(q.s.diskRest)
		}
		select {
		case <-more:
		case <-again:
		case <-ctx.Done():
		}
	}
	q.tryAgain(late) // what is lost now, the next server finds out anew
}

func (q *queue) tryAgain(late map[string]func() error) {
	for id, keep := range late {
		if !q.failed(id, keep()) {
			delete(late, id)
			q.forget(id)
		}
	}
}

// forget: what its record says is what there is to see.
func (q *queue) forget(id string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.running != id {
		delete(q.lives, id)
	}
}

func (q *queue) stuck(id string) {
	if l := q.liveOf(id); l != nil {
		l.stop()
	}
}

func (q *queue) failed(id string, err error) bool {
	if err != nil {
		fmt.Fprintf(q.s.Log, "batch %s: %v\n", id, err)
	}
	return err != nil
}

// diskRest is how long a batch waits whose record could not be written.
const diskRest = 10 * time.Second

// next is the batch that has waited longest, of those that the disk takes.
func (q *queue) next(state State, late map[string]func() error) (found batch, ok bool) {
	since := func(b batch) time.Time {
		if b.begun() {
			return b.Start.At
		}
		return b.Created
	}
	for _, b := range q.s.store.all() {
		if b.State == state && late[b.ID] == nil && (!ok || since(b).Before(since(found))) {
			found, ok = b, true
		}
	}
	return found, ok
}

func (q *queue) job(b batch) Job {
	return Job{Batch: b.ID, Input: q.s.store.list(b), Folder: q.s.store.folder(b.ID), Columns: b.Columns, Header: b.Header}
}

// check reads and prices a list.
func (q *queue) check(ctx context.Context, b batch) (keep func() error) {
	ctx, end := context.WithCancel(ctx)
	defer end()
	q.mu.Lock()
	q.checking, q.endCheck = b.ID, end
	q.mu.Unlock()
	defer func() {
		q.mu.Lock()
		q.checking, q.endCheck = "", nil
		q.mu.Unlock()
	}()
	began, busy := q.s.now(), q.busy()
	found, err := q.found(ctx, b)
	if ctx.Err() != nil {
		return nothing // it was deleted, or is checked anew by the next server
	}
	if busy || q.busy() {
		found.Unclear = 0 // what is under way looks like a call in doubt
	}
	return q.keeper(b.ID, func(b *batch) error {
		var refusal *Refusal
		switch {
		case b.State != Checking:
			return errStale
		case err == nil:
			b.State, b.Check, b.Refusal = Checked, &found, nil
		case errors.As(err, &refusal):
			b.State, b.Check, b.Refusal = Refused, nil, refusal
		default:
			b.State, b.Refusal = Refused, &Refusal{Words: ownFault(err), Ours: true}
		}
		b.CheckedAt = began
		return nil
	})
}

func (q *queue) busy() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.running != ""
}

// renew reads a list again whose numbers are out of date: a run has ended since, or what
// was wrong had nothing to do with it.
func (q *queue) renew(b batch) (batch, error) {
	switch {
	case b.State == Refused && b.Refusal != nil && b.Refusal.Ours && q.s.now().Sub(b.CheckedAt) > refusedRest:
	case b.State == Checked && q.s.store.ranSince(b.CheckedAt):
	default:
		return b, nil
	}
	was := b.State
	b, err := q.s.store.change(b.ID, func(b *batch) error {
		if b.State != was {
			return errStale
		}
		b.State = Checking
		return nil
	})
	q.look()
	return b, err
}

const refusedRest = 3 * time.Second

// found is what the program finds in a list.
func (q *queue) found(ctx context.Context, b batch) (c Check, err error) {
	defer q.contain(b, &err)
	return q.s.Engine.Check(ctx, q.job(b))
}

// ask lets the program ask.
func (q *queue) ask(ctx context.Context, b batch, job Job, tell func(func() Progress)) (out Outcome) {
	var err error
	defer func() {
		if err != nil {
			out = Outcome{State: Failed, Message: ownFault(err)}
		}
	}()
	defer q.contain(b, &err)
	q.writing.Lock()
	defer q.writing.Unlock()
	return q.s.Engine.Run(ctx, job, tell)
}

var errRunning = errors.New("a batch is running")

// resolve records what somebody found of calls in doubt, and lets the batch go on. Who
// was not charged is asked again, which the batch did not need at its start.
func (q *queue) resolve(b batch, found []Finding) error {
	if !q.writing.TryLock() {
		return errRunning
	}
	defer q.writing.Unlock()
	if err := q.looked(b.ID); err != nil { // before, since what is recorded stays recorded
		return err
	}
	if err := q.s.Engine.Resolve(found); err != nil {
		return err
	}
	err := q.keep(b.ID, func(b *batch) error {
		looked := last{}
		if b.Last != nil {
			looked = *b.Last
		}
		looked.Needs += freed(found)
		b.Last = &looked
		return nil
	})
	q.failed(b.ID, err) // the price of going on is then said by the next run
	return nil
}

// looked lets a batch go on whose results are from before something was found.
func (q *queue) looked(id string) error {
	_, err := q.s.store.change(id, func(b *batch) error {
		if !b.begun() || b.State.goes() {
			return errStale
		}
		b.Looked = true
		return nil
	})
	return err
}

// freed is how many people can be asked again: none of the calls about them was charged.
func freed(found []Finding) int64 {
	charged := map[string]bool{}
	for _, f := range found {
		person, _, _ := strings.Cut(f.Call, "/")
		charged[person] = charged[person] || f.Billed
	}
	n := int64(0)
	for _, was := range charged {
		if !was {
			n++
		}
	}
	return n
}

// contain makes a mistake in the program that one list brings to light the end of that
// batch only: another may be in the middle of a paid run. What was thrown may hold a
// value of a row. It must be deferred itself.
func (q *queue) contain(b batch, err *error) {
	p := recover()
	if p == nil {
		return
	}
	*err = fmt.Errorf("internal error (%T)", p)
	if own, ok := p.(runtime.Error); ok {
		*err = fmt.Errorf("internal error: %w", own)
	}
	var where strings.Builder
	pc := make([]uintptr, 32)
	frames := runtime.CallersFrames(pc[:runtime.Callers(2, pc)])
	for f, more := frames.Next(); more; f, more = frames.Next() {
		fmt.Fprintf(&where, " %s:%d", filepath.Base(f.File), f.Line)
	}
	fmt.Fprintf(q.s.Log, "batch %s: %v at%s\n", b.ID, *err, where.String())
}

func ownFault(err error) Words {
	return Words{"程序出错了（" + err.Error() + "），已付费的结果没有丢失；请把程序窗口里的信息交给管理员。", "The program has failed (" + err.Error() + "). No result that was paid for is lost; show what its window says to who looks after it."}
}

var errStale = errors.New("the batch is no longer where it was")

func nothing() error { return nil }

func (q *queue) keeper(id string, f func(*batch) error) func() error {
	return func() error { return q.keep(id, f) }
}

// keep changes a batch. That it has gone, or is elsewhere by now, is no error.
func (q *queue) keep(id string, f func(*batch) error) error {
	_, err := q.s.store.change(id, f)
	if errors.Is(err, errStale) || errors.Is(err, errNoBatch) {
		return nil
	}
	return err
}

// run looks at the list again, which tells what is left of what was agreed, and
// lets the program ask. Whatever was paid for is in the checkpoint, and a record that
// still says running is taken up again by the next server.
func (q *queue) run(ctx context.Context, b batch) (keep func() error) {
	running, pause := context.WithCancel(ctx)
	l := newLive(q.s.now)
	l.begin(q.s.gone(b))
	var sampling sync.WaitGroup
	sampling.Go(func() { l.sample(running) })
	defer sampling.Wait()
	defer pause()
	q.mu.Lock()
	q.running, q.pause, q.held, q.lives[b.ID] = b.ID, pause, "", l
	q.mu.Unlock()
	defer func() {
		q.mu.Lock()
		q.running, q.pause = "", nil
		q.mu.Unlock()
	}()

	found, err := q.found(running, b)
	var recorded Recorded
	if err == nil {
		recorded, err = q.s.Engine.Recorded(b.ID)
	}
	if err = errors.Join(err, running.Err()); err != nil { // it may have ended too late to notice
		return q.rest(ctx, b.ID, notChecked(running, err), nil)
	}
	stale := true
	var ran underWay
	var was start
	if q.keep(b.ID, func(b *batch) error {
		if b.State != Waiting {
			return errStale
		}
		was = *b.Start
		wrapUp := b.Then != "" // it is to rest: what is known is written down, and nothing spent
		if was, is := b.Start.Price, q.s.Money.Price; was != is && !wrapUp {
			b.State = Paused
			b.Last = b.Last.saying(q.s.now(), anotherPrice(was, is))
			return nil
		}
		stale = false
		toAsk := found.Counts.ToAsk
		ran.Job = q.agreed(*b, b.count(recorded, toAsk))
		if wrapUp {
			ran.MaxCalls, ran.Resend = 0, 0
		}
		ran.needs = toAsk + ran.Resend
		b.Start.Before, b.Start.Most = ran.Before, ran.MaxCalls
		b.State, b.Start.Begun = Running, true
		return nil
	}) != nil {
		return q.keeper(b.ID, func(b *batch) error { // it waits until that can be kept
			if b.State == Running || b.State == Pausing { // the disk took it, and not that it took it
				b.State, *b.Start = Waiting, was
			}
			return nil
		})
	}
	if stale {
		return nothing
	}
	l.begin(ran.Before)
	return q.rest(ctx, b.ID, q.ask(running, b, ran.Job, l.watch), &ran)
}

// underWay is a run that has begun.
type underWay struct {
	Job
	needs int64 // calls
}

// agreed is what a run may do: what is left of the batch's budget, now that so many
// calls are gone.
func (q *queue) agreed(b batch, gone int64) Job {
	job := q.job(b)
	job.Rate, job.Agreed, job.MaxCalls = b.Start.Rate, b.Start.Agreed, max(b.Start.Calls-gone, 0)
	job.Who, job.Purpose, job.Before = b.Start.Who, b.Start.Purpose, gone
	if b.Start.Resend > 0 && !b.Start.Begun { // after that, who is in doubt is so by this batch
		job.Resend, job.State = b.Start.Resend, b.Start.State
	}
	return job
}

// anotherPrice: somebody agreed to an amount, and as many calls are another one now.
func anotherPrice(was, is string) Words {
	return Words{
		"每次核验的价格从 " + was + " 变成了 " + is + "，预算是按原来的价格定的。请看过现在的费用再点“继续核验”。",
		"A call cost " + was + " when the budget was set, and costs " + is + " now. Look at the cost as it is, then press Resume.",
	}
}

func notChecked(ctx context.Context, err error) Outcome {
	var refusal *Refusal
	switch {
	case ctx.Err() != nil:
		return Outcome{State: Paused}
	case errors.As(err, &refusal):
		return Outcome{State: Failed, Message: refusal.Words}
	}
	return Outcome{State: Failed, Message: ownFault(err)}
}

// rest keeps what a run came to; ran is nil if it was none.
func (q *queue) rest(server context.Context, id string, out Outcome, ran *underWay) (keep func() error) {
	q.mu.Lock()
	held := q.held
	q.mu.Unlock()
	recorded, unknown := q.s.Engine.Recorded(id)
	q.failed(id, unknown)
	return q.keeper(id, func(b *batch) error {
		out := out
		if err := b.settle(&out, held, server.Err() != nil); err != nil {
			return err
		}
		gone := b.gone(recorded)
		if unknown != nil { // what it may have spent counts as spent
			gone = b.atMost()
		}
		b.Last = q.came(b, out, ran, gone)
		return nil
	})
}

// settle finds the state in which a run leaves its batch. A batch whose server ends goes on with the next one, unless
// somebody had paused or stopped it.
func (b *batch) settle(out *Outcome, held State, ends bool) error {
	wrapUp := b.Then != "" && b.State != Pausing
	switch {
	case b.State != Running && b.State != Pausing && b.State != Waiting:
		return errStale // it was paused or stopped before it began
	case wrapUp && out.State == Stopped:
		b.State, out.Message = b.Then, Words{}
	case out.State != Paused:
		b.State = out.State
	case b.State == Pausing:
		b.State = b.Then
	case held != "":
		b.State = held
	case ends, b.State == Waiting: // or somebody has paused it and thought better of it
		b.State = Waiting
	default:
		b.State = Paused
	}
	if !wrapUp || b.State != Waiting && b.State != Asking {
		b.Then = ""
	}
	b.Looked = b.Looked && !out.Sheet
	return nil
}

// came is what a run came to, now that so many of the agreed calls are gone.
func (q *queue) came(b *batch, out Outcome, ran *underWay, gone int64) *last {
	now := last{
		Ended: q.s.now(), Message: out.Message, Question: out.Question, Ask: out.Ask,
		Calls: max(b.Start.Before+out.Calls, gone), Spent: gone, Status: out.Status, Sheet: out.Sheet, Code: out.Code,
		Cost: q.s.costs(b.Last)(gone),
	}
	if ran != nil && out.State != Asking && !out.idle() {
		b.Start.Agreed = nil // a yes is for one run
	}
	if ran != nil && out.told() {
		now.Needs = max(ran.needs-(gone-ran.Before), 0)
		b.Start.Most = 0
		if ran.Resend > 0 && out.idle() {
			b.Start.Begun = false
		}
	}
	if b.Last != nil {
		now.Calls = max(now.Calls, b.Last.Calls)
		if !now.Sheet { // the older one still stands
			now.Sheet, now.Status = b.Last.Sheet, b.Last.Status
		}
	}
	return &now
}

// hold pauses or stops a batch: no new call, those under way are waited for.
func (q *queue) hold(id string, then State) error {
	_, err := q.s.store.change(id, func(b *batch) error {
		switch b.State {
		case Running, Pausing:
			b.State, b.Then = Pausing, then
		case Waiting:
			if b.Start.unended() { // a run that a crash ended has not said what it came to
				b.Then = then
				break
			}
			b.State, b.Then = then, ""
		case Paused, Failed, Asking, Stopped:
			b.State, b.Then = then, ""
		default:
			return errStale
		}
		return nil
	})
	if errors.Is(err, errStale) || errors.Is(err, errNoBatch) {
		return err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.running == id {
		if err != nil {
			q.held = then
		}
		q.pause() // also when the disk does not take the record: nothing more is to be spent
	}
	return err
}

// goOn lets a batch that rests wait for its turn.
func (q *queue) goOn(id string, f func(*batch) error) error {
	_, err := q.s.store.change(id, func(b *batch) error {
		if !b.goesOn() {
			return errStale
		}
		if err := f(b); err != nil {
			return err
		}
		b.State, b.Start.Price = Waiting, q.s.Money.Price
		return nil
	})
	q.look()
	return err
}

// drop ends the first reading of a list that is to be deleted.
func (q *queue) drop(id string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.checking == id {
		q.endCheck()
	}
}

// liveOf is what there is to see of a batch that runs, or whose end could not be kept
// yet; nil: its record says all.
func (q *queue) liveOf(id string) *live {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.lives[id]
}
