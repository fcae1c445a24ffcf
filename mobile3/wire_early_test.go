package mobile3

import (
	"context"
	"net"
	"net/http/httptrace"
	"strings"
	"sync"
	"testing"
	"time"
)

// leftovers are what a server may send too much of, behind an answer or while
// nobody asks. Taken for the answer about the next person it would be a wrong
// verdict, or a refusal that lets a paid call be made again.
var leftovers = []struct{ name, text string }{
	{"a whole answer", strings.ReplaceAll(whole, seqMark, "somebody")},
	{"an answer in chunks", strings.ReplaceAll(chunked, seqMark, "somebody")},
	{"half an answer", withLength + wireVerdict[:20]},
	{"an answer until the end", old},
	{"half a status line", "HTTP/1.1 2"},
	{"one byte", "H"},
	{"an interim answer", "HTTP/1.1 100 Continue\r\n\r\n"},
	{"204", "HTTP/1.1 204 No Content\r\n\r\n"},
	{"307", "HTTP/1.1 307 Moved\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"},
	{"400", "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"},
	{"408", "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"},
	{"a throttle", "HTTP/1.1 429 Too Many\r\nX-Ca-Error-Code: T429IN\r\nContent-Length: 0\r\n\r\n"},
	{"a busy gateway", "HTTP/1.1 503 Busy\r\nX-Ca-Error-Code: X503BZ\r\nContent-Length: 0\r\n\r\n"},
	{"an empty line", "\r\n"},
	{"garbage", "\x00\xff\x00"},
	{"GOAWAY", frame(goAwayFrame, 0, 0, word(0)+word(0))},
	{"an HTTP/2 answer", frame(settingsFrame, 0, 0, "") + frame(headersFrame, 4, 1, "\x88") + frame(dataFrame, 1, 1, wireVerdict)},
}

const listedLeftovers = 17

// A leftover that net/http has read with the answer before, and looks at only
// when the next call has begun: just before that is written, or just after.
func TestLeftoverIsNobodysAnswer(t *testing.T) {
	var all bill
	cases := 0
	for _, left := range leftovers {
		for _, secure := range []bool{false, true} {
			for _, written := range []bool{false, true} {
				name := left.name + map[bool]string{false: ", plain", true: ", TLS"}[secure] +
					map[bool]string{false: ", before the write", true: ", after the write"}[written]
				if !t.Run(name, func(t *testing.T) { testLeftover(t, left.text, secure, written, &all) }) {
					t.Fatal("no need to wait for the others")
				}
				cases++
			}
		}
	}
	all.settle(t, cases, 4*listedLeftovers)
}

func testLeftover(t *testing.T, left string, secure, written bool, all *bill) {
	s := serveLeftovers(t, secure, Form, all, saysMore(left))
	nonce, out := s.meet(t, written)
	want, note, seen := NotSent, "not-written", 0
	if written {
		want, note, seen = InDoubt, "early-answer", 1
	}
	if out.Class != want || out.GatewayCode != note || out.Answer != (Answer{}) {
		t.Errorf("%+v, want %v %q", out, want, note)
	}
	// Its connection is not used again, unless to find that it can't be.
	if !s.verdict(t, context.Background()) {
		s.verdict(t, context.Background())
	}
	s.close()
	if n := all.times(nonce); n != seen {
		t.Errorf("seen %d times, want %d", n, seen)
	}
}

// A request without a body that was not written is one that net/http writes on
// another connection: the answer there is its own.
func TestLeftoverThenAnotherConnection(t *testing.T) {
	var all bill
	s := serveLeftovers(t, false, Query, &all, saysMore("garbage\r\n"))
	nonce, out := s.meet(t, false)
	if out.Class != Verdict || out.Answer.SeqNo != wireSeq(formatNonce(nonce)) {
		t.Errorf("%+v", out)
	}
	s.close()
	if n := all.times(nonce); n != 1 {
		t.Errorf("seen %d times", n)
	}
}

func saysMore(left string) func(*rawConn) {
	return func(r *rawConn) {
		if r.request() != "" {
			r.say(whole + left)
		}
		r.rest()
	}
}

