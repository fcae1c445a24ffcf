package mobile3

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A testProxy answers CONNECT with reply; with an empty one it makes the tunnel.
// It keeps all that it was told in the clear.
type testProxy struct {
	net.Listener
	reply string
	mu    sync.Mutex
	heard strings.Builder
	inner atomic.Int64 // bytes that went through
}

func startProxy(t *testing.T, reply string) *testProxy {
	p := &testProxy{Listener: listen(t), reply: reply}
	go func() {
		for {
			c, err := p.Accept()
			if err != nil {
				return
			}
			go p.serve(c)
		}
	}()
	return p
}

func (p *testProxy) serve(c net.Conn) {
	defer c.Close()
	in := bufio.NewReader(c)
	r, err := http.ReadRequest(in)
	if err != nil {
		return
	}
	p.mu.Lock()
	fmt.Fprintf(&p.heard, "%s %s %v\n", r.Method, r.RequestURI, r.Header)
	p.mu.Unlock()
	if p.reply != "" {
		io.WriteString(c, p.reply)
		if strings.HasSuffix(p.reply, "…") {
			io.Copy(io.Discard, c) // and then nothing
		}
		return
	}
	to, err := net.Dial("tcp", r.RequestURI)
	if err != nil {
		return
	}
	defer to.Close()
	io.WriteString(c, "HTTP/1.1 200 Connection established\r\n\r\n")
	go func() { io.Copy(c, to); c.Close() }()
	n, _ := io.Copy(to, in)
	p.inner.Add(n)
}

func (p *testProxy) url() string { return "http://" + p.Addr().String() }

// secureServer counts the requests that reach the service.
func secureServer(t *testing.T) (endpoint string, requests *atomic.Int64) {
	l := listen(t)
	tc, _ := wireTLS()
	requests = new(atomic.Int64)
	var serving sync.WaitGroup
	serving.Go(func() {
		serveRaw(l, tc, func(r *rawConn) {
			for r.request() != "" {
				requests.Add(1)
				r.say(withLength)
				r.say(wireVerdict)
			}
		})
	})
	t.Cleanup(func() { l.Close(); serving.Wait() })
	return "https://" + l.Addr().String() + "/mobile3/check", requests
}

func proxyClient(t *testing.T, cfg Config) *Client {
	t.Helper()
	_, roots := wireTLS()
	cfg.AppCode, cfg.Timeout = NewSecret(appCode), 2*time.Second
	c, err := newClient(cfg, tlsConfig(roots))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// TestProxy: the request goes through the tunnel, and the proxy learns the
// service's name and nothing else.
func TestProxy(t *testing.T) {
	endpoint, requests := secureServer(t)
	p := startProxy(t, "")
	c := proxyClient(t, Config{Endpoint: endpoint, Proxy: NewSecret(strings.Replace(p.url(), "http://", "http://user:pass-word@", 1))})
	for range 3 {
		if out := check(c); out.Class != Verdict {
			t.Fatalf("%v %s", out.Class, out.GatewayCode)
		}
	}
	c.Close()
	host := strings.TrimSuffix(strings.TrimPrefix(endpoint, "https://"), "/mobile3/check")
	want := fmt.Sprintf("CONNECT %s map[Proxy-Authorization:[Basic %s]]\n", host, base64.StdEncoding.EncodeToString([]byte("user:pass-word")))
	if heard := p.heard.String(); heard != want {
		t.Errorf("the proxy heard %q, want %q", heard, want)
	}
	if requests.Load() != 3 {
		t.Errorf("%d requests", requests.Load())
	}
}

// TestProxyRefuses: whatever goes wrong before the tunnel stands, nothing was sent.
func TestProxyRefuses(t *testing.T) {
	endpoint, requests := secureServer(t)
	for reply, slug := range map[string]string{
		"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n": "proxy-authentication",
		"HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\n\r\nno!":                          "proxy-refused",
		"HTTP/1.1 503 Unavailable\r\n\r\n":                                                "proxy-refused",
		"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n":                                  "proxy-refused",
		"SSH-2.0-no\r\n":                                        "proxy",
		"HTTP/1.1 200 Connection est":                           "proxy",
		"HTTP/1.1 200 Connection est…":                          "proxy-timeout",
		"HTTP/1.1 200 " + strings.Repeat("x", 2*maxHeaderBytes): "proxy",
	} {
		c := proxyClient(t, Config{Endpoint: endpoint, Proxy: NewSecret(startProxy(t, reply).url())})
		c.timeout = 300 * time.Millisecond
		out := check(c)
		if out.Class != NotSent || out.GatewayCode != slug && !(slug == "proxy-timeout" && out.GatewayCode == "no-connection") {
			t.Errorf("%.30q: %v %s, want %s", reply, out.Class, out.GatewayCode, slug)
		}
	}
	gone := startProxy(t, "")
	gone.Close()
	if out := check(proxyClient(t, Config{Endpoint: endpoint, Proxy: NewSecret(gone.url())})); out.Class != NotSent || out.GatewayCode != "proxy" {
		t.Errorf("no proxy there: %v %s", out.Class, out.GatewayCode)
	}
	if requests.Load() != 0 {
		t.Errorf("%d requests reached the service", requests.Load())
	}
}

// TestTunnelThatComesTooLate: what ends the waiting for a tunnel must never cut off
// a request in it.
func TestTunnelThatComesTooLate(t *testing.T) {
	here, there := net.Pipe()
	defer there.Close()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		http.ReadRequest(bufio.NewReader(there))
		cancel()
		there.SetWriteDeadline(time.Now().Add(time.Second))
		io.WriteString(there, "HTTP/1.1 200 OK\r\n\r\n")
	}()
	proxy, err := parseProxy("http://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	if err := (tunnel{proxy: proxy}).connect(ctx, undying{here}, "127.0.0.1:2"); err == nil {
		t.Error("a tunnel was taken that came too late")
	}
}

// undying takes no deadline: the answer comes all the same.
type undying struct{ net.Conn }

func (undying) SetDeadline(time.Time) error { return nil }

// TestProxyIsChecked: no proxy may see a request in the clear.
func TestProxyIsChecked(t *testing.T) {
	for _, c := range []struct{ proxy, endpoint string }{
		{"http://127.0.0.1:3128", "http://127.0.0.1:9/mobile3/check"},
		{"127.0.0.1:3128", ""}, {"https://127.0.0.1:3128", ""}, {"http://127.0.0.1", ""}, {"socks5://127.0.0.1:1080", ""},
		{"http://127.0.0.1:3128/path", ""}, {"http://127.0.0.1:3128?x", ""}, {"http://user:secret@%zz:3128", ""},
	} {
		_, err := New(Config{Endpoint: c.endpoint, Proxy: NewSecret(c.proxy), Credentials: Credentials{AppCode: NewSecret(appCode)}})
		if !errors.Is(err, ErrProxy) || strings.Contains(err.Error(), "127.0.0.1") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s for %q: %v", c.proxy, c.endpoint, err)
		}
	}
}
