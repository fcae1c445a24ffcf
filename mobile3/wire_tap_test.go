package mobile3

import (
	"context"
	"net"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// A tap lets so many bytes through, below TLS; what is left over is lost.
type tap struct {
	net.Conn
	lost func(p *tap, b []byte) (int, error)
	gone chan struct{}
	once sync.Once

	mu    sync.Mutex
	open  bool
	left  int
	asked int    // to write
	wrote func() // if not nil: done after the next write
}

func newTap(c net.Conn, lost func(*tap, []byte) (int, error)) *tap {
	return &tap{Conn: c, lost: lost, gone: make(chan struct{}), open: true}
}

// limit lets k bytes through from now on; below 0, all of them.
func (p *tap) limit(k int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open, p.left, p.asked = k < 0, k, 0
}

func (p *tap) Write(b []byte) (int, error) {
	n, wrote := p.take(len(b))
	defer wrote()
	if n == 0 && len(b) > 0 {
		return p.lost(p, b)
	}
	done, err := p.Conn.Write(b[:n])
	if err != nil || n == len(b) {
		return done, err
	}
	more, err := p.lost(p, b[n:])
	return done + more, err
}

func (p *tap) take(n int) (allowed int, wrote func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked += n
	if !p.open {
		n = min(n, p.left)
		p.left -= n
	}
	if p.wrote == nil {
		return n, func() {}
	}
	return n, p.wrote
}

func (p *tap) onWrite(do func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wrote = sync.OnceFunc(do)
}

func (p *tap) total() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked
}

func (p *tap) Close() error {
	p.once.Do(func() { close(p.gone) })
	return p.Conn.Close()
}

// What becomes of a write of which not all gets through.
var (
	fails     = func(*tap, []byte) (int, error) { return 0, syscall.ECONNRESET }
	blocks    = func(p *tap, _ []byte) (int, error) { <-p.gone; return 0, net.ErrClosed }
	swallows  = func(_ *tap, b []byte) (int, error) { return len(b), nil }
	breaksOff = func(p *tap, _ []byte) (int, error) { p.Conn.Close(); return 0, syscall.EPIPE }
)

// A request whose write fails after each of its bytes, in each way. A write that
// was only begun counts: not every kernel says truly how much it took, and TLS
// says 0 of a record that left in part. So nothing here is "not sent", not even
// after 0 bytes.
func TestWriteFailsAfterEveryByte(t *testing.T) {
	for _, test := range []struct {
		name string
		lost func(*tap, []byte) (int, error)
		note string
		on   ground
	}{
		{"an error", fails, "connection-lost", ground{body: Form}},
		{"an error", fails, "connection-lost", ground{body: Form, reused: true}},
		{"an error", fails, "connection-lost", ground{body: Query, reused: true}},
		{"an error", fails, "connection-lost", ground{body: Form, secure: true}},
		{"an error", fails, "connection-lost", ground{body: Form, secure: true, reused: true}},
		{"it blocks", blocks, "timeout", ground{body: Form}},
		{"it blocks", blocks, "timeout", ground{body: Form, reused: true}},
		{"swallowed", swallows, "timeout", ground{body: Form}},
		{"swallowed", swallows, "timeout", ground{body: Form, reused: true}},
		{"a broken pipe", breaksOff, "connection-lost", ground{body: Form}},
		{"a broken pipe", breaksOff, "connection-lost", ground{body: Form, reused: true}},
		{"a broken pipe", breaksOff, "connection-lost", ground{body: JSON, reused: true}},
	} {
		test.on.piped = true
		t.Run(test.name+", "+test.on.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := serveTapped(test.on, test.lost)
				defer s.close()
				uncut := s.call(t, -1)
				if uncut.Class != Verdict {
					t.Fatalf("whole: %+v", uncut.Outcome)
				}
				length, calls := uncut.length, 0
				for k := range length + 1 {
					w := s.call(t, k)
					calls++
					want, note := InDoubt, test.note
					if k == length {
						want, note = Verdict, ""
					}
					if w.Class != want || w.GatewayCode != note {
						t.Errorf("%d bytes of %d: %v %q, want %v %q", k, length, w.Class, w.GatewayCode, want, note)
					}
					// Without a body net/http tries again after 0 bytes: that must be sealed.
					again := test.on.body == Query && k == 0
					if w.conns != 1 && !again || test.on.reused != (w.reused == 1) {
						t.Errorf("%d bytes of %d: %d connections, %d used before", k, length, w.conns, w.reused)
					}
					if n := s.bill.times(w.nonce); n > 1 || k == length && n != 1 || k == 0 && n != 0 {
						t.Errorf("%d bytes of %d: seen %d times", k, length, n)
					}
				}
				if length < 300 {
					t.Errorf("a request of %d bytes", length)
				}
				s.bill.settle(t, calls, length+1)
			})
		})
	}
}

// A tappedServer answers what it gets whole, through a client whose connections
// have taps.
type tappedServer struct {
	*pipeListener
	on     ground
	client *Client
	last   *tap
	bill   bill
	done   sync.WaitGroup
}

func serveTapped(g ground, lost func(*tap, []byte) (int, error)) *tappedServer {
	s := &tappedServer{pipeListener: newPipeListener(), on: g}
	tc, _ := wireTLS()
	if !g.secure {
		tc = nil
	}
	s.done.Go(func() {
		serveRaw(s, tc, func(r *rawConn) {
			for r.request() != "" {
				r.say(whole)
			}
			s.bill.add(r.heard.Bytes())
		})
	})
	s.client = wireClient(s, g.secure, g.body, 10*time.Second, func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := s.pipeListener.dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		s.last = newTap(c, lost)
		return s.last, nil
	})
	return s
}

// written is what came of a call, and how many bytes it wanted to write.
type written struct {
	Outcome
	nonce [16]byte
	*watch
	length int
}

// call lets k bytes of a call through and hangs up after it.
func (s *tappedServer) call(t *testing.T, k int) written {
	if s.on.reused {
		warm := freshNonce()
		if out := s.client.Check(t.Context(), somebody(warm), warm); out.Class != Verdict {
			t.Fatalf("the call before: %+v", out)
		}
	}
	w, nonce := newWatch(), freshNonce()
	out := s.client.Check(w.contextWith(func() { s.last.limit(k) }), somebody(nonce), nonce)
	length := s.last.total()
	s.last.limit(-1) // TLS says goodbye
	s.client.transport.CloseIdleConnections()
	synctest.Wait() // until the bill is written
	return written{out, nonce, w, length}
}

func (s *tappedServer) close() {
	s.client.Close()
	s.Close()
	s.done.Wait()
}
