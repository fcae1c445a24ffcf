package mobile3

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"sync"
	"syscall"
	"time"
)

var (
	errSealed      = errors.New("the connection is sealed: its request was given up")
	errNotLoopback = errors.New("plain http would leave this machine")
)

// A conn counts the writes it was asked for, above TLS: handshakes and alerts do
// not count. Once sealed it writes nothing more, so that a decision that nothing
// was sent stays true.
type conn struct {
	net.Conn
	socket syscall.RawConn // below TLS; nil: it can't be looked at
	mu     sync.Mutex
	writes uint64
	heard  uint64 // what writes was when bytes came last
	read   uint64 // how often bytes came
	sealed bool
	taken  chan struct{} // closed when the attempt that had it last is judged; nil: none had it
}

// newConn makes a conn of a connection and what is below its TLS, if it has any.
func newConn(c, raw net.Conn) *conn {
	made := &conn{Conn: c}
	if socket, ok := raw.(syscall.Conn); ok {
		made.socket, _ = socket.SyscallConn() // nil if it fails
	}
	return made
}

func (c *conn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 {
		c.mu.Lock()
		c.heard = c.writes
		c.read++
		c.mu.Unlock()
	}
	return n, err
}

func (c *conn) Write(b []byte) (int, error) {
	c.mu.Lock()
	if c.sealed {
		c.mu.Unlock()
		return 0, errSealed
	}
	c.writes++ // before the write: how much of it left can't be known afterwards
	c.mu.Unlock()
	return c.Conn.Write(b)
}

func (c *conn) written() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.writes
}

// answers reports whether bytes came after a write that followed the count since.
func (c *conn) answers(since uint64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.heard > since
}

// waiting reports whether the system holds bytes that nobody has read.
func (c *conn) waiting() bool {
	if c.socket == nil {
		return false
	}
	waiting, _ := peek(c.socket)
	return waiting
}

// silent reports whether nothing lies in a kept connection, as it must before it
// carries a request: no end, no goodbye of TLS, no answer that nobody asked for.
func (c *conn) silent() bool {
	if c.socket == nil {
		return true
	}
	waiting, ended := peek(c.socket)
	return !waiting && !ended
}

// takenBy notes who has the connection, and returns who had it before.
func (c *conn) takenBy(done chan struct{}) (before chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	before, c.taken = c.taken, done
	return before
}

// progress counts the times that bytes came.
func (c *conn) progress() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.read
}

// seal ends all writing and reports whether any began since the count was since.
func (c *conn) seal(since uint64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sealed = true
	return c.writes != since
}

const (
	dialTimeout      = 10 * time.Second
	handshakeTimeout = 10 * time.Second
)

// tlsConfig offers HTTP/1.1 alone. Nil roots are the system's.
func tlsConfig(roots *x509.CertPool) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: []string{"http/1.1"},
		RootCAs:    roots,
	}
}

// A dialer makes conns. Dialling may outlive the call that wanted it (net/http
// keeps the connection for another one), but not life.
type dialer struct {
	life context.Context // ends with Client.Close
	tls  *tls.Config
	open func(ctx context.Context, network, address string) (net.Conn, error)
}

func newDialer(life context.Context, tc *tls.Config, open func(context.Context, string, string) (net.Conn, error)) *dialer {
	if open == nil {
		open = directly
	}
	return &dialer{life: life, tls: tc, open: open}
}

var directly = (&net.Dialer{KeepAlive: 15 * time.Second}).DialContext

// A dialError says how far a connection got. It wraps no text of the server's.
type dialError struct {
	slug string
	err  error
}

func (e *dialError) Error() string { return "can't connect: " + e.slug }
func (e *dialError) Unwrap() error { return e.err }

func (d *dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	raw, err := d.connect(ctx, network, address)
	if err != nil {
		return nil, err
	}
	// localhost is what the resolver says it is.
	remote, ok := raw.RemoteAddr().(*net.TCPAddr)
	if !ok || !remote.IP.IsLoopback() {
		raw.Close()
		return nil, &dialError{"not-loopback", errNotLoopback}
	}
	return newConn(raw, raw), nil
}

func (d *dialer) dialTLS(ctx context.Context, network, address string) (net.Conn, error) {
	raw, err := d.connect(ctx, network, address)
	if err != nil {
		return nil, err
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		raw.Close()
		return nil, dialFailed("tls", err)
	}
	ctx, cancel := d.limited(ctx, handshakeTimeout)
	defer cancel()
	cfg := d.tls.Clone()
	cfg.ServerName = host
	secure := tls.Client(raw, cfg)
	if err := secure.HandshakeContext(ctx); err != nil {
		raw.Close()
		return nil, dialFailed("tls", err)
	}
	return newConn(secure, raw), nil
}

func (d *dialer) connect(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := d.limited(ctx, dialTimeout)
	defer cancel()
	raw, err := d.open(ctx, network, address)
	if err != nil {
		return nil, dialFailed("connect", err)
	}
	return raw, nil
}

func (d *dialer) limited(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	stop := context.AfterFunc(d.life, cancel)
	return ctx, func() { stop(); cancel() }
}

func dialFailed(stage string, err error) error {
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	var timeout net.Error
	var known *dialError // how far a tunnel got
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &dns):
		return &dialError{"dns", err}
	case errors.As(err, &certificate):
		return &dialError{"tls-certificate", err}
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return &dialError{stage + "-timeout", err}
	}
	return &dialError{stage, err}
}
