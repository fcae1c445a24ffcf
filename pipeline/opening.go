package pipeline

import (
	"context"
	"sync/atomic"

	"mobile3batch/mobile3"
)

// refusalsToStop is how many refusals of the parameters in a row, at the very
// start, are taken for a wrong encoding of the body.
const refusalsToStop = 3

// opening lets calls go one at a time until one has shown that the service
// understands our requests. A wrong encoding then costs three free refusals
// and not a pool full of them. It is shut again while the service is down or
// silent: one call at a time then finds out when it is back.
type opening struct {
	open       atomic.Bool
	turn       chan struct{} // holds one token: who has it may call, and owns what follows
	understood bool          // the pool was open before: a refusal of the parameters says no more than that the service is back
	refusals   int
}

// shut lets one call at a time probe a service that is down or silent.
func (o *opening) shut() { o.open.Store(false) }

func newOpening() *opening { return &opening{turn: make(chan struct{}, 1)} }

// enter waits for its turn. leave must follow if mine is true.
func (o *opening) enter(ctx context.Context) (mine, ok bool) {
	if o.open.Load() {
		return false, ctx.Err() == nil
	}
	select {
	case o.turn <- struct{}{}:
	case <-ctx.Done():
		return false, false
	}
	if ctx.Err() != nil {
		<-o.turn
		return false, false
	}
	if o.open.Load() {
		<-o.turn
		return false, true
	}
	return true, true
}

// leave ends the turn. made is false when no call came of it. wrong: the
// service does not understand us. Only an answer opens the pool. A free failure
// comes from before the service and tells nothing of it, and a pool let loose on
// a service that takes calls and does not answer is a pool of doubts.
func (o *opening) leave(made bool, out mobile3.Outcome) (wrong bool) {
	defer func() { <-o.turn }()
	if !made || out.Class.Retry() || out.Class.Record() == mobile3.Nothing {
		return false
	}
	if out.RefusesParameters && !o.understood {
		o.refusals++
		return o.refusals >= refusalsToStop
	}
	o.understood = true
	o.open.Store(true)
	return false
}
