package sandbox

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
)

// Sandbox is the stand-in as an http.Handler. Its methods are safe for many
// goroutines. Whoever made it must Close it.
type Sandbox struct {
	cfg      Config
	key      []byte
	digester *digester
	bill     *bill
	quota    quota
	limit    atomic.Pointer[bucket] // nil: none
	nonces   nonces

	requests atomic.Int64
	answers  atomic.Int64 // calls while there is a Config.Answer
	free     atomic.Int64 // answers with a seqNo that are not on the bill

	onceMu sync.Mutex
	once   map[onceKey]struct{}

	// A request holds gate for reading, Close takes it for writing.
	gate      sync.RWMutex
	closed    bool
	closing   chan struct{} // closed by Close: the vendor hurries
	closeOnce sync.Once
	closeErr  error
}

// New opens the bill. Errors: ErrNotBill, ErrKey, those of the file system and
// those of a Config that makes no sense.
func New(cfg Config) (*Sandbox, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	bill, err := openBill(cfg.Bill)
	if err != nil {
		return nil, err
	}
	key, err := billKey(cfg.Key, cfg.Bill, bill.n)
	if err != nil {
		return nil, errors.Join(err, bill.close())
	}
	s := &Sandbox{
		cfg:      cfg,
		key:      key,
		digester: newDigester(key),
		bill:     bill,
		once:     make(map[onceKey]struct{}),
		closing:  make(chan struct{}),
	}
	s.quota.set(cfg.Quota)
	s.limit.Store(newBucket(cfg.Limit, cfg.Now()))
	return s, nil
}

// ServeHTTP answers /mobile3/check and the sandbox's own pages.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.gate.RLock()
	defer s.gate.RUnlock()
	id := newRequestID()
	switch {
	case s.closed:
		s.refuse(w, id, serviceBusy)
	case r.URL.Path == checkPath:
		s.check(w, r, id)
	case r.URL.Path == "/" && isRead(r):
		s.servePage(w, id)
	case r.URL.Path == "/bill" && isRead(r):
		s.serveBill(w, r, id)
	case r.URL.Path == "/sandbox/quota" && r.Method == http.MethodPost:
		s.serveQuota(w, r, id)
	case r.URL.Path == "/sandbox/limit" && r.Method == http.MethodPost:
		s.serveLimit(w, r, id)
	default:
		s.refuse(w, id, unknownPath)
	}
}

func isRead(r *http.Request) bool {
	return r.Method == http.MethodGet || r.Method == http.MethodHead
}

func (s *Sandbox) serveBill(w http.ResponseWriter, r *http.Request, id requestID) {
	h := stamp(w, id)
	if r.URL.Query().Get("summary") == "1" {
		h["Content-Type"] = headerJSON
		json.NewEncoder(w).Encode(s.Summary())
		return
	}
	h["Content-Type"] = headerLines
	out := bufio.NewWriterSize(w, 64<<10)
	err := s.bill.each(func(line []byte) error {
		_, err := out.Write(line)
		return err
	})
	if err != nil {
		panic(http.ErrAbortHandler) // an incomplete bill must not look complete
	}
	out.Flush()
}

func (s *Sandbox) serveQuota(w http.ResponseWriter, r *http.Request, id requestID) {
	left, err := strconv.Atoi(r.URL.Query().Get("left"))
	h := stamp(w, id)
	h["Content-Type"] = headerText
	if err != nil || left < -1 {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintln(w, "left: want a whole number, or -1 for no end")
		return
	}
	s.SetQuota(left)
	fmt.Fprintf(w, "left: %d\n", left)
}

func (s *Sandbox) serveLimit(w http.ResponseWriter, r *http.Request, id requestID) {
	rate, err := strconv.ParseFloat(r.URL.Query().Get("rate"), 64)
	if err == nil {
		err = s.SetLimit(rate)
	}
	h := stamp(w, id)
	h["Content-Type"] = headerText
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintln(w, "rate: want calls a second, or 0 for no limit")
		return
	}
	fmt.Fprintf(w, "rate: %g\n", rate)
}

// SetLimit changes how many calls a second are let through, as Config.Limit says. Its
// error: that makes no sense.
func (s *Sandbox) SetLimit(rate float64) error {
	cfg := s.cfg
	cfg.Limit = rate
	if err := cfg.validate(); err != nil {
		return err
	}
	s.limit.Store(newBucket(rate, s.cfg.Now()))
	return nil
}

// SetQuota is a purchase: left calls may be counted from now on; negative: without end.
func (s *Sandbox) SetQuota(left int) { s.quota.set(left) }

// Summary is the bill in numbers.
type Summary struct {
	Requests    int `json:"requests"`    // to /mobile3/check since this start
	Billed      int `json:"billed"`      // lines on the bill, earlier starts included
	People      int `json:"people"`      // on the bill
	BilledTwice int `json:"billedTwice"` // people with more than one line
	Quota       int `json:"quota"`       // counted calls left; -1: without end
}

// Summary may be called at any time, also after Close.
func (s *Sandbox) Summary() Summary {
	billed, people, twice := s.bill.counts()
	return Summary{int(s.requests.Load()), billed, people, twice, s.quota.remaining()}
}

// Calls is the number of requests since this start, and of lines on the bill.
func (s *Sandbox) Calls() (requests, billed int) {
	billed, _, _ = s.bill.counts()
	return int(s.requests.Load()), billed
}

// Bill is the whole bill; one that has a file is read back from it. Also after Close.
func (s *Sandbox) Bill() ([]Line, error) { return s.bill.lines() }

// Digest names a person as this sandbox's bill does.
func (s *Sandbox) Digest(name, mobile, idCard string) string {
	return Digest(s.key, name, mobile, idCard)
}

// TimesBilled is how often the person of this digest stands on the bill.
func (s *Sandbox) TimesBilled(digest string) int {
	p, ok := parsePerson(digest)
	if !ok {
		return 0
	}
	return s.bill.timesOf(p)
}

// Err is the failed write after which every call is refused with X500ER, or nil.
func (s *Sandbox) Err() error { return s.bill.failure() }

func (s *Sandbox) freeSeqNo() string {
	return fmt.Sprintf("SX%s-%010d", s.bill.instance, s.free.Add(1))
}

// hurry makes the vendor answer what it is working on at once.
func (s *Sandbox) hurry() { s.closeOnce.Do(func() { close(s.closing) }) }

// Close has calls under way billed and answered at once, waits for them and
// closes the bill. Later calls are refused. It returns the bill's first
// failure, and may be called again.
func (s *Sandbox) Close() error {
	s.hurry()
	s.gate.Lock()
	defer s.gate.Unlock()
	if s.closed {
		return s.closeErr
	}
	s.closed = true
	s.closeErr = s.bill.close()
	return s.closeErr
}
