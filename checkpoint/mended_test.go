package checkpoint

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

const mendedPath = testPath + ".repaired"

// past is a sound file and its frames, as an oracle that knows nothing of repairs.
type past struct {
	whole  []byte
	body   int64
	frames []frame
}

func pastOf(t testing.TB, whole []byte) past {
	t.Helper()
	p := past{whole: whole}
	f, ok := parseFrame(whole, 0, 0)
	if !ok {
		t.Fatal("no header")
	}
	p.body = f.end()
	seed := le.Uint32(whole[4:])
	for off := f.end(); off < int64(len(whole)); {
		f, ok := parseFrame(whole[off:], seed, off)
		if !ok {
			t.Fatalf("no frame at %d", off)
		}
		p.frames = append(p.frames, f)
		off = f.end()
	}
	return p
}

// harm replaces the n bytes at off by others, of any number.
type harm struct {
	off, n int
	by     []byte
}

func (h harm) String() string {
	return fmt.Sprintf("%d bytes at %d replaced by %d", h.n, h.off, len(h.by))
}

func (h harm) do(b []byte) []byte { return slices.Concat(b[:h.off], h.by, b[h.off+h.n:]) }

// harms are done one after the other, from the end of the file to its beginning.
type harms []harm

func (hs harms) do(b []byte) []byte {
	for _, h := range hs {
		b = h.do(b)
	}
	return b
}

// left are the frames that stand somewhere in b, whole. No two frames are the same: each holds its place's checksum.
func (p past) left(b []byte) (left []frame) {
	for _, f := range p.frames {
		if bytes.Contains(b, p.whole[f.off:f.end()]) {
			left = append(left, f)
		}
	}
	return left
}

// fate is what frames alone say about a person.
type fate struct {
	begun, resent, found, closed map[Attempt]bool
	answers                      []settleRecord
}

func fates(frames []frame) map[Key]*fate {
	all := map[Key]*fate{}
	of := func(k Key) *fate {
		if all[k] == nil {
			all[k] = &fate{map[Attempt]bool{}, map[Attempt]bool{}, map[Attempt]bool{}, map[Attempt]bool{}, nil}
		}
		return all[k]
	}
	for _, f := range frames {
		switch f.typ {
		case recordBegin:
			b, _ := parseBegin(f.payload)
			of(b.key).begun[b.attempt] = true
		case recordSettle:
			s, _ := parseAnswer(f.payload)
			of(s.key).closed[s.attempt] = true
			of(s.key).answers = append(of(s.key).answers, s)
		case recordVoid:
			k, a, _, class, _ := parseVoid(f.payload)
			switch string(class) {
			case Resent:
				of(k).resent[a] = true
			case FoundBilled:
				of(k).found[a] = true
				fallthrough
			default:
				of(k).closed[a] = true
			}
		}
	}
	return all
}

// state is what the person must be by what is left of them, at the least: nothing freer may come of a repair.
func (f *fate) state() (State, Answer) {
	answered := Attempt(0)
	for _, s := range f.answers {
		answered = max(answered, s.attempt)
	}
	open := Attempt(0)
	for a := range f.begun {
		if !f.closed[a] && (!f.resent[a] || answered < a) {
			open = max(open, a)
		}
	}
	for a := range f.resent {
		if answered < a {
			open = max(open, a)
		}
	}
	if n := len(f.answers); n > 0 && f.answers[n-1].attempt > open {
		return Settled, f.answers[n-1].answer
	}
	switch {
	case open > 0:
		return InDoubt, Answer{}
	case len(f.answers) == 0 && len(f.found) > 0:
		return Settled, Answer{}
	}
	return New, Answer{}
}

