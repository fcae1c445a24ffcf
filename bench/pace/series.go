package main

import (
	"errors"
	"fmt"
	"io"
	"time"
)

const (
	settling = 30 * time.Second
	shortest = 4 * settling // two sevenths of it, a step of the changing limit, leave something to count after settling
	least    = 0.85         // of the limit
	most     = 0.02         // of all calls, throttled
)

// step is a limit, in calls a second, from a time on.
type step struct {
	from  time.Duration
	limit float64
}

// plan is one measurement.
type plan struct {
	title string
	rate  float64
	steps []step // the first one from 0 on
}

// series is what the sandbox saw, second by second.
type series struct {
	plan
	given, throttled []int
	twice            int // people who were charged more than once
}

// add counts an answer that left at a time since the start.
func (s *series) add(since time.Duration, status int) {
	second := int(since / time.Second)
	if since < 0 || second >= len(s.given) {
		return
	}
	switch {
	case status == 429:
		s.throttled[second]++
	case status >= 200 && status < 300:
		s.given[second]++
	}
}

// limitAt is the limit in a second.
func (p plan) limitAt(second int) (limit float64) {
	for _, st := range p.steps {
		if int(st.from/time.Second) <= second {
			limit = st.limit
		}
	}
	return limit
}

// stretch sums up the seconds [from, to).
func (s *series) stretch(from, to int) (perSecond, throttled float64) {
	given, refused := 0, 0
	for i := from; i < to; i++ {
		given += s.given[i]
		refused += s.throttled[i]
	}
	if given+refused == 0 {
		return 0, 0
	}
	return float64(given) / float64(to-from), float64(refused) / float64(given+refused)
}

// below counts the seconds of [from, to) with fewer calls than the aim: a mean hides a trough.
func (s *series) below(from, to int, limit float64) (n int) {
	for _, given := range s.given[from:to] {
		if float64(given) < least*limit {
			n++
		}
	}
	return n
}

// reached is how many seconds after a step the calls of three seconds came within the aim of the limit, from below or
// from above; -1: never before the end.
func (s *series) reached(from, to int, limit float64) int {
	const span = 3
	for i := from; i+span <= to; i++ {
		if got, _ := s.stretch(i, i+span); got >= least*limit && got <= (2-least)*limit {
			return i + span - from
		}
	}
	return -1
}

// report prints each stretch, and says which targets were missed.
func (s *series) report(out io.Writer) error {
	fmt.Fprintln(out, s.title)
	var missed []error
	miss := func(format string, args ...any) { missed = append(missed, fmt.Errorf(s.title+": "+format, args...)) }
	seconds := len(s.given)
	for i, st := range s.steps {
		from, to := int(st.from/time.Second), seconds
		if i+1 < len(s.steps) {
			to = int(s.steps[i+1].from / time.Second)
		}
		settled := from + int(settling/time.Second)
		at := s.reached(from, to, st.limit)
		got, refused := s.stretch(settled, to)
		fmt.Fprintf(out, "  limit %3g from second %3d: within 15 %% after %d s; from second %d on %.1f calls/s, %.1f %% of the limit, %d of %d seconds below %.0f %%, %.2f %% throttled\n",
			st.limit, from, at, settled, got, 100*got/st.limit, s.below(settled, to, st.limit), to-settled, 100*least, 100*refused)
		if at < 0 || at > int(settling/time.Second) {
			miss("the limit of %g was not found within %v", st.limit, settling)
		}
		if got < least*st.limit {
			miss("only %.1f calls/s of %g", got, st.limit)
		}
		if refused > most {
			miss("%.1f %% of the calls were throttled", 100*refused)
		}
	}
	if all, _ := s.stretch(0, seconds); all == 0 {
		miss("no call was counted")
	}
	fmt.Fprintf(out, "  charged twice: %d\n", s.twice)
	if s.twice > 0 {
		miss("%d people were charged twice", s.twice)
	}
	return errors.Join(missed...)
}
