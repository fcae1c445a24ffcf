package mobile3

import (
	"context"
	"errors"
	"net/http/httptrace"
	"sync"
	"time"
)

var (
	errTimeout = errors.New("the call took too long")
	errEarly   = errors.New("an answer came before the request")
)

// An attempt is one request on its way. It holds every connection that net/http
// gave it, with the number of writes that connection had seen before.
type attempt struct {
	ctx    context.Context // without the caller's end, with ours
	cancel context.CancelCauseFunc
	timer  *time.Timer
	limit  time.Duration

	mu    sync.Mutex // net/http may call the trace from any goroutine, even late
	held  []hold
	given bool // up: whatever comes now must not write
	sent  bool // a byte may have left
	early bool // the answer began before the request: it is somebody else's
}

type hold struct {
	conn  *conn
	since uint64
}

func newAttempt(ctx context.Context, limit time.Duration) *attempt {
	a := &attempt{limit: limit}
	ctx, a.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	a.ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn:              a.gotConn,
		GotFirstResponseByte: a.firstByte,
	})
	a.timer = time.AfterFunc(limit, func() { a.cancel(errTimeout) })
	return a
}

func (a *attempt) end() {
	a.timer.Stop()
	a.cancel(nil)
}

// gotConn notes the connection the request is about to use. A second one is fine
// as long as nothing left on the first; else it is net/http sending again, and
// the new connection is sealed before it can.
func (a *attempt) gotConn(info httptrace.GotConnInfo) {
	a.mu.Lock()
	defer a.mu.Unlock()
	c, ours := info.Conn.(*conn)
	if !ours {
		a.sent = true // nothing is known of it
		return
	}
	a.sealHeld()
	if a.given || a.sent {
		c.seal(0)
		return
	}
	a.held = append(a.held, hold{c, c.written()})
	a.early = false // that was on a connection before
	// The time for the answer starts here: what connecting took must not shorten
	// it, or an answer on its way would be missed and paid for.
	a.timer.Reset(a.limit)
}

// firstByte meets an answer before net/http reads it. Bytes that a server sent
// too many stay in net/http's buffer, or come while the connection is idle, and
// would pass for the answer about the next person. Their connection is sealed
// before anybody else can write on it, and closed: nobody waits for the rest.
func (a *attempt) firstByte() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.given || len(a.held) == 0 {
		return
	}
	if h := a.held[len(a.held)-1]; !h.conn.answers(h.since) {
		a.early = true
		a.closeHeld()
	}
}

// closeHeld is called with mu held.
func (a *attempt) closeHeld() {
	a.sealHeld()
	if len(a.held) > 0 {
		a.held[len(a.held)-1].conn.Close()
	}
}

// hangUp closes the connection of an attempt whose answer was another's: all that
// follows on it would be one call late.
func (a *attempt) hangUp() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.closeHeld()
}

func (a *attempt) isEarly() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.early
}

// sealHeld is called with mu held.
func (a *attempt) sealHeld() {
	for _, h := range a.held {
		if h.conn.seal(h.since) {
			a.sent = true
		}
	}
}

// giveUp seals every connection of the attempt, and only then reports whether a
// byte may have left: none can leave after that.
func (a *attempt) giveUp() (sent bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.given = true
	a.sealHeld()
	return a.sent
}

// failed sorts an attempt that brought no answer.
func (a *attempt) failed(err error) Outcome {
	e := evidence{stage: notWritten}
	if a.giveUp() {
		e.stage = noAnswer
	}
	e.failure = a.slug(err, e.stage)
	return e.outcome()
}

func (a *attempt) slug(err error, s stage) string {
	var dial *dialError
	switch timedOut := a.ctx.Err() != nil; {
	case s == noAnswer && timedOut:
		return "timeout"
	case s == noAnswer && a.early:
		return "early-answer"
	case s == noAnswer:
		return "connection-lost"
	case errors.As(err, &dial):
		return dial.slug
	case len(a.held) == 0 && timedOut:
		return "no-connection"
	}
	return "not-written"
}