// mended harms a file, repairs it, and holds the result against what is left. It says what came of it.
func mended(t testing.TB, p past, hs harms) string {
	t.Helper()
	b := hs.do(p.whole)
	m := disked(b)
	rep, err := Verify(testPath, ViewOptions{FS: m})
	opened, openErr := reopened(t, b)
	same := func(what string) {
		t.Helper()
		if n := m.names[testPath]; n == nil || !bytes.Equal(n.data, b) {
			t.Fatalf("%v: %s: the old file was changed", hs, what)
		}
	}
	if err != nil {
		if openErr == nil && !errors.Is(err, ErrMissing) { // one without as much as a header is made anew
			t.Fatalf("%v: it can be opened, but not verified: %v", hs, err)
		}
		return "refused"
	}
	if rep.Sound() != (openErr == nil) {
		t.Fatalf("%v: opened with %v, verified with %+v", hs, openErr, rep)
	}
	got, err := Repair(testPath, mendedPath, options(m))
	same("repair")
	if rep.Sound() {
		must(t, err)
		if !got.Sound() || len(m.names) != 1 || !reflectEqual(rep.Counts, opened.Counts) {
			t.Fatalf("%v: sound, but %+v, %d files", hs, got, len(m.names))
		}
		return "sound"
	}
	if rep.Headless {
		if !errors.Is(err, ErrCorrupt) || len(m.names) != 1 {
			t.Fatalf("%v: no header, but %v", hs, err)
		}
		return "headless"
	}
	if err != nil {
		t.Fatalf("%v: %v", hs, err)
	}
	if len(m.names) != 2 {
		t.Fatalf("%v: %d files", hs, len(m.names))
	}
	judgeMended(t, p, hs, m, rep)
	same("open")
	return "repaired"
}

func reflectEqual(a, b Counts) bool { return fmt.Sprint(a) == fmt.Sprint(b) }

func judgeMended(t testing.TB, p past, hs harms, m *memory, rep Report) {
	t.Helper()
	again, err := Verify(mendedPath, ViewOptions{FS: m})
	if err != nil || !again.Sound() || again.Tail != 0 || !reflectEqual(again.Counts, rep.Counts) {
		t.Fatalf("%v: the repaired file: %v, %+v\nafter %+v", hs, err, again, rep)
	}
	o := options(m)
	o.Create = false
	l, err := Open(mendedPath, o) // without a question: it is where the old one was
	if err != nil {
		t.Fatalf("%v: the repaired file: %v", hs, err)
	}
	defer l.Close()
	if again.Lost != l.Lost() || rep.Lost+rep.Missing.Lost() != l.Lost() {
		t.Fatalf("%v: lost %d, %d and %d", hs, l.Lost(), again.Lost, rep.Missing.Lost())
	}
	was, left := fates(p.frames), fates(p.left(hs.do(p.whole)))
	forgotten := 0
	for k, f := range was {
		e := lookup(t, l.Reader, k)
		want, answer := New, Answer{}
		if left[k] != nil {
			want, answer = left[k].state()
		}
		if e.State != want || e.State == Settled && e.Answer != answer {
			t.Fatalf("%v: person %s is %v %+v, want %v %+v\n%+v", hs, k.Ref(), e.State, e.Answer, want, answer, rep)
		}
		before, _ := f.state()
		if before != New && e.State == New {
			forgotten++
		}
	}
	if forgotten > l.Lost() {
		t.Fatalf("%v: %d people are new who were begun, but only %d calls are said to be lost\n%+v", hs, forgotten, l.Lost(), rep)
	}
	begin(t, l, key(people)) // and it works
}

// history is a random one: commits of any size, runs, refusals, renewals, doubts that were sent again.
func history(t testing.TB, rng *rand.Rand, steps int) []byte {
	s := newScript(t)
	running := false
	for range steps {
		n := rng.IntN(people)
		open := s.log.OpenAttempts(key(n))
		switch what := rng.IntN(14); {
		case what == 0 && running:
			s.end()
			running = false
		case what <= 1 && !running:
			s.run()
			running = true
		case what <= 4 && len(s.log.queue.buf) > 0:
			s.commit()
		case len(open) == 0 || what == 5:
			s.begin(n)
		case what <= 10:
			s.settle(n, open[0])
			for _, older := range open[1:] {
				s.void(n, older, Resent)
			}
		default:
			s.void(n, open[0], []string{"throttled", FoundBilled, FoundUnbilled}[rng.IntN(3)])
		}
	}
	if len(s.log.queue.buf) > 0 {
		s.commit()
	}
	return s.bytes()
}

func (s *script) end() {
	s.t.Helper()
	_, err := s.log.add(recordRunEnd, func(b []byte) ([]byte, error) {
		return RunEnd{At: s.log.now(), Why: "done"}.append(b, uint64(len(s.log.runs))), nil
	})
	must(s.t, err)
	s.mark()
}
