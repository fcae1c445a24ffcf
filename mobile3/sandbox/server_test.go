package sandbox

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestLatencyIsNotSerialised(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := Defaults()
		cfg.Latency = time.Second
		s := newSandbox(t, cfg)
		began := time.Now()
		var wg sync.WaitGroup
		for i := range 500 {
			wg.Go(func() {
				if w := serve(s, formRequest(fmt.Sprintf("154%08d", i))); w.Code != 200 {
					t.Errorf("%d", w.Code)
				}
			})
		}
		synctest.Wait()
		if _, billed := s.Calls(); billed != 0 {
			t.Errorf("%d billed before the vendor has worked", billed)
		}
		wg.Wait()
		if took := time.Since(began); took != time.Second {
			t.Errorf("took %v", took)
		}
		wantBilled(t, s, 500)
	})
}

func TestJitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := Defaults()
		cfg.Latency, cfg.Jitter = time.Second, time.Second
		s := newSandbox(t, cfg)
		seen := map[time.Duration]bool{}
		for range 50 {
			began := time.Now()
			serve(s, formRequest("15400000001"))
			took := time.Since(began)
			if took < time.Second || took > 2*time.Second {
				t.Errorf("took %v", took)
			}
			seen[took] = true
		}
		if len(seen) < 40 {
			t.Errorf("%d different latencies of 50", len(seen))
		}
	})
}

// pipes is a listener whose connections live in a test's fake time.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { close(p.done); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

func TestAClientThatLeavesIsBilled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := Defaults()
		cfg.Latency = 10 * time.Second
		cfg.Bill = billPath(t)
		s := newSandbox(t, cfg)
		l := &pipes{make(chan net.Conn), make(chan struct{})}
		server := &http.Server{Handler: s}
		served := make(chan error)
		go func() { served <- server.Serve(l) }()

		client, conn := net.Pipe()
		l.conns <- conn
		body := form("15400000001")
		fmt.Fprintf(client, "POST /mobile3/check HTTP/1.1\r\nHost: x\r\nAuthorization: APPCODE a\r\n"+
			"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
		time.Sleep(time.Second)
		client.Close()
		synctest.Wait()
		wantBilled(t, s, 0)
		time.Sleep(9 * time.Second)
		synctest.Wait()
		wantBilled(t, s, 1)
		server.Close()
		<-served
	})
}

func TestCloseHurriesTheVendor(t *testing.T) {
	cfg := Defaults()
	cfg.Bill = billPath(t)
	arrived := make(chan struct{})
	cfg.OnRequest = func(*http.Request) { arrived <- struct{}{} }
	s := start(t, cfg)
	idle := dial(t, s)
	c := dial(t, s)
	c.post("19400000019") // 45 s
	<-arrived
	began := time.Now()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 4*time.Second { // the idle connection alone would make it five
		t.Errorf("took %v", took)
	}
	res, body, err := c.answer()
	if err != nil || res.StatusCode != 200 || !strings.Contains(body, `"result":1`) {
		t.Errorf("%v %v %s", res, err, body)
	}
	if _, err := idle.Read(make([]byte, 1)); err == nil {
		t.Error("an idle connection lives on")
	}
	wantBilled(t, s.Sandbox, 1)
	if w := serve(s, formRequest("15400000001")); w.Header().Get("X-Ca-Error-Code") != "X503BZ" {
		t.Errorf("answered after Close: %d", w.Code)
	}
	wantBilled(t, s.Sandbox, 1)
	if err := errors.Join(s.Close(), s.Sandbox.Close()); err != nil {
		t.Errorf("a second Close: %v", err)
	}
}

