package mobile3

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A rawConn is the server's side of a connection, below HTTP.
type rawConn struct {
	*net.TCPConn
	in    *bufio.Reader
	bytes *atomic.Int64 // that arrived
}

func (r *rawConn) Read(b []byte) (int, error) {
	n, err := r.TCPConn.Read(b)
	r.bytes.Add(int64(n))
	return n, err
}

// request reads one whole request and returns its nonce; "" if none came.
func (r *rawConn) request() string {
	req, err := http.ReadRequest(r.in)
	if err != nil {
		return ""
	}
	if _, err := io.Copy(io.Discard, req.Body); err != nil {
		return ""
	}
	return req.Header.Get("X-Ca-Nonce")
}

func (r *rawConn) reset() {
	r.SetLinger(0)
	r.Close()
}

// rest reads until the other side hangs up.
func (r *rawConn) rest() { io.Copy(io.Discard, r.in) }

// serveRaw ends when the listener is closed and every connection was handled.
func serveRaw(l net.Listener, handle func(*rawConn)) {
	var all sync.WaitGroup
	defer all.Wait()
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		all.Go(func() {
			defer c.Close()
			r := &rawConn{TCPConn: c.(*net.TCPConn), bytes: new(atomic.Int64)}
			r.in = bufio.NewReader(r)
			handle(r)
		})
	}
}

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

const good = "HTTP/1.1 200 OK\r\nX-Ca-Request-Id: 1\r\nContent-Type: application/json\r\n"

var (
	whole   = fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", good, len(verdict), verdict)
	chunked = fmt.Sprintf("%sTransfer-Encoding: chunked\r\n\r\n14\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n", good, verdict[:20], len(verdict)-20, verdict[20:])
)

func TestFaults(t *testing.T) {
	answer := func(text string) func(*rawConn, *ledger) {
		return func(r *rawConn, l *ledger) { l.add(r.request()); io.WriteString(r, text) }
	}
	silent := func(text string) func(*rawConn, *ledger) {
		return func(r *rawConn, l *ledger) { l.add(r.request()); io.WriteString(r, text); r.rest() }
	}
	redirect := func(status int) func(*rawConn, *ledger) {
		return func(r *rawConn, l *ledger) {
			l.add(r.request())
			fmt.Fprintf(r, "HTTP/1.1 %d Moved\r\nLocation: http://%s/again\r\nContent-Length: 0\r\n\r\n", status, r.LocalAddr())
			for {
				nonce := r.request()
				if nonce == "" {
					return
				}
				l.add(nonce)
			}
		}
	}
	faults := []struct {
		name string
		act  func(*rawConn, *ledger)
		want []Class
		note string
	}{
		{"end before reading", func(r *rawConn, l *ledger) { r.CloseWrite(); l.add(r.request()); r.rest() }, []Class{NotSent, InDoubt}, ""},
		{"reset before reading", func(r *rawConn, l *ledger) { r.reset() }, []Class{NotSent, InDoubt}, ""},
		{"reset after one byte", func(r *rawConn, l *ledger) { r.in.ReadByte(); r.reset() }, []Class{InDoubt}, "connection-lost"},
		{"end after one line", func(r *rawConn, l *ledger) { r.in.ReadString('\n') }, []Class{InDoubt}, "connection-lost"},
		{"end after the request", answer(""), []Class{InDoubt}, "connection-lost"},
		{"reset after the request", func(r *rawConn, l *ledger) { l.add(r.request()); r.reset() }, []Class{InDoubt}, "connection-lost"},
		{"half a status line", answer("HTTP/1.1 2"), []Class{InDoubt}, "connection-lost"},
		{"half a header", answer(good), []Class{InDoubt}, "connection-lost"},
		{"half a body, then a reset", func(r *rawConn, l *ledger) {
			l.add(r.request())
			io.WriteString(r, whole[:len(whole)-9])
			r.in.ReadByte() // until the client hangs up or gives up
			r.reset()
		}, []Class{Unusable}, "body-cut"},
		{"garbage", answer("SSH-2.0-OpenSSH_9.9\r\n\r\n"), []Class{InDoubt}, "connection-lost"},
		{"binary garbage", answer("\x00\x00\x12\x04\x00\x00\x00\x00\x00\r\n\r\n"), []Class{InDoubt}, "connection-lost"},
		{"another HTTP", answer("HTTP/2.0 200 OK\r\n\r\n"), []Class{InDoubt, Unusable}, ""},
		{"status of two digits", answer("HTTP/1.1 20 OK\r\n\r\n" + verdict), []Class{InDoubt}, "connection-lost"},
		{"status 0", answer("HTTP/1.1 000 OK\r\n\r\n" + verdict), []Class{InDoubt}, ""},
		{"two lengths", answer(good + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n" + verdict), []Class{InDoubt}, "connection-lost"},
		{"negative length", answer(good + "Content-Length: -1\r\n\r\n" + verdict), []Class{InDoubt}, "connection-lost"},
		{"a length that is too long", answer(strings.Replace(whole, "Length: ", "Length: 1", 1)), []Class{Unusable}, "body-cut"},
		{"a length that is too short", answer(good + "Content-Length: 20\r\n\r\n" + verdict[:20]), []Class{Unusable}, "not-json"},
		{"headers without end", answer(good + "X: " + strings.Repeat("x", 70<<10) + "\r\n\r\n"), []Class{InDoubt}, "connection-lost"},
		{"100, then the end", answer("HTTP/1.1 100 Continue\r\n\r\n"), []Class{InDoubt}, "connection-lost"},
		{"103, then the answer", answer("HTTP/1.1 103 Early Hints\r\n\r\n" + whole), []Class{Verdict}, ""},
		{"103 without end", answer(strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 9)), []Class{InDoubt}, "connection-lost"},
		{"101", silent("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"), []Class{InDoubt}, "http-101"},
		{"301", redirect(301), []Class{Redirected}, "http-301"},
		{"302", redirect(302), []Class{Redirected}, "http-302"},
		{"303", redirect(303), []Class{Redirected}, "http-303"},
		{"307", redirect(307), []Class{Redirected}, "http-307"},
		{"308", redirect(308), []Class{Redirected}, "http-308"},
		{"407", answer("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"), []Class{InDoubt}, "http-407"},
		{"408", answer("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), []Class{InDoubt}, "http-408"},
		{"421", answer("HTTP/1.1 421 Misdirected Request\r\nContent-Length: 0\r\n\r\n"), []Class{InDoubt}, "http-421"},
		{"503 with Retry-After", answer("HTTP/1.1 503 Unavailable\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n"), []Class{InDoubt}, "http-503"},
		{"silence", silent(""), []Class{InDoubt}, "timeout"},
		{"silence in the headers", silent(good), []Class{InDoubt}, "timeout"},
		{"silence in the body", silent(whole[:len(whole)-1]), []Class{Unusable}, "body-cut"},
		{"a drip", func(r *rawConn, l *ledger) {
			l.add(r.request())
			tick := time.NewTicker(10 * time.Millisecond)
			defer tick.Stop()
			for _, b := range []byte(whole) {
				if _, err := r.Write([]byte{b}); err != nil {
					return
				}
				<-tick.C
			}
		}, []Class{InDoubt}, "timeout"},
		{"an answer before the request is read", func(r *rawConn, l *ledger) {
			io.WriteString(r, whole)
			l.add(r.request())
			r.rest()
		}, []Class{Verdict, InDoubt, NotSent}, ""},
		{"whole", answer(whole), []Class{Verdict}, ""},
		{"chunked", answer(chunked), []Class{Verdict}, ""},
		{"the old protocol", answer("HTTP/1.0 200 OK\r\n\r\n" + verdict), []Class{Verdict}, ""},
	}
	for _, f := range faults {
		for _, reused := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, reused %v", f.name, reused), func(t *testing.T) {
				t.Parallel()
				testFault(t, f.act, reused, f.want, f.note)
			})
		}
	}
}

