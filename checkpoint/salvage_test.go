package checkpoint

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

func TestRepairWithEveryByteFlipped(t *testing.T) {
	p := pastOf(t, twenty(t).bytes())
	count := map[string]int{}
	for at := range p.whole {
		count[mended(t, p, harms{{at, 1, []byte{p.whole[at] ^ 0x10}}})]++
	}
	// The header's checksum alone can be made again; nothing else of it.
	body := int(p.body)
	if count["headless"] != body-4 || count["repaired"] < 1000 || count["sound"] < 200 {
		t.Fatalf("%v: the test has lost its point", count)
	}
}

func TestRepairOfOneStretch(t *testing.T) {
	p := pastOf(t, twenty(t).bytes())
	rng := rand.New(rand.NewPCG(1, 2))
	noise := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(rng.Uint32())
		}
		return b
	}
	count := map[string]int{}
	for _, n := range []int{1, 7, 65, 300} {
		for at := int(p.body); at < len(p.whole); at += 23 {
			gone := min(n, len(p.whole)-at)
			copied := int(p.body) + rng.IntN(len(p.whole)-int(p.body)-gone)
			for kind, h := range map[string]harm{
				"overwritten": {at, gone, noise(gone)},
				"zeroed":      {at, gone, make([]byte, gone)},
				"duplicated":  {at, gone, slices.Clone(p.whole[copied:][:gone])},
				"inserted":    {at, 0, noise(n)},
				"removed":     {at, gone, nil},
				"exchanged":   {at, gone, noise(n/2 + 1)},
			} {
				count[kind+" "+mended(t, p, harms{h})]++
			}
		}
	}
	for _, kind := range []string{"overwritten", "zeroed", "duplicated", "inserted", "removed", "exchanged"} {
		if count[kind+" repaired"] < 130 {
			t.Fatalf("%v: the test has lost its point", count)
		}
	}
}

func TestRepairOfRandomHistories(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	count := map[string]int{}
	for range 400 {
		p := pastOf(t, history(t, rng, 10+rng.IntN(80)))
		body := int(p.body)
		var hs harms
		// Several stretches, from the end to the beginning; sometimes a torn tail, too.
		if end := len(p.whole); rng.IntN(3) == 0 {
			cut := rng.IntN(60)
			hs = append(hs, harm{max(body, end-cut), min(cut, end-body), nil})
		}
		limit := len(p.whole)
		if len(hs) > 0 {
			limit = hs[0].off
		}
		for range 1 + rng.IntN(4) {
			if limit-body < 2 {
				break
			}
			off := body + rng.IntN(limit-body)
			n := min(1+rng.IntN(200), limit-off)
			by := make([]byte, n)
			for i := range by {
				by[i] = byte(rng.Uint32())
			}
			hs = append(hs, harm{off, n, by})
			limit = off
		}
		count[mended(t, p, hs)]++
	}
	if count["repaired"] < 250 || count["sound"] < 10 {
		t.Fatalf("%v: the test has lost its point", count)
	}
}

// A damaged stretch takes whole runs along, and what is left is numbered anew.
func TestRepairWhereRunsAreGone(t *testing.T) {
	s := newScript(t)
	var ends []int64
	for n := range 5 {
		s.run()
		s.commit()
		a := s.begin(n)
		s.begin(n + 5)
		s.commit()
		s.settle(n, a)
		s.commit()
		s.end()
		s.commit()
		ends = append(ends, s.log.end)
	}
	p := pastOf(t, s.bytes())
	from, to := int(ends[0]), int(ends[2])+40 // the second and third run, and a part of the fourth's start
	h := harm{from, to - from, bytes.Repeat([]byte{0xa5}, to-from)}
	if got := mended(t, p, harms{h}); got != "repaired" {
		t.Fatal(got)
	}
	m := disked(h.do(p.whole))
	rep, err := Repair(testPath, mendedPath, options(m))
	must(t, err)
	miss := rep.Missing
	if !slices.Equal(miss.Calls, []Span{{3, 6}}) || miss.Lost() != 4 || miss.Beyond != 0 ||
		!slices.Equal(miss.Runs, []Span{{2, 4}}) || !slices.Equal(miss.Ends, []uint64{4}) || miss.Open != 1 {
		t.Fatalf("%+v", miss)
	}
	if len(rep.Faults) != 1 || rep.Faults[0].Offset != int64(from) || rep.Faults[0].Behind < 7 {
		t.Fatalf("%+v", rep.Faults)
	}
	r, err := View(mendedPath, ViewOptions{FS: m})
	must(t, err)
	runs := r.Runs()
	if len(runs) != 2 || runs[0].Number != 1 || runs[1].Number != 2 || runs[1].End == nil || r.Lost() != 4 {
		t.Fatalf("%+v, lost %d", runs, r.Lost())
	}
	if seen := r.Normalisers(); len(seen) != 255 || seen[0] != 255 || seen[254] != 1 {
		t.Fatalf("a run that is gone may have had any normaliser: %v", seen)
	}
}