func TestStartListensOnLoopbackOnly(t *testing.T) {
	for _, addr := range []string{":0", "0.0.0.0:0", "[::]:0", "192.0.2.1:0", "example.com:0", "127.0.0.1.example.com:0"} {
		if s, err := Start(Defaults(), addr); !errors.Is(err, ErrNotLoopback) {
			t.Errorf("%s: %v", addr, err)
			if s != nil {
				s.Close()
			}
		}
	}
	for _, addr := range []string{"", "127.0.0.1", "127.0.0.1:99999"} {
		if _, err := Start(Defaults(), addr); err == nil || errors.Is(err, ErrNotLoopback) {
			t.Errorf("%s: %v", addr, err)
		}
	}
	s, err := Start(Defaults(), "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(s.URL(), "http://127.0.0.1:") || !strings.HasSuffix(s.URL(), "/mobile3/check") {
		t.Error(s.URL())
	}
	if _, err := Start(Defaults(), s.listener.Addr().String()); err == nil {
		t.Error("one port was given away twice")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestConfigIsChecked(t *testing.T) {
	for name, cfg := range map[string]Config{
		"dialect":   {Dialect: "old"},
		"no record": {NoRecord: 404},
		"body":      {RequireBody: "xml"},
		"latency":   {Latency: -1},
		"jitter":    {Jitter: -1},
		"limit":     {Limit: -1},
		"key":       {Key: []byte{}},
		"bill":      {Bill: t.TempDir()},
	} {
		if _, err := New(cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	s := newSandbox(t, Config{}) // no quota unless it is asked for
	wantCode(t, serve(s, formRequest("15400000001")), 403, "B403MQ")
}

func TestThousandsOfConnections(t *testing.T) {
	const conns = 1500
	s := start(t, Defaults())
	all := make([]*raw, conns)
	for i := range all {
		all[i] = dial(t, s)
	}
	for range 2 { // the second time over connections kept alive
		for i, c := range all {
			c.post(fmt.Sprintf("154%08d", i))
		}
		for _, c := range all {
			if res, _, err := c.answer(); err != nil || res.StatusCode != 200 {
				t.Fatalf("%v %v", res, err)
			}
		}
	}
	wantBilled(t, s.Sandbox, 2*conns)
}

// BenchmarkAnswers has eight keep-alive connections with a client that does
// next to nothing; -cpu 1 makes both sides share one core.
func BenchmarkAnswers(b *testing.B) {
	for _, kept := range []string{"file", "memory"} {
		b.Run(kept, func(b *testing.B) {
			cfg := Defaults()
			if kept == "file" {
				cfg.Bill = billPath(b)
			}
			s := start(b, cfg)
			const conns = 8
			b.ReportAllocs()
			b.ResetTimer()
			var wg sync.WaitGroup
			for w := range conns {
				wg.Go(func() { hammer(b, s, w, b.N/conns+1) })
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "answers/s")
		})
	}
}

func hammer(b *testing.B, s *Server, worker, calls int) {
	conn, err := net.Dial("tcp", s.listener.Addr().String())
	if err != nil {
		b.Error(err)
		return
	}
	defer conn.Close()
	body := form(fmt.Sprintf("1540000000%d", worker))
	req := fmt.Appendf(nil, "POST /mobile3/check HTTP/1.1\r\nHost: x\r\nAuthorization: APPCODE a\r\n"+
		"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	buf := make([]byte, 4096)
	for range calls {
		if _, err := conn.Write(req); err != nil {
			b.Error(err)
			return
		}
		n := 0
		for n < 2 || string(buf[n-2:n]) != "}}" { // how every verdict ends
			m, err := conn.Read(buf[n:])
			if err != nil {
				b.Error(err)
				return
			}
			n += m
		}
	}
}

func BenchmarkHandler(b *testing.B) {
	s := newSandbox(b, Config{Quota: -1, Bill: billPath(b)})
	r := formRequest("15400000001")
	body := strings.NewReader(form("15400000001"))
	r.Body = io.NopCloser(body)
	w := httptest.NewRecorder()
	b.ReportAllocs()
	for b.Loop() {
		body.Seek(0, io.SeekStart)
		w.Body.Reset()
		s.ServeHTTP(w, r)
	}
}
