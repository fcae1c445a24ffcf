package main

import (
	"slices"
	"sync"
	"time"

	"mobile3batch/mobile3/sandbox"
)

// stand is a sandbox in this process, for one run.
type stand struct {
	*sandbox.Server
	mu   sync.Mutex
	seen []time.Time // when requests came, if they are timed
}

func newStand(latency time.Duration, timed bool, billed func(int)) (*stand, error) {
	s := &stand{}
	cfg := sandbox.Defaults()
	cfg.Latency, cfg.OnBilled = latency, billed
	if timed {
		cfg.OnBilled = func(int) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.seen = append(s.seen, time.Now())
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

// once makes sure that everybody was charged, and nobody twice.
func (s *stand) once(people int) error {
	sum := s.Summary()
	if err := expect("charged twice", sum.BilledTwice, 0); err != nil {
		return err
	}
	return expect("people charged", sum.People, people)
}