// One rule after the other: what is left of a file after some of its frames, counted from 0, are harmed.
func TestSalvageRules(t *testing.T) {
	cases := map[string]struct {
		do    func(s *script)
		harm  []int
		want  Missing // but for its bytes
		state State   // of person 1
	}{
		"an answer without its begin": {func(s *script) { s.settle(1, s.begin(1)) }, []int{0}, Missing{Begins: 1}, Settled},
		"a begin without its answer":  {func(s *script) { s.settle(1, s.begin(1)) }, []int{1}, Missing{Open: 1}, InDoubt},
		"neither":                     {func(s *script) { s.settle(1, s.begin(1)) }, []int{0, 1}, Missing{Calls: []Span{{1, 1}}}, New},
		"free without its begin":      {func(s *script) { s.void(1, s.begin(1), "throttled") }, []int{0}, Missing{Free: 1}, New},
		"found free without it":       {func(s *script) { s.void(1, s.begin(1), FoundUnbilled) }, []int{0}, Missing{Free: 1}, New},
		"a begin without its void":    {func(s *script) { s.void(1, s.begin(1), "throttled") }, []int{1}, Missing{Open: 1}, InDoubt},
		"found billed, its begin gone": {func(s *script) { s.void(1, s.begin(1), FoundBilled) }, []int{0}, Missing{Begins: 1},
			Settled},
		"sent again, all of the second gone": {func(s *script) { resent(s) }, []int{1, 2}, Missing{Calls: []Span{{2, 2}}, Resent: 1, Open: 1},
			InDoubt},
		"sent again, the answer gone":    {func(s *script) { resent(s) }, []int{2}, Missing{Open: 2, Resent: 1}, InDoubt},
		"sent again, both begins gone":   {func(s *script) { resent(s) }, []int{0, 1}, Missing{Begins: 2}, Settled},
		"sent again, the void gone":      {func(s *script) { resent(s) }, []int{3}, Missing{Open: 1}, Settled},
		"sent again, only the void left": {func(s *script) { resent(s) }, []int{0, 1, 2}, Missing{Calls: []Span{{2, 2}}, Begins: 1, Resent: 1}, InDoubt},
		"a run's end and the next one's start": {func(s *script) {
			s.run()
			s.end()
			s.run()
			s.end()
		}, []int{1, 2}, Missing{Runs: []Span{{2, 2}}, Ends: []uint64{2}}, New},
	}
	for name, c := range cases {
		s := newScript(t)
		c.do(s)
		s.commit()
		s.begin(9) // behind all harm, so that nothing is a tear
		s.commit()
		s.void(9, s.log.attempts, "throttled")
		s.commit()
		p := pastOf(t, s.bytes())
		var hs harms
		for _, i := range slices.Backward(c.harm) {
			at := int(p.frames[i].off) + 18
			hs = append(hs, harm{at, 1, []byte{^p.whole[at]}})
		}
		if got := mended(t, p, hs); got != "repaired" {
			t.Errorf("%s: %s", name, got)
			continue
		}
		m := disked(hs.do(p.whole))
		rep, err := Repair(testPath, mendedPath, options(m))
		must(t, err)
		r, err := View(mendedPath, ViewOptions{FS: m})
		must(t, err)
		c.want.Bytes = rep.Missing.Bytes
		if got := lookup(t, r, key(1)).State; got != c.state || !reflect.DeepEqual(rep.Missing, c.want) {
			t.Errorf("%s: %v, %+v", name, got, rep.Missing)
		}
	}
}

// resent: in doubt, sent again and answered.
func resent(s *script) {
	first := s.begin(1)
	s.settle(1, s.begin(1))
	s.void(1, first, Resent)
}

// Behind the newest begin that is left, no number says how many were lost: the room does.
func TestLostAtTheEndIsBounded(t *testing.T) {
	s := newScript(t)
	s.run()
	s.commit()
	from := s.log.end
	for n := range 3 {
		s.begin(n)
	}
	s.commit()
	to := s.log.end
	s.end()
	s.commit()
	p := pastOf(t, s.bytes())
	h := harm{int(from), int(to - from), make([]byte, to-from)}
	if got := mended(t, p, harms{h}); got != "repaired" {
		t.Fatal(got)
	}
	rep, err := Verify(testPath, ViewOptions{FS: disked(h.do(p.whole))})
	must(t, err)
	if rep.Missing.Beyond != 3 || len(rep.Missing.Calls) != 0 || rep.Missing.Lost() != 3 {
		t.Fatalf("%+v", rep.Missing)
	}
}
