package pipeline

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	mathrand "math/rand/v2"
	"time"

	"mobile3batch/checkpoint"
	"mobile3batch/mobile3"
)

// ask sees one person through to an end: an answer, a refusal, a doubt, or
// "not now". Every attempt, the retries too, is paced, paid out of the budget
// and journalled by itself. An error is the checkpoint's, and ends the batch.
func (r *run) ask(t task) (Result, error) {
	for try := 1; ; try++ {
		out, made, rests, err := r.turn(t)
		if err != nil {
			return Result{}, err
		}
		if !made {
			return r.left(t.known), nil
		}
		if !out.Class.Retry() {
			return r.outcome(t, out)
		}
		if rests {
			continue
		}
		if !sleep(r.ctx, r.Backoff.Wait(try, mathrand.Float64())) {
			return r.left(t.known), nil
		}
	}
}

// turn waits until the careful start lets this call through. rests: the whole pool
// does before the next call.
func (r *run) turn(t task) (out mobile3.Outcome, made, rests bool, err error) {
	for {
		mine, ok := r.opening.enter(r.ctx)
		if !ok {
			return out, false, false, nil
		}
		out, made, err = r.attempt(t, mine)
		if errors.Is(err, errShut) {
			continue
		}
		if made && err == nil {
			rests = r.heed(out) // before the turn is another's
		}
		if stop := out.Class.Stop(); made && stop != mobile3.GoOn {
			r.brake.stop(haltFor(stop), &out) // before the pool is opened
		}
		if made {
			r.budget.end(out.Class.Record()) // only now: who waits for a call given back must find the pause, the shut pool or the stop
		}
		if mine && r.opening.leave(made, out) {
			r.brake.stop(HaltParameters, &out)
		}
		return out, made, rests, err
	}
}

// heed lets the whole pool rest where the service wants that or is down, shuts it
// where the service is silent, and stops the batch where it gives no hope.
func (r *run) heed(out mobile3.Outcome) (rests bool) {
	if r.trouble.note(out, r.Backoff.GiveUp) {
		r.brake.stop(HaltService, &out)
	}
	n := r.trouble.down()
	switch {
	case out.Class.Record() == mobile3.Nothing:
		if r.trouble.mute() {
			r.opening.shut()
		}
		return false
	case !out.Class.Retry():
		return false
	case out.Class == mobile3.BreakerOpen:
		r.pace.pause(r.Backoff.Breaker)
	case n > 0 && out.Class != mobile3.Throttled:
		r.opening.shut()
		r.pace.pause(r.Backoff.Wait(n, mathrand.Float64()))
	default:
		return false
	}
	return true
}

// errShut: while this call waited for its pace or for the budget the service went
// down. It waits for its turn then, as all others do.
var errShut = errors.New("the pool was shut")

// mayCall waits for a token and takes a call out of the budget. That can take as
// long as another's call: if the batch has stopped, rests or was shut meanwhile,
// the call goes back.
func (r *run) mayCall(mine bool) (bool, error) {
	for {
		if r.budget.spent() || !r.pace.wait(r.ctx) {
			return false, nil
		}
		if !mine && !r.opening.open.Load() {
			return false, errShut
		}
		if !r.budget.reserve(r.ctx) {
			return false, nil
		}
		if r.ctx.Err() == nil && (mine || r.opening.open.Load()) && r.pace.rest() <= 0 {
			return true, nil
		}
		r.budget.giveBack()
	}
}

// attempt is the order of work that everything else relies on:
// token, budget, intent on disk, send, outcome. mine: this call has the turn of a
// pool that is not open.
func (r *run) attempt(t task, mine bool) (out mobile3.Outcome, made bool, err error) {
	if may, err := r.mayCall(mine); !may {
		return out, false, err
	}
	var nonce [16]byte
	rand.Read(nonce[:]) // never fails
	begun, err := r.Ledger.Begin(t.key, nonce)
	if err != nil {
		r.budget.giveBack()
		return out, false, err
	}

	// From here on it may cost money: nothing may cancel it.
	r.Meter.Flying.Add(1)
	sent := time.Now()
	out = r.Checker.Check(context.WithoutCancel(r.ctx), t.person, nonce)
	took := time.Since(sent)
	r.Meter.Flying.Add(-1)
	r.pace.learn(out, sent)

	switch out.Class.Record() {
	case mobile3.Settle:
		err = r.settle(t.key, begun, answer(out.Answer))
	case mobile3.Void:
		err = r.Ledger.Void(t.key, begun, word(out))
	} // in doubt: the open intent says so
	r.count(out)
	if r.Watch != nil {
		r.Watch(Call{t.slot.result.Row.Line, took, out})
	}
	return out, true, err
}

// settle keeps an answer. It also ends the doubt about attempts before it: a
// person had them sent again. They may have been charged, and the record says so.
func (r *run) settle(k checkpoint.Key, begun checkpoint.Attempt, a checkpoint.Answer) error {
	if err := r.Ledger.Settle(k, begun, a); err != nil {
		return err
	}
	return r.lift(k)
}

// lift closes the attempts that an answered resend has left behind. A crash may come before it; the next run that
// meets the person does it then.
func (r *run) lift(k checkpoint.Key) error {
	for _, earlier := range r.Ledger.OpenAttempts(k) {
		if err := r.Ledger.Void(k, earlier, checkpoint.Resent); err != nil {
			return err
		}
	}
	return nil
}

// outcome is the row's result once no further attempt follows. What a sheet
// shows is read back from the checkpoint: the next run will show the same.
func (r *run) outcome(t task, out mobile3.Outcome) (Result, error) {
	switch out.Class.Record() {
	case mobile3.Settle, mobile3.Nothing:
		known, err := look(t.key, r.Ledger)
		if err != nil {
			return Result{}, err
		}
		res := recall(known)
		res.Code = word(out)
		if res.Status != InDoubt {
			res.Source = FromAPI
		}
		return r.remember(res, t.key)
	}
	if out.Class.Stop() != mobile3.GoOn {
		return r.left(t.known), nil
	}
	return refused(t.known, word(out)), nil
}

// refused is a person whose call was refused for nothing. Who is in doubt, or had
// an unusable answer, stays that: a free refusal takes no doubt away.
func refused(known record, code string) Result {
	res := Result{Status: Rejected, Code: code}
	if known.unclear() {
		res = recall(known)
	}
	res.refused = code
	return res
}

func (r *run) count(out mobile3.Outcome) {
	m := r.Meter
	if out.Class.Retry() {
		why := word(out)
		m.Waiting.Store(&why)
	} else {
		m.Waiting.Store(nil)
	}
	if out.Class == mobile3.NotSent {
		return
	}
	m.Calls.Add(1)
	switch out.Class.Record() {
	case mobile3.Settle:
		m.Answers.Add(1)
		a := answer(out.Answer)
		if a.Billed() {
			m.Billed.Add(1)
		}
		if a.IsFee == "1" {
			m.Fee.Add(1)
		}
	case mobile3.Void:
		m.Free.Add(1)
		if out.Class == mobile3.Throttled {
			m.Throttled.Add(1)
		}
	default:
		m.Doubts.Add(1)
	}
}

// word is what happened in one word: the gateway's code, or the class's name.
func word(out mobile3.Outcome) string {
	return cmp.Or(out.GatewayCode, out.Class.String())
}

// answer is an answer as the checkpoint keeps it. The two packages don't know
// each other; their fields are the same on purpose.
func answer(a mobile3.Answer) checkpoint.Answer { return checkpoint.Answer(a) }
