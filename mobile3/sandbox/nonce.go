package sandbox

import (
	"sync"
	"time"
)

const nonceWindow = 15 * time.Minute

// nonces remembers the nonces of the last fifteen minutes.
type nonces struct {
	mu    sync.Mutex
	seen  map[string]struct{}
	order []nonceUse // oldest first, from head on
	head  int
}

type nonceUse struct {
	nonce string
	at    time.Time
}

// use reports whether the nonce is new, and remembers it.
func (s *nonces) use(nonce string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget(now)
	if _, used := s.seen[nonce]; used {
		return false
	}
	if s.seen == nil {
		s.seen = make(map[string]struct{})
	}
	s.seen[nonce] = struct{}{}
	s.order = append(s.order, nonceUse{nonce, now})
	return true
}

func (s *nonces) forget(now time.Time) {
	for s.head < len(s.order) && now.Sub(s.order[s.head].at) >= nonceWindow {
		delete(s.seen, s.order[s.head].nonce)
		s.order[s.head] = nonceUse{}
		s.head++
	}
	if s.head > 1024 && s.head > len(s.order)/2 {
		s.order = append(s.order[:0:0], s.order[s.head:]...)
		s.head = 0
	}
}
