package mobile3

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func tlsServer(t *testing.T, protocols []string, change func(*tls.Config)) (*httptest.Server, *atomic.Int64, *atomic.Value) {
	t.Helper()
	var requests atomic.Int64
	var proto atomic.Value
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		proto.Store(r.Proto)
		io.Copy(io.Discard, r.Body)
		io.WriteString(w, verdict)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.EnableHTTP2 = true
	s.TLS = new(tls.Config)
	if protocols != nil { // as they are: httptest would add http/1.1
		s.TLS.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
			own := s.TLS.Clone()
			own.GetConfigForClient, own.NextProtos = nil, protocols
			return own, nil
		}
	}
	if change != nil {
		change(s.TLS)
	}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s, &requests, &proto
}

func trusting(t *testing.T, s *httptest.Server, endpoint string) *Client {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	c, err := newClient(Config{Endpoint: endpoint, Credentials: Credentials{AppCode: NewSecret(appCode)}, Timeout: 5 * time.Second}, tlsConfig(roots))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestOverTLS(t *testing.T) {
	s, requests, proto := tlsServer(t, []string{"h2", "http/1.1"}, nil)
	c := trusting(t, s, s.URL)
	for range 3 {
		if out := check(c); out.Class != Verdict {
			t.Fatalf("%+v", out)
		}
	}
	if requests.Load() != 3 || proto.Load() != "HTTP/1.1" {
		t.Errorf("%d requests, the last over %v", requests.Load(), proto.Load())
	}
}

func TestTLSFailuresAreNotSent(t *testing.T) {
	tests := map[string]struct {
		protocols []string
		change    func(*tls.Config)
		client    func(*testing.T, *httptest.Server) *Client
		note      string
	}{
		"a certificate nobody knows": {nil, nil, func(t *testing.T, s *httptest.Server) *Client {
			return testClient(t, Config{Endpoint: s.URL})
		}, "tls-certificate"},
		"a certificate for another name": {nil, nil, func(t *testing.T, s *httptest.Server) *Client {
			return trusting(t, s, strings.Replace(s.URL, "127.0.0.1", "localhost", 1))
		}, "tls-certificate"},
		"no HTTP/1.1": {[]string{"other/1"}, nil, nil, "tls"},
		"TLS 1.1":     {nil, func(c *tls.Config) { c.MaxVersion = tls.VersionTLS11 }, nil, "tls"},
		"a client certificate is wanted": {nil, func(c *tls.Config) {
			c.ClientAuth = tls.RequireAnyClientCert
			c.MaxVersion = tls.VersionTLS12 // 1.3 tells only after the request
		}, nil, "tls"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s, requests, _ := tlsServer(t, test.protocols, test.change)
			client := test.client
			if client == nil {
				client = func(t *testing.T, s *httptest.Server) *Client { return trusting(t, s, s.URL) }
			}
			out := check(client(t, s))
			if out.Class != NotSent || out.GatewayCode != test.note || requests.Load() != 0 {
				t.Errorf("%v %q, %d requests", out.Class, out.GatewayCode, requests.Load())
			}
		})
	}
	// Here the handshake ends well for the client: a refusal behind its back.
	s, _, _ := tlsServer(t, nil, func(c *tls.Config) { c.ClientAuth = tls.RequireAnyClientCert })
	if out := check(trusting(t, s, s.URL)); out.Class != InDoubt && out.Class != NotSent {
		t.Errorf("%+v", out)
	}
}

func TestNoTLSAtTheOtherEnd(t *testing.T) {
	s := replyServer(t, 200, nil, verdict)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	if out := check(testClient(t, Config{Endpoint: strings.Replace(s.URL, "http", "https", 1)})); out.Class != NotSent || out.GatewayCode != "tls" {
		t.Errorf("%+v", out)
	}
}

// A server that takes connections and says nothing: never sent, and nothing is
// left behind although the handshake could go on for seconds.
func TestSilentHandshake(t *testing.T) {
	l := listen(t)
	go serveRaw(l, nil, func(r *rawConn) { r.rest() })
	c := testClient(t, Config{Endpoint: "https://" + l.Addr().String(), Timeout: 30 * time.Millisecond})
	if out := check(c); out.Class != NotSent || out.GatewayCode != "no-connection" {
		t.Errorf("%+v", out)
	}
	c.Close()
	noneLeft(t)
}

func TestNothingIsLeftAfterClose(t *testing.T) {
	s := replyServer(t, 200, nil, verdict)
	c := testClient(t, Config{Endpoint: s.URL, Workers: 8})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 20 {
				check(c)
			}
		})
	}
	all.Wait()
	c.Close()
	noneLeft(t)
}

// noneLeft waits until no goroutine of a client is there; net/http ends its own
// a moment after the connections.
func noneLeft(t *testing.T) {
	t.Helper()
	poll := time.NewTicker(5 * time.Millisecond)
	defer poll.Stop()
	end := time.After(3 * time.Second)
	for {
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		left := ""
		for _, mark := range []string{"net/http.(*persistConn)", "mobile3.(*dialer)", "mobile3.(*attempt)"} {
			if strings.Contains(string(stacks), mark) {
				left = mark
			}
		}
		if left == "" {
			return
		}
		select {
		case <-poll.C:
		case <-end:
			t.Fatalf("%s is still there:\n%s", left, stacks)
		}
	}
}

