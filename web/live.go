package web

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"sync"
	"time"
)

const (
	eventEvery  = 500 * time.Millisecond
	sampleEvery = time.Second
	rateSpan    = 10 // samples over which the pace is measured
	mostPoints  = 600
)

// live is a run's numbers while it runs, and the chart of its pace. It is as large
// as its chart, however long the run.
type live struct {
	now func() time.Time

	mu      sync.Mutex
	look    func() Progress // nil: not yet known
	stopped bool            // the run has ended, and the disk does not take its record
	earlier int64           // calls of earlier runs of the batch
	recent  []moment        // the newest rateSpan
	chart   []Point
	every   int // samples to a point
	skipped int
}

type moment struct {
	at    time.Time
	calls int64
}

func newLive(now func() time.Time) *live { return &live{now: now, every: 1} }

func (l *live) begin(earlier int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.earlier = earlier
}

func (l *live) watch(look func() Progress) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.look = look
}

func (l *live) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stopped = true
}

// sample measures the pace until ctx ends.
func (l *live) sample(ctx context.Context) {
	tick := time.NewTicker(sampleEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			l.take()
		case <-ctx.Done():
			return
		}
	}
}

func (l *live) take() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.look == nil {
		return
	}
	l.recent = append(l.recent, moment{l.now(), l.look().Calls})
	if len(l.recent) > rateSpan {
		l.recent = l.recent[1:]
	}
	if l.skipped++; l.skipped < l.every {
		return
	}
	l.skipped = 0
	l.chart = append(l.chart, Point{l.now().Unix(), l.rate()})
	if len(l.chart) > mostPoints { // half as many, twice as far apart
		for i := range l.chart[:len(l.chart)/2] {
			l.chart[i] = l.chart[2*i]
		}
		l.chart = l.chart[:len(l.chart)/2]
		l.every *= 2
	}
}

// rate is calls a second, lately.
func (l *live) rate() float64 {
	if len(l.recent) < 2 {
		return 0
	}
	first, last := l.recent[0], l.recent[len(l.recent)-1]
	if d := last.at.Sub(first.at).Seconds(); d > 0 {
		return float64(last.calls-first.calls) / d
	}
	return 0
}

// snapshot is what a page shows now.
func (l *live) snapshot(cost func(int64) string, chart bool) Live {
	l.mu.Lock()
	defer l.mu.Unlock()
	v := Live{Left: -1, Calls: l.earlier, Cost: cost(l.earlier)}
	if chart {
		v.Chart = append([]Point{}, l.chart...)
	}
	if l.look == nil {
		return v
	}
	p := l.look()
	v.Rows, v.Status, v.Flying, v.Waiting = p.Rows, p.Status, p.Flying, p.Waiting
	v.Calls, v.ToAsk, v.Rate = l.earlier+p.Calls, l.earlier+p.ToAsk, l.rate()
	v.Cost = cost(l.earlier + p.Spent)
	if l.stopped {
		v.Full, v.Rate = true, 0
	}
	if left := p.ToAsk - p.Done; v.Rate > 0 && left >= 0 {
		v.Left = int64(float64(left)/v.Rate + 0.5)
	}
	return v
}

// liveNow is what a batch's page shows, whatever its state.
func (s *Server) liveNow(b batch, chart bool) Live {
	v := Live{Left: -1}
	if l := s.queue.liveOf(b.ID); l != nil {
		v = l.snapshot(s.costs(b.Last), chart)
	} else if b.begun() {
		v.Calls, v.Cost = s.figures(b)
		if b.Last != nil {
			v.Status = b.Last.Status
		}
		for name, n := range v.Status {
			if name != "pending" {
				v.Rows += n
			}
		}
	}
	v.State = b.State
	if b.Check != nil {
		v.Total = b.Check.Counts.Rows
	}
	if b.State == Running || b.State == Pausing {
		v.Status = maps.Clone(v.Status)
		if v.Status == nil {
			v.Status = map[string]int64{}
		}
		v.Status["pending"] += max(v.Total-v.Rows, 0)
	}
	if b.Start != nil {
		v.ToAsk = max(v.ToAsk, b.Start.ToAsk)
	}
	if v.Cost == "" {
		v.Cost = s.Money.Cost(0)
	}
	return v
}

// gone is how many of the agreed calls are gone by now. Where nobody can tell, it is all that may be gone.
func (s *Server) gone(b batch) int64 {
	r, err := s.Engine.Recorded(b.ID)
	if err != nil {
		return b.atMost()
	}
	return b.gone(r)
}

// figures are how many calls a batch at rest has made, and what they have cost.
func (s *Server) figures(b batch) (calls int64, cost string) {
	gone := s.gone(b)
	calls = gone
	if b.Last != nil {
		calls = max(calls, b.Last.Calls)
	}
	return calls, s.costs(b.Last)(gone)
}

// costs says what calls cost that were made since, too: those before at the price of then. What was found to be free is
// taken off only if all of them were made at the price of now: else nobody can tell what it had cost.
func (s *Server) costs(l *last) func(calls int64) string {
	return func(calls int64) string {
		if l == nil || calls < l.Spent && s.costOf(l) == s.Money.Cost(l.Spent) {
			return s.Money.Cost(calls)
		}
		return s.Money.Add(s.costOf(l), max(calls-l.Spent, 0))
	}
}

// costOf is what a batch has cost. A record of an earlier version does not say it.
func (s *Server) costOf(l *last) string {
	if l.Cost != "" {
		return l.Cost
	}
	return s.Money.Cost(l.Spent)
}

// events sends a batch's numbers twice a second, until it is at rest.
func (s *Server) events(w http.ResponseWriter, r *http.Request, b batch) {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	out := http.NewResponseController(w)
	tick := time.NewTicker(eventEvery)
	defer tick.Stop()
	for first := true; ; first = false {
		b, err := s.store.get(b.ID)
		if err != nil {
			return
		}
		text, err := json.Marshal(s.liveNow(b, first))
		if err != nil {
			return
		}
		if err := out.SetWriteDeadline(time.Now().Add(10 * time.Second)); err != nil {
			return
		}
		if _, err := fmt.Fprintf(w, "retry: 2000\ndata: %s\n\n", text); err != nil || out.Flush() != nil {
			return
		}
		if !b.State.goes() {
			return
		}
		select {
		case <-tick.C:
		case <-r.Context().Done():
			return
		case <-s.queue.ended:
			return
		}
	}
}