// meet makes two calls. net/http looks at what was left over by the first when
// the second is being written, or before.
func (s *leftoverServer) meet(t *testing.T, written bool) (nonce [16]byte, out Outcome) {
	idle, begun, goOn := newEvent(), newEvent(), newEvent()
	ctx := httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{
		// As if the first answer were judged: net/http may look even later.
		GotConn:     func(info httptrace.GotConnInfo) { info.Conn.(*conn).takenBy(nil) },
		PutIdleConn: func(error) { idle.tell(); goOn.await() },
	})
	var before sync.WaitGroup
	before.Go(func() { s.verdict(t, ctx) })
	idle.await()

	trace := &httptrace.ClientTrace{GotFirstResponseByte: begun.tell}
	if first := <-s.opened; written {
		first.onWrite(goOn.tell)
	} else {
		trace.WroteHeaders = func() { goOn.tell(); begun.await() } // into a buffer, as yet
	}
	nonce = freshNonce()
	out = s.client.Check(httptrace.WithClientTrace(context.Background(), trace), somebody(nonce), nonce)
	before.Wait()
	return nonce, out
}

// What comes while nobody asks ends the connection, and the next call gets
// another one and its own answer.
func TestIdleNoiseIsNobodysAnswer(t *testing.T) {
	type noise struct {
		name string
		act  func(*rawConn)
	}
	noises := []noise{
		{"the end", func(r *rawConn) { r.Close() }},
		{"a cut", func(r *rawConn) { r.raw.Close() }},
		{"a reset", func(r *rawConn) { r.reset() }},
	}
	for _, left := range leftovers {
		noises = append(noises, noise{left.name, func(r *rawConn) { r.say(left.text); r.rest() }})
	}
	var all bill
	cases := 0
	for _, noise := range noises {
		for _, secure := range []bool{false, true} {
			cases++
			t.Run(noise.name+map[bool]string{false: ", plain", true: ", TLS"}[secure], func(t *testing.T) {
				quiet := make(chan struct{})
				s := serveLeftovers(t, secure, Form, &all, func(r *rawConn) {
					r.request()
					r.say(whole)
					<-quiet
					noise.act(r)
				})
				defer s.close()
				s.verdict(t, context.Background())
				first := <-s.opened
				close(quiet)
				event{come: first.gone}.await() // the client has noticed
				w := newWatch()
				if !s.verdict(t, w.context()) {
					t.Error("nothing was sent")
				}
				if w.conns != 1 || w.reused != 0 {
					t.Errorf("%d connections, %d used before", w.conns, w.reused)
				}
			})
		}
	}
	all.settle(t, cases, 2*(listedLeftovers+3))
}

// An event comes once, or not at all if the program is wrong: then nothing hangs.
type event struct {
	come chan struct{}
	tell func()
}

func newEvent() event {
	come := make(chan struct{})
	return event{come, sync.OnceFunc(func() { close(come) })}
}

func (e event) await() {
	select {
	case <-e.come:
	case <-time.After(5 * time.Second):
	}
}

// A leftoverServer does something odd with its first connection and answers on
// all others.
type leftoverServer struct {
	client *Client
	opened chan *tap // connections, as the client opens them
	close  func()
}

func serveLeftovers(t *testing.T, secure bool, body Body, all *bill, odd func(*rawConn)) *leftoverServer {
	l := listen(t)
	tc, _ := wireTLS()
	if !secure {
		tc = nil
	}
	var first sync.Once
	var serving sync.WaitGroup
	serving.Go(func() {
		serveRaw(l, tc, func(r *rawConn) {
			first.Do(func() { odd(r) })
			for r.request() != "" {
				r.say(whole)
			}
			all.add(r.heard.Bytes())
		})
	})
	s := &leftoverServer{opened: make(chan *tap, 9)}
	s.client = wireClient(l, secure, body, 10*time.Second, func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		p := newTap(c, nil)
		s.opened <- p
		return p, nil
	})
	s.close = func() {
		s.client.Close()
		l.Close()
		serving.Wait()
	}
	return s
}

// verdict makes a call that gets its own answer, or is not sent.
func (s *leftoverServer) verdict(t *testing.T, ctx context.Context) (sent bool) {
	t.Helper()
	nonce := freshNonce()
	out := s.client.Check(ctx, somebody(nonce), nonce)
	if out.Class == NotSent {
		return false
	}
	if out.Class != Verdict || out.Answer.SeqNo != wireSeq(formatNonce(nonce)) {
		t.Errorf("%+v", out)
	}
	return true
}