func TestConnectionsAreReusedAndBounded(t *testing.T) {
	var opened, requests atomic.Int64
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		switch requests.Add(1) % 3 {
		case 0:
			w.Header().Set("X-Ca-Error-Code", "T429IN")
			w.WriteHeader(429)
		case 1:
			io.WriteString(w, verdict)
		case 2:
			w.WriteHeader(500)
			io.WriteString(w, html)
		}
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	s.Start()
	defer s.Close()
	c := testClient(t, Config{Endpoint: s.URL, Workers: 3})
	var all sync.WaitGroup
	for range 9 {
		all.Go(func() {
			for range 30 {
				check(c)
			}
		})
	}
	all.Wait()
	if requests.Load() != 270 || opened.Load() > 3 || opened.Load() < 1 {
		t.Errorf("%d requests over %d connections", requests.Load(), opened.Load())
	}
}

// What connecting takes is not taken from the answer's time.
func TestTimeForTheAnswerStartsWithTheConnection(t *testing.T) {
	a := newAttempt(context.Background(), 0)
	defer a.end()
	<-a.ctx.Done() // the time is up...
	if context.Cause(a.ctx) != errTimeout {
		t.Error(context.Cause(a.ctx))
	}
	b := newAttempt(context.Background(), time.Hour)
	defer b.end()
	b.timer.Stop()
	here, there := net.Pipe()
	defer here.Close()
	defer there.Close()
	b.limit = 0
	b.gotConn(traceInfo(&conn{Conn: here}))
	select { // ...and the connection sets it anew
	case <-b.ctx.Done():
	case <-time.After(5 * time.Second):
		t.Error("the connection did not set the time")
	}

	// The timer may go off just as the connection comes: that time is not up.
	c := newAttempt(context.Background(), time.Hour)
	defer c.end()
	c.gotConn(traceInfo(&conn{Conn: here}))
	c.timeUp()
	if c.ctx.Err() != nil {
		t.Error("the time for the connection ended the wait for the answer")
	}
}

// An elsewhere is a connection whose other end stands at an address.
type elsewhere struct {
	net.Conn
	address net.Addr
	closed  bool
}

func (e *elsewhere) RemoteAddr() net.Addr { return e.address }
func (e *elsewhere) Close() error         { e.closed = true; return nil }

// localhost may be resolved to anything.
func TestPlainHTTPStaysHere(t *testing.T) {
	for address, here := range map[string]bool{"127.0.0.1": true, "127.1.2.3": true, "::1": true, "192.0.2.1": false, "2001:db8::1": false, "0.0.0.0": false, "::": false} {
		far := &elsewhere{address: &net.TCPAddr{IP: net.ParseIP(address), Port: 80}}
		d := newDialer(context.Background(), nil, nil)
		d.open = func(context.Context, string, string) (net.Conn, error) { return far, nil }
		c, err := d.dial(context.Background(), "tcp", "localhost:80")
		if here != (err == nil) || here != (c != nil) || here == far.closed || !here && !errors.Is(err, errNotLoopback) {
			t.Errorf("%s: %v, %v, closed %v", address, c, err, far.closed)
		}
	}
	c := testClient(t, Config{Endpoint: "http://localhost:1"})
	c.transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		d := newDialer(context.Background(), nil, nil)
		d.open = func(context.Context, string, string) (net.Conn, error) {
			return &elsewhere{address: &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1)}}, nil
		}
		return d.dial(ctx, network, address)
	}
	if out := check(c); out.Class != NotSent || out.GatewayCode != "not-loopback" {
		t.Errorf("%+v", out)
	}
}

func TestDialErrorsAreSorted(t *testing.T) {
	for _, test := range []struct {
		err  error
		want string
	}{
		{&net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "S3CR3T"}}, "dns"},
		{&net.OpError{Op: "dial", Err: &net.DNSError{IsTimeout: true}}, "dns"},
		{context.DeadlineExceeded, "connect-timeout"},
		{&net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}, "connect-timeout"},
		{&tls.CertificateVerificationError{Err: errors.New("S3CR3T")}, "tls-certificate"},
		{io.EOF, "connect"},
	} {
		err := dialFailed("connect", test.err)
		var dial *dialError
		if !errors.As(err, &dial) || dial.slug != test.want || !errors.Is(err, test.err) || strings.Contains(fmt.Sprint(err), "S3CR3T") {
			t.Errorf("%v: %v, want %s", test.err, err, test.want)
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	var n atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("X-Ca-Request-Id", fmt.Sprintf("A77CDCA5-CC79-46E2-863A-%012X", n.Add(1)))
		io.WriteString(w, verdict)
	}))
	defer s.Close()
	c := testClient(b, Config{Endpoint: s.URL, Workers: 64})
	b.SetParallelism(32)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if out := check(c); out.Class != Verdict {
				b.Error(out.Class)
			}
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if decode([]byte(verdict)).result != 1 {
			b.Fatal("no verdict")
		}
	}
}

func BenchmarkJudge(b *testing.B) {
	b.ReportAllocs()
	clean := newScrubber(someone, NewSecret(appCode))
	header := http.Header{}
	c := testClient(b, Config{Endpoint: "http://127.0.0.1:1"})
	for n := 0; b.Loop(); n++ {
		header["X-Ca-Request-Id"] = []string{fmt.Sprintf("A77CDCA5-CC79-46E2-863A-%012X", n)}
		r := &http.Response{StatusCode: 200, Header: header, Body: io.NopCloser(strings.NewReader(verdict)), ContentLength: int64(len(verdict))}
		if c.judge(r, clean).Class != Verdict {
			b.Fatal("no verdict")
		}
	}
}
