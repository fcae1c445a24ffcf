package main

import (
	"math/rand/v2"
	"time"
)

// plan is the moment at which the power goes. The zero plan lets the program come to its end: the power goes then.
type plan struct {
	charge int           // at the n-th charge from now
	event  int           // instead of the n-th write or flush
	after  time.Duration // so long after the start, or after the charge

	noise noise
}

// kind names what a plan is about, for the report.
func (p plan) kind() string {
	switch {
	case p.charge > 0 && p.after > 0:
		return afterCharge
	case p.charge > 0:
		return atCharge
	case p.event > 0:
		return atEvent
	case p.after > 0:
		return atMoment
	}
	return atEnd
}

const (
	atCharge    = "at a charge"
	afterCharge = "after a charge"
	atEvent     = "at a write or flush"
	atMoment    = "at a moment"
	atEnd       = "after the end"
)

// measure is what a start takes when there is nobody left to ask: it opens and mends the checkpoint, writes the sheet and
// puts it in place.
type measure struct {
	events int
	took   time.Duration
}

// asking draws a plan for a list with people left to ask: cuts in it are to last for the whole list.
func asking(r *rand.Rand, idle measure) plan {
	p := plan{noise: noise(r.IntN(int(noises)))}
	switch n := r.IntN(10); {
	case n < 2:
		p.charge = 1 + r.IntN(2*people/cutsAList)
	case n < 5: // the next commit is on its way
		p.charge, p.after = 1+r.IntN(2*people/cutsAList), moment(r, 2*time.Millisecond)
	case n < 8:
		p.event = 1 + r.IntN(idle.events) // while it starts: it mends the checkpoint then
		if r.IntN(2) == 0 {
			p.event *= 10
		}
	default:
		p.after = moment(r, 2*idle.took)
	}
	return p
}

// settled draws a plan for a list that is done: the cuts are to hit every step of a start and of the sheet's making.
func settled(r *rand.Rand, idle measure) plan {
	p := plan{noise: noise(r.IntN(int(noises)))}
	if r.IntN(2) == 0 {
		p.event = 1 + r.IntN(idle.events)
	} else {
		p.after = moment(r, idle.took)
	}
	return p
}

func moment(r *rand.Rand, most time.Duration) time.Duration {
	return time.Microsecond * time.Duration(1+r.Int64N(most.Microseconds()))
}
