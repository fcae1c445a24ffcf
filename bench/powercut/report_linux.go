package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"mobile3batch/cli/selftest"
)

// counts are what happened, apart from the verdict.
type counts struct {
	cuts    int
	losing  int // cuts that lost something that was written
	dropped int64
	kinds   map[string]int // cuts by their moment
	fates   map[string]int // cuts by what was left
}

func (c *counts) count(kind, fate string, dropped int64) {
	if c.kinds == nil {
		c.kinds, c.fates = make(map[string]int), make(map[string]int)
	}
	c.cuts++
	c.kinds[kind]++
	c.fates[fate]++
	c.dropped += dropped
	if dropped > 0 {
		c.losing++
	}
}

// report is all campaigns together.
type report struct {
	selftest.Verdict
	counts
	lists int
	most  int // people that may be in doubt at most
	began time.Time
}

func (r *report) add(c *campaign) {
	r.lists++
	r.Verdict.Add(c.verdict)
	r.most += c.workers * c.within
	if r.kinds == nil {
		r.kinds, r.fates = make(map[string]int), make(map[string]int)
	}
	r.cuts += c.cuts
	r.losing += c.losing
	r.dropped += c.dropped
	for kind, n := range c.kinds {
		r.kinds[kind] += n
	}
	for fate, n := range c.fates {
		r.fates[fate] += n
	}
}

func (r *report) print(w io.Writer) {
	took := time.Since(r.began)
	fmt.Fprintf(w, "cuts          %d (%s)\n", r.cuts, list(r.kinds, atCharge, afterCharge, atEvent, atMoment, atEnd))
	fmt.Fprintf(w, "rows          %d in %d lists\n", r.Rows, r.lists)
	fmt.Fprintf(w, "billed        %d\n", r.Billed)
	fmt.Fprintf(w, "billed twice  %d\n", r.Twice)
	fmt.Fprintf(w, "lost          %d\n", r.Lost)
	fmt.Fprintf(w, "wrong         %d\n", r.Wrong)
	fmt.Fprintf(w, "in doubt      %d, at most %d allowed\n", r.InDoubt, r.most)
	fmt.Fprintf(w, "dropped       %d bytes that were written and not flushed, by %d cuts (survived: %s)\n",
		r.dropped, r.losing, list(r.fates, "none", "one", "some", "first", "all but one", "all"))
	fmt.Fprintf(w, "time          %s, %.2f s a cut\n", took.Round(time.Second/10), took.Seconds()/float64(max(r.cuts, 1)))
}

func list(counts map[string]int, names ...string) string {
	var parts []string
	for _, name := range names {
		parts = append(parts, fmt.Sprintf("%s %d", name, counts[name]))
	}
	return strings.Join(parts, ", ")
}

// untested says what was not tested, "" if all was: cuts that hit nothing prove nothing.
func (r *report) untested() string {
	switch {
	case r.cuts < 100: // too few to expect all of it
		return ""
	case r.kinds[atCharge] == 0 || r.kinds[afterCharge] == 0 || r.kinds[atEvent] == 0 || r.kinds[atMoment] == 0:
		return "no cut of one kind hit a running program"
	case r.losing == 0:
		return "no cut lost anything that was written"
	case r.InDoubt == 0:
		return "nobody was in doubt, so no cut hit a call"
	}
	return ""
}
