// Package web is the page: who has Excel and no terminal uploads a list, sees
// what it costs, starts it, watches, and downloads the result.
//
// It knows nothing of persons, sheets or money; the program behind it is an
// Engine. Where to look:
//
//	web.go      what callers use: Config, New, Serve
//	engine.go   what the program behind the page must be able to do
//	guard.go    who may look: token, cookie, Host, Origin, CSRF, CSP
//	batch.go    a batch and its record on disk; store.go all of them, aside.go those that can't be used
//	queue.go    one batch after another is checked or run
//	upload.go   from a browser to the disk
//	handlers.go what each address and form does; settings.go the AppCode, amount.go what
//	            somebody wrote as money, doubts.go what somebody found of calls in doubt
//	pages.go    the screens; views.go what templates are given, words.go both languages
//	live.go     numbers while a batch runs
//
// Whatever the page shows of a person is masked by the Engine. What the server
// keeps in memory does not grow with a list's rows.
package web

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Config is what a server needs to know.
type Config struct {
	Listen  string // a loopback address with a port; port 0 takes any
	Data    string // the folder that everything is kept in; made, mode 0700
	Engine  Engine
	Money   Money
	Sandbox bool
	Service string                 // whom calls go to, as it is shown
	Version string                 // of the program
	Rate    float64                // calls a second that are suggested
	Fixed   bool                   // the AppCode was named at the start; one from the page would not be used
	Retain  time.Duration          // batches go so long after they were last touched; 0: never
	Log     io.Writer              // for who runs the server; nothing in it is a person's
	SyncDir func(dir string) error // makes a rename last through a power cut

	now       func() time.Time
	mostBytes int64         // of one upload
	slowest   time.Duration // without a byte: an upload has ended
	slowForm  time.Duration // for all of a form
	diskRest  time.Duration // before a record that could not be written is tried again
}

// Money says what calls cost. It is the program's, so that a price is rounded in
// one place only.
type Money struct {
	Price  string                                // of one call
	Cost   func(calls int64) string              // what so many cost
	Add    func(cost string, calls int64) string // what Cost wrote, and so many calls more
	Plain  func(calls int64) string              // the same as a form holds it, without a sign
	Afford func(yuan string) (int64, error)      // how many calls an amount buys
}

// Server is a page with its batches. Make one with New.
type Server struct {
	Config
	listener net.Listener
	guard    *guard
	store    *store
	queue    *queue
	pages    pages
	uploads  chan struct{} // one token for each upload that may be under way
}

// ErrAddress: the page is for this machine only.
var ErrAddress = errors.New("not an address of this machine alone")

const secretFile = "session.key"

// New opens the data folder and the address. Nothing is served and no batch goes
// on before Serve.
func New(c Config) (*Server, error) {
	if c.now == nil {
		c.now = time.Now
	}
	if c.mostBytes == 0 {
		c.mostBytes, c.slowest = mostBytes, slowest
	}
	if c.slowForm == 0 {
		c.slowForm = slowest
	}
	if c.diskRest == 0 {
		c.diskRest = diskRest
	}
	if c.Log == nil {
		c.Log = io.Discard
	}
	if err := loopback(c.Listen); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	if err := os.Chmod(c.Data, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	if err := clearHalves(c.Data); err != nil {
		fmt.Fprintf(c.Log, "what a crash has left in the data folder can't be cleared away: %v\n", unnamed(err))
	}
	secret, err := sessionSecret(filepath.Join(c.Data, secretFile))
	if err != nil {
		fmt.Fprintf(c.Log, "%s can't be kept, so pages that are open now have to be opened again after the next start: %v\n", secretFile, unnamed(err))
	}
	s := &Server{Config: c, uploads: make(chan struct{}, mostUploads)}
	if s.store, err = openStore(c); err != nil {
		return nil, err
	}
	s.pages, err = parsePages()
	if err != nil {
		return nil, err
	}
	s.queue = newQueue(s)
	if s.listener, err = net.Listen("tcp", c.Listen); err != nil {
		return nil, err
	}
	s.guard = newGuard(secret, s.listener.Addr().(*net.TCPAddr))
	return s, nil
}

// loopback refuses every address that another machine could reach.
func loopback(listen string) error {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrAddress, err)
	}
	if host == "localhost" {
		return nil
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("%w: %s", ErrAddress, listen)
	}
	return nil
}

// sessionSecret outlives a restart, so that an open page goes on. Where it can't be kept, which the error says, it is
// good until the server ends: nothing else depends on it.
func sessionSecret(path string) ([]byte, error) {
	b, err := os.ReadFile(path)
	if err == nil && len(b) == 32 {
		return b, nil
	}
	b = make([]byte, 32)
	rand.Read(b) // never fails
	return b, WriteFile(path, b)
}

// Address is where the page is, with the token that opens it.
func (s *Server) Address() string {
	return s.guard.base + "/?token=" + s.guard.token
}

// AddressOnce opens the page a single time. It is for the command line of a browser, which
// others on this machine can read.
func (s *Server) AddressOnce() string {
	if once := s.guard.once.Load(); once != nil {
		return s.guard.base + "/?token=" + *once
	}
	return s.guard.base
}

// Serve serves until ctx ends, then takes no new call, waits for those under way,
// and leaves every batch so that the next Serve goes on with it.
func (s *Server) Serve(ctx context.Context) error {
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	ctx, end := context.WithCancel(ctx)
	defer end()
	server := &http.Server{
		Handler:           s.handler(),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          log.New(io.Discard, "", 0), // what it says can hold a request's text
		BaseContext:       func(net.Listener) context.Context { return working },
	}
	var tasks sync.WaitGroup
	tasks.Go(func() { s.queue.checks(ctx) })
	tasks.Go(func() { s.queue.runs(ctx) })
	tasks.Go(func() { s.sweep(ctx) })
	failed := make(chan error, 1)
	tasks.Go(func() { failed <- server.Serve(s.listener) })

	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
		end() // nobody can see or stop what goes on
	}
	s.queue.close() // ends the events, too
	patience, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if server.Shutdown(patience) != nil {
		server.Close() // an upload in the middle: nothing of it is kept
	}
	tasks.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return err
}

// sweep deletes what has been kept long enough, now and every hour.
func (s *Server) sweep(ctx context.Context) {
	if s.Retain <= 0 {
		return
	}
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		for _, b := range s.store.expired(s.now().Add(-s.Retain)) {
			if err := s.store.remove(b.ID); err != nil {
				fmt.Fprintf(s.Log, "batch %s can't be deleted: %v\n", b.ID, unnamed(err))
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func randomHex(bytes int) string {
	b := make([]byte, bytes)
	rand.Read(b) // never fails
	return hex.EncodeToString(b)
}
