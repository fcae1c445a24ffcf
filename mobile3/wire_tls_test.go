package mobile3

import (
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A conversation in TLS that breaks off, or falls silent, after each byte that
// the server sends: in the handshake nothing was sent, and of a record cut short
// nothing is believed.
func TestTLSCutAtEveryByte(t *testing.T) {
	for _, test := range []struct {
		name  string
		lost  func(*tap, []byte) (int, error)
		whole bool // conversations, else from the handshake's last byte
	}{{"cut", breaksOff, true}, {"silence", swallows, false}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var all bill
				handshake, head, end := talkTLS(t, -1, test.lost, &all).marks()
				from, calls := 0, 0
				if !test.whole {
					from = handshake - 1
				}
				for k := from; k <= end; k++ {
					want, note := NotSent, ""
					switch {
					case k == end:
						want = Verdict
					case k >= head:
						want, note = Unusable, "body-cut"
					case k >= handshake:
						want = InDoubt
					}
					talk := talkTLS(t, k, test.lost, &all)
					calls++
					if out := talk.out; out.Class != want || note != "" && out.GatewayCode != note {
						t.Errorf("%d bytes of %d: %v %q, want %v %q", k, end, out.Class, out.GatewayCode, want, note)
					}
					if n := all.times(talk.nonce); n > 1 || want == NotSent && n > 0 || want != NotSent && n != 1 {
						t.Errorf("%d bytes of %d: seen %d times", k, end, n)
					}
				}
				if !(300 < handshake && handshake+100 < head && head < end) {
					t.Errorf("bytes: %d, %d, %d", handshake, head, end)
				}
				all.settle(t, calls, end+1-from)
			})
		})
	}
}

// A talk is one conversation in TLS: how many bytes the server had sent after
// the handshake, the headers and the body.
type talk struct {
	out                  Outcome
	nonce                [16]byte
	handshake, head, end int
}

func (k talk) marks() (handshake, head, end int) { return k.handshake, k.head, k.end }

func talkTLS(t *testing.T, k int, lost func(*tap, []byte) (int, error), all *bill) (says talk) {
	l := &tapListener{pipeListener: newPipeListener(), k: k, lost: lost}
	tc, _ := wireTLS()
	var serving sync.WaitGroup
	serving.Go(func() {
		serveRaw(l, tc, func(r *rawConn) {
			p := r.raw.(*tap)
			says.handshake = p.total()
			if r.request() != "" {
				r.say(withLength)
				says.head = p.total()
				r.say(wireVerdict)
				says.end = p.total()
			}
			r.rest()
			all.add(r.heard.Bytes())
		})
	})
	says.nonce = freshNonce()
	c := wireClient(l, true, Form, 10*time.Second, l.dial)
	says.out = c.Check(t.Context(), somebody(says.nonce), says.nonce)
	c.Close()
	l.Close()
	serving.Wait()
	return says
}

// A tapListener taps what the server writes.
type tapListener struct {
	*pipeListener
	k    int
	lost func(*tap, []byte) (int, error)
}

func (l *tapListener) Accept() (net.Conn, error) {
	c, err := l.pipeListener.Accept()
	if err != nil {
		return nil, err
	}
	p := newTap(c, l.lost)
	p.limit(l.k)
	return p, nil
}