func testFault(t *testing.T, act func(*rawConn, *ledger), reused bool, want []Class, note string) {
	var seen ledger
	var arrived atomic.Int64
	done := make(chan struct{})
	l := listen(t)
	var first atomic.Bool
	first.Store(reused)
	go func() {
		defer close(done)
		serveRaw(l, func(r *rawConn) {
			if first.Swap(false) {
				if r.request() == "" {
					return
				}
				io.WriteString(r, whole)
			}
			before := r.bytes.Load()
			act(r, &seen)
			arrived.Add(r.bytes.Load() - before)
		})
	}()
	// Long enough for everything but the faults that are about it.
	c := testClient(t, Config{Endpoint: "http://" + l.Addr().String() + "/mobile3/check", Timeout: 300 * time.Millisecond})
	if reused {
		if out := check(c); out.Class != Verdict {
			t.Fatalf("the first call: %+v", out)
		}
	}
	nonce := freshNonce()
	out := c.Check(context.Background(), someone, nonce)
	c.Close()
	l.Close()
	<-done
	if !slices.Contains(want, out.Class) || note != "" && out.GatewayCode != note {
		t.Errorf("%v %q, want %v %q", out.Class, out.GatewayCode, want, note)
	}
	if n := seen.times(nonce); n > 1 {
		t.Errorf("the server saw the request %d times", n)
	}
	if out.Class == NotSent && arrived.Load() > 0 {
		t.Errorf("not sent, and %d bytes arrived", arrived.Load())
	}
}

// An answer cut at every byte, on fresh and reused connections: before the end
// of the headers nobody knows, after it the call was counted.
func TestAnswerCutAtEveryByte(t *testing.T) {
	for name, recorded := range map[string]string{"length": whole, "chunked": chunked} {
		for _, reused := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, reused %v", name, reused), func(t *testing.T) {
				head := strings.Index(recorded, "\r\n\r\n") + 4
				var seen ledger
				var warm atomic.Bool
				var cut atomic.Int64
				l := listen(t)
				go serveRaw(l, func(r *rawConn) {
					for {
						nonce := r.request()
						if nonce == "" {
							return
						}
						seen.add(nonce)
						if !warm.Swap(false) {
							io.WriteString(r, recorded[:cut.Load()])
							return
						}
						io.WriteString(r, whole)
					}
				})
				for i := 0; i <= len(recorded); i++ {
					c := testClient(t, Config{Endpoint: "http://" + l.Addr().String()})
					cut.Store(int64(i))
					if warm.Store(reused); reused && check(c).Class != Verdict {
						t.Fatal("the first call failed")
					}
					nonce := freshNonce()
					out := c.Check(context.Background(), someone, nonce)
					c.Close()
					want, note := InDoubt, "connection-lost"
					switch {
					case i == len(recorded):
						want, note = Verdict, ""
					case i >= head:
						want, note = Unusable, "body-cut"
					}
					if out.Class != want || out.GatewayCode != note {
						t.Errorf("cut at %d of %d: %v %q, want %v %q", i, len(recorded), out.Class, out.GatewayCode, want, note)
					}
					if n := seen.times(nonce); n != 1 {
						t.Errorf("cut at %d: the server saw %d requests", i, n)
					}
				}
			})
		}
	}
}

// Connections that the server closes while the next request sets out.
func TestIdleCloseRace(t *testing.T) {
	var seen ledger
	l := listen(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		serveRaw(l, func(r *rawConn) {
			seen.add(r.request())
			io.WriteString(r, whole)
			r.CloseWrite()
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
