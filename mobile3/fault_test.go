package mobile3

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"slices"
	"sync"
	"testing"
	"time"
)

// A ledger keeps what the server saw: each nonce belongs to one Check.
type ledger struct {
	mu   sync.Mutex
	seen map[string]int
}

func (l *ledger) add(nonce string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.seen == nil {
		l.seen = map[string]int{}
	}
	if nonce != "" {
		l.seen[nonce]++
	}
}

func (l *ledger) times(nonce [16]byte) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.seen[formatNonce(nonce)]
}

// Connections that the server closes while the next request sets out.
func TestIdleCloseRace(t *testing.T) {
	var seen ledger
	l := listen(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		serveRaw(l, nil, func(r *rawConn) {
			seen.add(r.request())
			r.say(whole)
			r.raw.(*net.TCPConn).CloseWrite()
			seen.add(r.request()) // one that came too late for the end it did not see
		})
	}()
	c := testClient(t, Config{Endpoint: "http://" + l.Addr().String(), Workers: 4})
	type call struct {
		nonce [16]byte
		class Class
	}
	calls := make([][]call, 4)
	var all sync.WaitGroup
	for i := range calls {
		all.Go(func() {
			for range 150 {
				nonce := freshNonce()
				calls[i] = append(calls[i], call{nonce, c.Check(context.Background(), someone, nonce).Class})
			}
		})
	}
	all.Wait()
	c.Close()
	l.Close()
	<-done
	verdicts := 0
	for _, made := range slices.Concat(calls...) {
		switch n := seen.times(made.nonce); {
		case n > 1, made.class == Verdict && n != 1, made.class == NotSent && n != 0,
			made.class != Verdict && made.class != NotSent && made.class != InDoubt:
			t.Errorf("%v, and the server saw it %d times", made.class, n)
		}
		if made.class == Verdict {
			verdicts++
		}
	}
	if verdicts < 100 {
		t.Errorf("only %d verdicts: the race was not run", verdicts)
	}
}

// Calls given up at any moment, mostly while they are being written: what is
// called unsent was never seen.
func TestGivenUpAtAnyMoment(t *testing.T) {
	var seen ledger
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen.add(r.Header.Get("X-Ca-Nonce"))
		io.Copy(io.Discard, r.Body)
		io.WriteString(w, verdict)
	}))
	var all sync.WaitGroup
	classes := make([]map[[16]byte]Class, 8)
	for i := range classes {
		classes[i] = map[[16]byte]Class{}
		c := testClient(t, Config{Endpoint: server.URL})
		all.Go(func() {
			for n := range 500 {
				c.timeout = time.Duration(n*n) * 10 * time.Nanosecond
				nonce := freshNonce()
				classes[i][nonce] = c.Check(context.Background(), someone, nonce).Class
			}
		})
	}
	all.Wait()
	server.Close()
	count := map[Class]int{}
	for _, some := range classes {
		for nonce, class := range some {
			count[class]++
			if n := seen.times(nonce); n > 1 || class == NotSent && n != 0 || class == Verdict && n != 1 {
				t.Errorf("%v, and the server saw it %d times", class, n)
			}
		}
	}
	if count[NotSent] == 0 || count[Verdict] == 0 {
		t.Errorf("%v: the race was not run", count)
	}
}

func TestConnectionRefused(t *testing.T) {
	l := listen(t)
	l.Close()
	for _, scheme := range []string{"http://", "https://"} {
		out := check(testClient(t, Config{Endpoint: scheme + l.Addr().String()}))
		if out.Class != NotSent || out.GatewayCode != "connect" || out.Answer != (Answer{}) {
			t.Errorf("%s: %+v", scheme, out)
		}
	}
}

func TestAfterClose(t *testing.T) {
	server := replyServer(t, 200, nil, verdict)
	c := testClient(t, Config{Endpoint: server.URL})
	if out := check(c); out.Class != Verdict {
		t.Fatalf("%+v", out)
	}
	c.Close()
	c.Close()
	if out := check(c); out.Class != NotSent {
		t.Errorf("%+v", out)
	}
}

