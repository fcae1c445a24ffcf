package main

import (
	"net/http"
	"slices"
	"sync"
	"time"

	"mobile3batch/mobile3/sandbox"
)

// stand is a sandbox in this process, for one run.
type stand struct {
	*sandbox.Server
	mu   sync.Mutex
	seen []time.Time   // when requests were billed, if they are timed
	work time.Duration // from their coming until then, over all
}

func newStand(latency time.Duration, timed bool, billed func(int)) (*stand, error) {
	s := &stand{}
	cfg := sandbox.Defaults()
	cfg.Latency, cfg.OnBilled = latency, billed
	if timed {
		began := time.Now()
		cfg.OnRequest = func(*http.Request) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.work -= time.Since(began)
		}
		cfg.OnBilled = func(int) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.seen = append(s.seen, time.Now())
			s.work += time.Since(began)
		}
	}
	server, err := sandbox.Start(cfg, "127.0.0.1:0")
	s.Server = server
	return s, err
}

// steady is how many calls a second were answered between the first tenth of them and the last.
func (s *stand) steady() float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.SortFunc(s.seen, time.Time.Compare)
	tenth := len(s.seen) / 10
	part := s.seen[tenth : len(s.seen)-tenth]
	if len(part) < 2 {
		return 0
	}
	return float64(len(part)-1) / part[len(part)-1].Sub(part[0]).Seconds()
}

// served is how long a call really took here, the latency that was asked for and how late its timer was.
func (s *stand) served() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.work / time.Duration(max(len(s.seen), 1))
}

// once makes sure that everybody was charged, and nobody twice.
func (s *stand) once(people int) error {
	sum := s.Summary()
	if err := expect("charged twice", sum.BilledTwice, 0); err != nil {
		return err
	}
	return expect("people charged", sum.People, people)
}
