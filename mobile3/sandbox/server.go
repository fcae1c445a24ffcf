package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// ErrNotLoopback is what Start's error wraps for an address other machines could reach.
var ErrNotLoopback = errors.New("the sandbox listens on loopback addresses only")

const (
	idleTimeout   = 25 * time.Second // as the real gateway
	headerTimeout = 10 * time.Second
	closeTimeout  = 5 * time.Second
)

// Server is a Sandbox that listens.
type Server struct {
	*Sandbox
	listener net.Listener
	server   *http.Server
	served   chan error // one value: why serving ended
	silent   sync.Map   // net.Conn: those that have not sent a byte yet

	once sync.Once
	err  error
}

// Start listens on addr, such as 127.0.0.1:0 or localhost:8080, and serves until
// Close. Errors: ErrNotLoopback, those of the network and those of New.
func Start(cfg Config, addr string) (*Server, error) {
	addr, err := loopback(addr)
	if err != nil {
		return nil, err
	}
	sandbox, err := New(cfg)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("sandbox: %w", err), sandbox.Close())
	}
	s := &Server{Sandbox: sandbox, listener: listener, served: make(chan error, 1)}
	s.server = &http.Server{
		Handler:           sandbox,
		IdleTimeout:       idleTimeout,
		ReadHeaderTimeout: headerTimeout,
		ErrorLog:          log.New(io.Discard, "", 0),
		ConnState:         s.connState,
	}
	go func() { s.served <- s.server.Serve(listener) }()
	return s, nil
}

// connState knows the connections that Shutdown would wait five seconds for,
// such as a client's spare ones.
func (s *Server) connState(conn net.Conn, state http.ConnState) {
	if state != http.StateNew {
		s.silent.Delete(conn)
		return
	}
	s.silent.Store(conn, nil)
	select {
	case <-s.closing:
		conn.Close()
	default:
	}
}

func (s *Server) closeSilent() {
	s.silent.Range(func(conn, _ any) bool {
		conn.(net.Conn).Close()
		return true
	})
}

func loopback(addr string) (string, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", fmt.Errorf("sandbox: address %q: %w", addr, err)
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return "", fmt.Errorf("sandbox: address %q: %w, such as 127.0.0.1:8080", addr, ErrNotLoopback)
	}
	return net.JoinHostPort(host, port), nil
}

// URL is the endpoint, such as http://127.0.0.1:8080/mobile3/check.
func (s *Server) URL() string { return s.Base() + checkPath }

// Base is the address of the sandbox's own pages, without a slash at its end.
func (s *Server) Base() string { return "http://" + s.listener.Addr().String() }

// Close takes no new connections, has calls under way billed and answered at
// once, waits for all of them and closes the bill. It may be called again.
func (s *Server) Close() error {
	s.once.Do(func() {
		s.hurry()
		s.closeSilent()
		ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		if s.server.Shutdown(ctx) != nil {
			s.server.Close() // somebody neither reads nor leaves
		}
		if err := <-s.served; !errors.Is(err, http.ErrServerClosed) {
			s.err = fmt.Errorf("sandbox: %w", err)
		}
		s.err = errors.Join(s.err, s.Sandbox.Close())
	})
	return s.err
}
