package pipeline

import (
	"mobile3batch/checkpoint"
	"mobile3batch/person"
)

// task is a person to be asked, for one row.
type task struct {
	slot   *slot
	key    checkpoint.Key
	person person.Person
	known  record // from before
}

// decide gives a row its slot, and a task if somebody must be asked. It spends
// nothing. Only feed calls it, so nobody else can begin a flight meanwhile.
func (r *run) decide(c candidate) (*slot, *task, error) {
	r.fed++
	s := &slot{result: Result{Row: c.row, Findings: c.findings}}
	if !c.valid {
		s.result.Status = Invalid
		return s, nil, nil
	}

	// Who is being asked at this moment is in doubt in the checkpoint: the
	// flights must be looked at first.
	if r.flights.join(c.key, s) {
		return s, nil, nil
	}
	known, err := r.Identity.known(c, r.Ledger)
	if err != nil {
		return nil, nil, err
	}
	if code, again := r.flights.refusal(c.key); again {
		s.set(refused(known, code))
		return s, nil, nil
	}
	if known.Unfinished {
		if err := r.lift(known.key); err != nil {
			return nil, nil, err
		}
	}
	if !r.Policy.mayAsk(known) {
		res, err := r.remember(recall(known), known.key)
		s.set(res)
		return s, nil, err
	}
	if r.Policy.beyond(r.fed) {
		r.brake.note(HaltLimit, nil)
		s.set(r.leftFor(known, HaltLimit))
		return s, nil, nil
	}
	if r.ctx.Err() != nil || r.budget.spent() {
		s.set(r.left(known))
		return s, nil, nil
	}
	r.flights.begin(c.key, s)
	return s, &task{slot: s, key: c.key, person: c.person, known: known}, nil
}

// recall is what the checkpoint holds of a person, as a row shows it.
func recall(e record) Result {
	res := Result{At: e.At, Ref: e.key.Ref()}
	if e.State == checkpoint.InDoubt {
		res.Status = InDoubt
		return res
	}
	res.Status, res.Answer, res.Erased, res.Source = verdict(e.Answer), e.Answer, e.Erased, FromCheckpoint
	if e.ThisRun {
		res.Source = FromDuplicate
	}
	return res
}

// remember adds what was answered before this batch.
func (r *run) remember(res Result, k checkpoint.Key) (Result, error) {
	if r.Previous == nil || res.Answer.Result == 0 {
		return res, nil
	}
	a, at, ok, err := r.Previous(k)
	if ok && err == nil {
		res.Before = &Before{a, at}
	}
	return res, err
}

// left is a row that is left for the next run. Who is in doubt, or had an
// unusable answer, stays that in the sheet: "not asked yet" would hide it.
func (r *run) left(known record) Result {
	pending := r.unasked()
	if known.unclear() {
		return recall(known)
	}
	return pending
}

// leftFor is a row that is left for a reason of its own.
func (r *run) leftFor(known record, why Halt) Result {
	r.unaskedRows.Add(1)
	if known.unclear() {
		return recall(known)
	}
	return Result{Status: Pending, Halt: why}
}

func (r *run) unasked() Result {
	r.unaskedRows.Add(1)
	if r.ctx.Err() != nil {
		return Result{Status: Pending, Halt: r.brake.reason()}
	}
	r.brake.note(HaltBudget, nil)
	return Result{Status: Pending, Halt: HaltBudget}
}
