package pipeline

import (
	"time"

	"mobile3batch/checkpoint"
)

// Policy says which known people may be paid for again. Its zero value: none.
type Policy struct {
	// Resend asks people in doubt, and those whose answer was unusable, again:
	// each at most once.
	Resend bool
	// FreshSince: answers older than this are paid for again. Zero: answers
	// don't expire. A doubt never does.
	FreshSince time.Time
	// Limit is how many rows are looked at, the first ones; those behind stay as
	// they are. 0: all.
	Limit int64
}

// beyond reports whether the n-th row, from 1, is left for another run.
func (p Policy) beyond(n int64) bool { return p.Limit > 0 && n > p.Limit }

// grounds is why somebody may be asked. A survey counts by it, and the user agrees to what it counts: so there is no
// second rule.
type grounds uint8

const (
	noGrounds grounds = iota
	asNew
	asResent  // sent before, and no usable answer: may be paid for twice
	asRenewed // answered, too long ago
)

// mayAsk reports whether a person of whom the checkpoint says e may be asked.
func (p Policy) mayAsk(e record) bool { return p.grounds(e) != noGrounds }

// grounds: what this run itself learnt or left in doubt stands.
func (p Policy) grounds(e record) grounds {
	switch {
	case e.State == checkpoint.New:
		return asNew
	case e.ThisRun:
		return noGrounds
	case e.State == checkpoint.InDoubt:
		// A second doubt, or one after an unusable answer, is for a person to clear up.
		if p.Resend && e.doubts == 1 && e.Wasted == 0 {
			return asResent
		}
		return noGrounds
	case p.Resend && e.Wasted == 1 && !e.Resent:
		return asResent
	case e.At.Before(p.FreshSince):
		return asRenewed
	}
	return noGrounds
}
