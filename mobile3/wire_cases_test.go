package mobile3

import (
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// An exchange is one call as the server meets it: after the connection was made,
// and after an earlier call if the connection is used again.
type exchange struct {
	*rawConn
	*watch
	spoke bool
}

type step func(*exchange)

// A wireCase is one thing a server does to a call, and what the call comes to.
type wireCase struct {
	name  string
	act   []step
	want  []Class
	note  string // "" if it may be any
	waits bool   // for the end of the client's time
	only  func(ground) bool
}

// A ground is what a case stands on.
type ground struct {
	secure, reused, piped bool
	body                  Body
}

func (g ground) String() string {
	s := map[bool]string{false: "plain", true: "TLS"}[g.secure] + map[bool]string{false: ", fresh", true: ", reused"}[g.reused]
	if g.piped {
		s += ", pipe"
	}
	return s + ", " + string(g.body)
}

// The grounds of a case. Where the client's time runs out, it runs faster over
// pipes; one plain and one secure socket show that pipes do not lie.
var (
	grounds = []ground{
		{body: Form}, {reused: true, body: Form}, {secure: true, body: Form}, {secure: true, reused: true, body: Form},
		{reused: true, body: Query}, // no body: net/http would sooner send it again
	}
	waitingGrounds = []ground{
		{piped: true, body: Form}, {piped: true, reused: true, body: Form},
		{piped: true, secure: true, body: Form}, {piped: true, secure: true, reused: true, body: Form},
		{piped: true, reused: true, body: Query},
		{body: Form}, {secure: true, reused: true, body: Form},
	}
)

func does(steps ...step) []step { return steps }

// What servers do.
func request(x *exchange)    { x.rawConn.request() }
func ends(x *exchange)       { x.Close() }     // with TLS it says so
func cuts(x *exchange)       { x.raw.Close() } // with TLS it does not
func resets(x *exchange)     { x.takenIn(); x.reset() }
func stalls(x *exchange)     { x.rest() }
func readsAgain(x *exchange) { x.rest() }

func endsWriting(x *exchange) {
	x.Conn.(interface{ CloseWrite() error }).CloseWrite()
}

func reads(upTo string) step {
	return func(x *exchange) {
		for read := ""; !strings.HasSuffix(read, upTo); {
			b, err := x.in.ReadByte()
			if err != nil {
				return
			}
			read += string(b)
		}
	}
}

func says(text string) step {
	return func(x *exchange) { x.spoke = x.spoke || text != ""; x.say(text) }
}

// drips says it a byte at a time, each after a while.
func drips(text string, after time.Duration) step {
	return func(x *exchange) {
		text := strings.ReplaceAll(text, seqMark, wireSeq(x.nonce))
		for i := range len(text) {
			if _, err := io.WriteString(x, text[i:i+1]); err != nil {
				return
			}
			if after > 0 {
				time.Sleep(after)
			}
		}
	}
}

// takenIn waits until the client has what was said: a reset may overtake it.
func (x *exchange) takenIn() {
	if x.spoke {
		x.await(x.answered)
	}
}

// play makes the call. A busy machine may keep net/http from using a connection
// again: then it is another call that is made.
func (c wireCase) play(t *testing.T, g ground, all *bill) (r run) {
	for range 20 {
		if r = c.playOnce(t, g, all); !g.reused || r.watch.reused > 0 {
			break
		}
	}
	return r
}

// A run is what came of one case on one ground.
type run struct {
	out     Outcome
	nonce   [16]byte
	watch   *watch
	arrived int // bytes of the call
	touched int // connections they came over
	acts    int
	broken  string
}

func (c wireCase) playOnce(t *testing.T, g ground, all *bill) (r run) {
	tc, _ := wireTLS()
	if !g.secure {
		tc = nil
	}
	var l net.Listener
	var dial dialFunc
	if g.piped {
		pipes := newPipeListener()
		l, dial = pipes, pipes.dial
	} else {
		l = listen(t)
	}
	r.nonce, r.watch = freshNonce(), newWatch()
	var mu sync.Mutex
	first := g.reused
	var serving sync.WaitGroup
	serving.Go(func() {
		serveRaw(l, tc, func(conn *rawConn) {
			mu.Lock()
			warm := first
			first = false
			mu.Unlock()
			if warm {
				conn.request()
				conn.say(whole)
			}
			r.watch.await(r.watch.begun)
			before := conn.heard.Len()
			conn.nonce = formatNonce(r.nonce)
			x := &exchange{rawConn: conn, watch: r.watch}
			for _, do := range c.act {
				do(x)
			}
			mu.Lock()
			r.acts++
			if n := conn.heard.Len() - before; n > 0 {
				r.arrived += n
				r.touched++
			}
			mu.Unlock()
			all.add(conn.heard.Bytes())
		})
	})
	limit := 10 * time.Second
	if c.waits && !g.piped {
		limit = time.Second
	}
	client := wireClient(l, g.secure, g.body, limit, dial)
	if g.reused {
		nonce := freshNonce()
		if out := client.Check(t.Context(), somebody(nonce), nonce); out.Class != Verdict || out.Answer.SeqNo != wireSeq(formatNonce(nonce)) {
			r.broken = fmt.Sprintf("the call before: %+v", out)
		}
	}
	r.out = client.Check(r.watch.context(), somebody(r.nonce), r.nonce)
	close(r.watch.over)
	client.Close()
	l.Close()
	serving.Wait()
	return r
}

func (c wireCase) judge(t *testing.T, g ground, r run, all *bill) {
	seen := all.times(r.nonce)
	if r.broken != "" {
		t.Fatal(r.broken)
	}
	if !slices.Contains(c.want, r.out.Class) || c.note != "" && r.out.GatewayCode != c.note {
		t.Errorf("%v %q, want %v %q", r.out.Class, r.out.GatewayCode, c.want, c.note)
	}
	if r.out.Class == Verdict && r.out.Answer.SeqNo != wireSeq(formatNonce(r.nonce)) {
		t.Errorf("somebody else's answer: %+v", r.out.Answer)
	}
	if seen > 1 || r.touched > 1 {
		t.Errorf("it was seen %d times, over %d connections", seen, r.touched)
	}
	switch r.out.Class {
	case NotSent:
		if r.arrived > 0 {
			t.Errorf("not sent, and %d bytes arrived", r.arrived)
		}
	case InDoubt: // may have arrived or not
	default:
		if seen != 1 {
			t.Errorf("%v, and nobody saw it", r.out.Class)
		}
	}
	if r.acts == 0 {
		t.Error("the server did nothing")
	}
	// A second connection is net/http's own second try.
	if w := r.watch; w.conns != 1 && !(g.body == Query && r.arrived == 0) || g.reused && w.reused != 1 {
		t.Errorf("%d connections, %d of them used before", w.conns, w.reused)
	}
}

func TestWire(t *testing.T) {
	var all bill
	type job struct {
		wireCase
		ground
		run
	}
	cases := wireCases(t)
	var soon, later, faked []*job
	for _, c := range cases {
		on := grounds
		if c.waits {
			on = waitingGrounds
		}
		for _, g := range on {
			j := &job{wireCase: c, ground: g}
			switch {
			case c.only != nil && !c.only(g):
			case g.piped:
				faked = append(faked, j)
			case c.waits:
				later = append(later, j)
			default:
				soon = append(soon, j)
			}
		}
	}
	play := func(jobs []*job, atOnce int) {
		slots := make(chan struct{}, atOnce)
		var playing sync.WaitGroup
		for _, j := range jobs {
			slots <- struct{}{}
			playing.Go(func() {
				j.run = j.play(t, j.ground, &all)
				<-slots
			})
		}
		playing.Wait()
	}
	play(later, len(later))
	play(soon, 8)
	synctest.Test(t, func(t *testing.T) {
		for _, j := range faked {
			j.run = j.play(t, j.ground, &all)
		}
	})
	names, judged := map[string]bool{}, 0
	for _, j := range slices.Concat(later, soon, faked) {
		names[j.name] = true
		t.Run(j.name+", "+j.ground.String(), func(t *testing.T) {
			judged++
			j.judge(t, j.ground, j.run, &all)
		})
	}
	t.Logf("%d named cases, %d times run", len(names), judged)
	all.settle(t, len(names), listedWireCases)
}
