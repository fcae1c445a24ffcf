package mobile3

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptrace"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"mobile3batch/person"
)

// seqMark stands in an answer for the request it belongs to: says puts eight
// digits of the nonce there.
const (
	seqMark     = "seq-mark"
	wireVerdict = `{"code":"0","isFee":1,"seqNo":"` + seqMark + `","data":{"result":1}}`
)

func wireSeq(nonce string) string { return nonce[:min(8, len(nonce))] }

// A rawConn is the server's side of a connection, below HTTP. It keeps every
// byte that arrived.
type rawConn struct {
	net.Conn          // TLS, or the same as raw
	raw      net.Conn // a *net.TCPConn or a pipe
	in       *bufio.Reader
	heard    bytes.Buffer
	nonce    string // of the request read last
}

func newRawConn(c, raw net.Conn) *rawConn {
	r := &rawConn{Conn: c, raw: raw}
	r.in = bufio.NewReader(io.TeeReader(c, &r.heard))
	return r
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
	r.nonce = req.Header.Get("X-Ca-Nonce")
	return r.nonce
}

func (r *rawConn) say(text string) {
	io.WriteString(r, strings.ReplaceAll(text, seqMark, wireSeq(r.nonce)))
}

// rest reads until the other side hangs up.
func (r *rawConn) rest() { io.Copy(io.Discard, r.in) }

func (r *rawConn) reset() {
	if tcp, ok := r.raw.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	r.raw.Close()
}

// serveRaw ends when the listener is closed and every connection was handled.
// With a TLS configuration a connection is handled after its handshake, if that
// succeeds.
func serveRaw(l net.Listener, tc *tls.Config, handle func(*rawConn)) {
	var all sync.WaitGroup
	defer all.Wait()
	for {
		raw, err := l.Accept()
		if err != nil {
			return
		}
		all.Go(func() {
			defer raw.Close()
			if tc == nil {
				handle(newRawConn(raw, raw))
				return
			}
			secure := tls.Server(raw, tc)
			if secure.Handshake() == nil {
				defer secure.Close()
				handle(newRawConn(secure, raw))
			}
		})
	}
}

// wireTLS is a server's configuration, and the roots that trust it also in the
// year 2000, where synctest's clock starts. Ed25519: all its handshakes are of
// one length.
var wireTLS = sync.OnceValues(func() (*tls.Config, *x509.CertPool) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	shape := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotBefore:    time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:     time.Date(2090, 1, 1, 0, 0, 0, 0, time.UTC),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, shape, shape, public, private)
	if err != nil {
		panic(err)
	}
	root, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(root)
	return &tls.Config{
		Certificates:           []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: private}},
		SessionTicketsDisabled: true,
		CurvePreferences:       []tls.CurveID{tls.X25519}, // the fastest
	}, roots
})

// A pipeListener accepts connections without sockets: time that passes on them
// can be faked.
type pipeListener struct {
	accept chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipeListener() *pipeListener {
	return &pipeListener{accept: make(chan net.Conn), closed: make(chan struct{})}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.accept:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }
func (l *pipeListener) Close() error   { l.once.Do(func() { close(l.closed) }); return nil }

type pipeEnd struct {
	net.Conn
	address net.Addr
}

func (p pipeEnd) RemoteAddr() net.Addr { return p.address }

func (l *pipeListener) dial(context.Context, string, string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case l.accept <- there:
		return pipeEnd{here, l.Addr()}, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// wireClient asks at a listener; dial, if it is not nil, makes its connections.
func wireClient(l net.Listener, secure bool, body Body, timeout time.Duration, dial dialFunc) *Client {
	_, roots := wireTLS()
	scheme := "http://"
	if secure {
		scheme = "https://"
	}
	c, err := newClient(Config{
		Endpoint:    scheme + l.Addr().String() + "/mobile3/check",
		Body:        body,
		Credentials: Credentials{AppCode: NewSecret(appCode)},
		Timeout:     timeout,
		Dial:        dial,
	}, tlsConfig(roots))
	if err != nil {
		panic(err)
	}
	return c
}

type dialFunc = func(ctx context.Context, network, address string) (net.Conn, error)

// somebody is a person nobody else asks about.
func somebody(nonce [16]byte) person.Person {
	p := someone
	n := uint32(nonce[0])<<24 | uint32(nonce[1])<<16 | uint32(nonce[2])<<8 | uint32(nonce[3])
	p.Mobile = "154" + strings.Repeat("0", 8-len(decimal(n))) + decimal(n)
	return p
}

func decimal(n uint32) string { return milliseconds(int64(n)) }

// A bill counts, over a whole test, how often each attempt and each person
// reached a server, be it with half a request.
type bill struct {
	mu             sync.Mutex
	nonces, people map[string]int
}

var (
	nonceSeen  = regexp.MustCompile(`X-Ca-Nonce: ([0-9a-f-]{36})`)
	personSeen = regexp.MustCompile(`mobile"?[=:]"?(\d{11})`)
)

func (b *bill) add(bytes []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.nonces == nil {
		b.nonces, b.people = map[string]int{}, map[string]int{}
	}
	for _, m := range nonceSeen.FindAllSubmatch(bytes, -1) {
		b.nonces[string(m[1])]++
	}
	for _, m := range personSeen.FindAllSubmatch(bytes, -1) {
		b.people[string(m[1])]++
	}
}

// times returns how often an attempt was seen.
func (b *bill) times(nonce [16]byte) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return max(b.nonces[formatNonce(nonce)], b.people[somebody(nonce).Mobile])
}

// settle says what was seen, and fails if it is not enough, or anything twice.
func (b *bill) settle(t *testing.T, cases, want int) {
	t.Helper()
	twice := 0
	for _, seen := range []map[string]int{b.nonces, b.people} {
		for _, n := range seen {
			if n > 1 {
				twice++
			}
		}
	}
	t.Logf("%d cases, %d requests, %d people, %d twice", cases, len(b.nonces), len(b.people), twice)
	if twice > 0 {
		t.Errorf("%d were seen twice", twice)
	}
	if cases != want {
		t.Errorf("%d cases were run, and %d are listed", cases, want)
	}
}

// A watch sees what net/http does with one call.
type watch struct {
	begun, answered chan struct{} // the call has its connection; the first byte of an answer
	over            chan struct{} // the call has returned
	mu              sync.Mutex
	conns, reused   int
}

func newWatch() *watch {
	return &watch{begun: make(chan struct{}), answered: make(chan struct{}), over: make(chan struct{})}
}

func (w *watch) context() context.Context { return w.contextWith(func() {}) }

// contextWith does something at the moment the call has its connection.
func (w *watch) contextWith(do func()) context.Context {
	var got, first sync.Once
	return httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.conns++
			if info.Reused {
				w.reused++
			}
			got.Do(func() { do(); close(w.begun) })
		},
		GotFirstResponseByte: func() { first.Do(func() { close(w.answered) }) },
	})
}

// await returns when the event has come, or the call is over.
func (w *watch) await(event chan struct{}) {
	select {
	case <-event:
	case <-w.over:
	}
}