// A caller that stops must not throw away an answer that is being paid for.
func TestCallOutlivesItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cancel()
		io.Copy(io.Discard, r.Body)
		io.WriteString(w, verdict)
	}))
	defer server.Close()
	c := testClient(t, Config{Endpoint: server.URL})
	if out := c.Check(ctx, someone, freshNonce()); out.Class != Verdict {
		t.Errorf("ended during the call: %+v", out)
	}
	if out := c.Check(ctx, someone, freshNonce()); out.Class != Verdict || ctx.Err() == nil {
		t.Errorf("ended before the call: %+v", out)
	}
	late, cancelLate := context.WithDeadline(context.Background(), time.Unix(0, 0))
	defer cancelLate()
	if out := c.Check(late, someone, freshNonce()); out.Class != Verdict {
		t.Errorf("late before the call: %+v", out)
	}
}

func traceInfo(c net.Conn) httptrace.GotConnInfo { return httptrace.GotConnInfo{Conn: c} }

func TestSealedConnWritesNothing(t *testing.T) {
	here, there := net.Pipe()
	defer there.Close()
	go io.Copy(io.Discard, there)
	c := &conn{Conn: here}
	if _, err := c.Write([]byte("a")); err != nil || c.written() != 1 {
		t.Fatalf("%v, %d", err, c.written())
	}
	if c.seal(1) || !c.seal(0) {
		t.Error("the seal counts wrong")
	}
	if n, err := c.Write([]byte("b")); n != 0 || !errors.Is(err, errSealed) || c.written() != 1 {
		t.Errorf("%d, %v, %d writes", n, err, c.written())
	}
}

// A write that is under way counts: its first byte is gone.
func TestWriteUnderWayCounts(t *testing.T) {
	here, there := net.Pipe()
	c := &conn{Conn: here}
	var writing sync.WaitGroup
	writing.Go(func() { c.Write([]byte("ab")) })
	if _, err := io.ReadFull(there, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if !c.seal(0) {
		t.Error("a byte left and was not counted")
	}
	here.Close()
	there.Close()
	writing.Wait()
}

// If net/http ever sends again by itself, the second connection stays silent.
func TestSecondConnectionAfterAWriteIsSealed(t *testing.T) {
	pipe := func() *conn {
		here, there := net.Pipe()
		t.Cleanup(func() { there.Close() })
		go io.Copy(io.Discard, there)
		return &conn{Conn: here}
	}

	a, first, second := newAttempt(context.Background(), time.Minute), pipe(), pipe()
	defer a.end()
	a.gotConn(traceInfo(first))
	first.Write([]byte("x"))
	a.gotConn(traceInfo(second))
	if _, err := second.Write([]byte("x")); !errors.Is(err, errSealed) {
		t.Error("the second connection may write")
	}
	if out := a.failed(errors.New("x")); out.Class != InDoubt {
		t.Errorf("%+v", out)
	}

	b, silent, used := newAttempt(context.Background(), time.Minute), pipe(), pipe()
	defer b.end()
	used.Write([]byte("an earlier request"))
	b.gotConn(traceInfo(silent))
	b.gotConn(traceInfo(used))
	if _, err := silent.Write([]byte("x")); !errors.Is(err, errSealed) {
		t.Error("a connection that was given back may write")
	}
	if out := b.failed(errors.New("x")); out.Class != NotSent || out.GatewayCode != "not-written" {
		t.Errorf("%+v", out)
	}
	late := pipe()
	b.gotConn(traceInfo(late))
	if _, err := late.Write([]byte("x")); !errors.Is(err, errSealed) {
		t.Error("a connection that came too late may write")
	}

	d := newAttempt(context.Background(), time.Minute)
	defer d.end()
	foreign, other := net.Pipe()
	defer foreign.Close()
	defer other.Close()
	d.gotConn(traceInfo(foreign))
	if out := d.failed(errors.New("x")); out.Class != InDoubt {
		t.Errorf("a connection of unknown kind: %+v", out)
	}
}
