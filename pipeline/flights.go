package pipeline

import (
	"sync"

	"mobile3batch/checkpoint"
)

// slot is a row's place in the output, fixed when it is queued. It receives
// exactly one result and has room for it, so nobody can block on filling it.
type slot struct {
	result Result
	filled chan struct{} // nil: result stood when the slot was queued
}

// set gives the slot its result. What is the row's own stays: its cells, and
// what was found in them.
func (s *slot) set(res Result) {
	res.Row, res.Findings = s.result.Row, s.result.Findings
	s.result = res
}

func (s *slot) fill(res Result) {
	s.set(res)
	close(s.filled)
}

func (s *slot) wait() Result {
	if s.filled != nil {
		<-s.filled
	}
	return s.result
}

// flights knows who is being asked at this moment, so that the rows of one
// person share one call, and who was refused in this run, so that a duplicate
// is never asked itself.
type flights struct {
	mu      sync.Mutex
	open    map[checkpoint.Key][]*slot
	refused map[checkpoint.Key]string // the code
}

func newFlights() *flights {
	return &flights{open: make(map[checkpoint.Key][]*slot), refused: make(map[checkpoint.Key]string)}
}

// join adds s to the call under way for k, if there is one.
func (f *flights) join(k checkpoint.Key, s *slot) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	waiting, ok := f.open[k]
	if ok {
		s.filled = make(chan struct{})
		f.open[k] = append(waiting, s)
	}
	return ok
}

// begin opens the call for k, asked for the row of s.
func (f *flights) begin(k checkpoint.Key, s *slot) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s.filled = make(chan struct{})
	f.open[k] = nil
}

// end gives the result to the row that was asked and to all who joined it. The
// checkpoint must know the answer by now: whoever comes next looks there.
func (f *flights) end(k checkpoint.Key, asked *slot, res Result) {
	f.mu.Lock()
	waiting := f.open[k]
	delete(f.open, k)
	if res.refused != "" { // whatever the row shows: who was in doubt still is
		f.refused[k] = res.refused
	}
	f.mu.Unlock()

	asked.fill(res)
	for _, s := range waiting {
		shared := res
		if res.Source == FromAPI {
			shared.Source = FromDuplicate
		}
		s.fill(shared)
	}
}

func (f *flights) refusal(k checkpoint.Key) (code string, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	code, ok = f.refused[k]
	return code, ok
}
