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
	done   chan struct{} // closed at its end, when its answer is judged

	mu    sync.Mutex // net/http may call the trace from any goroutine, even late
	held  []hold
	given bool      // up: whatever comes now must not write
	sent  bool      // a byte may have left
	early bool      // the answer began before the request: it is somebody else's
	due   time.Time // when its time is up
}

type hold struct {
	conn  *conn
	since uint64
}

func newAttempt(ctx context.Context, limit time.Duration) *attempt {
	a := &attempt{limit: limit, due: time.Now().Add(limit), done: make(chan struct{})}
	ctx, a.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	a.ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn:              a.gotConn,
		GotFirstResponseByte: a.firstByte,
	})
	a.timer = time.AfterFunc(limit, a.timeUp)
	return a
}

// A process that was stopped for longer than its limit (docker pause, a suspended
// laptop) finds its timers expired before it has read a byte, and the answers, paid
// for, in its sockets. So a call whose time is up looks for what has arrived.
const (
	lastLook  = 100 * time.Millisecond // for the first byte
	mostLooks = 50                     // as long as more comes in
	restLooks = 10                     // in which nothing more comes of an answer that has begun
)

// timeUp gives up on the call, unless its answer is there or is being read.
func (a *attempt) timeUp() {
	h, up := a.waitsOn()
	quiet := 0
	for look := 0; up && h.conn != nil && look < mostLooks && (quiet == 0 || quiet < restLooks && h.conn.answers(h.since)); look++ {
		before := h.conn.progress()
		select {
		case <-a.ctx.Done():
			return
		case <-time.After(lastLook):
		}
		if quiet++; h.conn.waiting() || h.conn.progress() != before {
			quiet = 0
		}
	}
	if _, up := a.waitsOn(); up {
		a.cancel(errTimeout)
	}
}

// waitsOn is the connection on which an answer may come, none before the request has
// one. up: its time is up. It is not if a connection came just as the timer went off.
func (a *attempt) waitsOn() (h hold, up bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.held) > 0 {
		h = a.held[len(a.held)-1]
	}
	return h, !time.Now().Before(a.due)
}

func (a *attempt) end() {
	a.timer.Stop()
	a.cancel(nil)
	close(a.done)
}

// gotConn notes the connection the request is about to use. A second one is fine
// as long as nothing left on the first; else it is net/http sending again, and
// the new connection is sealed before it can.
func (a *attempt) gotConn(info httptrace.GotConnInfo) {
	c, ours := info.Conn.(*conn)
	if ours {
		a.waitFor(c)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if !ours {
		a.sent = true // nothing is known of it
		return
	}
	a.sealHeld()
	if a.given || a.sent {
		c.seal(0)
		return
	}
	if info.Reused && !c.silent() {
		c.seal(0) // net/http does not know yet: nothing is sent on it, and that is free
	}
	a.held = append(a.held, hold{c, c.written()})
	a.early = false // that was on a connection before
	// The time for the answer starts here: what connecting took must not shorten
	// it, or an answer on its way would be missed and paid for.
	a.due = time.Now().Add(a.limit)
	a.timer.Reset(a.limit)
}

// waitFor waits until the answer that came last on a connection is judged: net/http
// gives the connection away as soon as it has read that. If it was another call's, the
// connection is closed, and nothing is sent on it.
func (a *attempt) waitFor(c *conn) {
	before := c.takenBy(a.done)
	if before == nil || before == a.done {
		return
	}
	select {
	case <-before:
	case <-a.ctx.Done():
		c.seal(0) // whose it is isn't known
	}
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
