package checkpoint

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestCallNumbers(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 7))
	low, high, seen := mostNumber, leastNumber, map[int]bool{}
	for range 200_000 {
		var nonce [16]byte
		le.PutUint64(nonce[:], rng.Uint64())
		n := CallNumber(nonce)
		low, high, seen[n] = min(low, n), max(high, n), true
	}
	// So many draws of 900,000 leave out fewer than the last hundred, and repeat about a tenth.
	if low < leastNumber || low > leastNumber+100 || high > mostNumber || high < mostNumber-100 || len(seen) < 170_000 {
		t.Errorf("from %d to %d, %d different ones", low, high, len(seen))
	}
	if n := CallNumber([16]byte{1}); n != 902252 {
		t.Errorf("the number of a nonce became %d: references that were written down are worth nothing", n)
	}
}

// numbered are the calls in doubt by person and number, with the time at which they were sent.
func numbered(r *Reader) map[string]time.Time {
	all := map[string]time.Time{}
	for d := range r.InDoubt() {
		all[d.Key.Ref()+string(rune(d.Number))] = d.Since
	}
	return all
}

// TestNumbersOfCallsStay: purges, repairs, copies and another opening leave each call in doubt its number, also where
// attempts are numbered anew; and the list of calls gives the same one, also once they are closed.
func TestNumbersOfCallsStay(t *testing.T) {
	shifted, doubts := 0, 0
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 8))
		m := newMemory()
		o := options(m)
		now := secondMonth.Add(-time.Hour)
		o.Now = func() time.Time { now = now.Add(time.Second); return now }
		l := mustOpen(t, o)
		for range 40 {
			var nonce [16]byte
			le.PutUint64(nonce[:], rng.Uint64())
			k := key(rng.IntN(people))
			a, err := l.Begin(k, nonce)
			must(t, err)
			if rng.IntN(2) == 0 {
				must(t, l.Settle(k, a, verdict))
			}
		}
		want := numbered(l.Reader)
		doubts += len(want)
		attempts := func(r *Reader) (list []Attempt) {
			for d := range r.InDoubt() {
				list = append(list, d.Attempt)
			}
			return list
		}
		old := attempts(l.Reader)
		listed := map[Attempt]int{}
		for c, err := range l.Calls() {
			must(t, err)
			listed[c.Attempt] = c.Number
		}
		for d := range l.InDoubt() {
			if listed[d.Attempt] != d.Number {
				t.Fatalf("listed as %d, in doubt as %d", listed[d.Attempt], d.Number)
			}
		}
		is := func(when string, r *Reader) {
			t.Helper()
			if got := numbered(r); !maps.Equal(got, want) {
				t.Fatalf("seed %d, %s: %v, want %v", seed, when, got, want)
			}
		}
		must(t, l.Close())
		l = mustOpen(t, o)
		is("opened again", l.Reader)
		must(t, l.Close())
		_, err := Purge(testPath, PurgeOptions{Before: now.Add(time.Hour), Forget: true}, o, agreed)
		must(t, err)
		l = mustOpen(t, o)
		is("purged", l.Reader)
		if !slices.Equal(attempts(l.Reader), old) {
			shifted++
		}
		for d := range l.InDoubt() {
			must(t, l.Void(d.Key, d.Attempt, FoundBilled))
			for c, err := range l.Calls() {
				must(t, err)
				if c.Key == d.Key && c.Attempt == d.Attempt && c.Number != d.Number {
					t.Fatalf("closed as %d, was %d", c.Number, d.Number)
				}
			}
			delete(want, d.Key.Ref()+string(rune(d.Number)))
			break
		}
		must(t, l.Sync())
		must(t, l.Close())
		b := slices.Clone(m.names[testPath].data)
		p := pastOf(t, b)
		m = disked(harm{int(p.frames[rng.IntN(3)].off), 0, []byte("not a record")}.do(b))
		_, err = Repair(testPath, mendedPath, options(m))
		must(t, err)
		r, err := View(mendedPath, ViewOptions{FS: m})
		must(t, err)
		is("repaired", r)
		must(t, r.Close())
	}
	if shifted < 10 || doubts < 200 {
		t.Errorf("attempts were numbered anew %d times, %d doubts", shifted, doubts)
	}
}

// TestMadeUpBeginsHaveNumbersOfTheirOwn: two calls of one person whose begins are lost, and the answer that lifted the
// doubt about them, are in doubt again and can be told apart.
func TestMadeUpBeginsHaveNumbersOfTheirOwn(t *testing.T) {
	m := newMemory()
	o := options(m)
	o.Now = clock()
	l := mustOpen(t, o)
	a, b := begin(t, l, key(1)), begin(t, l, key(1))
	c := begin(t, l, key(1))
	must(t, l.Settle(key(1), c, verdict))
	must(t, l.Sync())
	must(t, l.Void(key(1), a, Resent))
	must(t, l.Void(key(1), b, Resent))
	must(t, l.Sync())
	must(t, l.StartRun(Run{}))
	must(t, l.EndRun(RunEnd{}))
	must(t, l.Close())
	whole := slices.Clone(m.names[testPath].data)
	for _, f := range pastOf(t, whole).frames {
		if f.typ == recordBegin || f.typ == recordSettle {
			whole[f.off+frameHead] ^= 1
		}
	}
	m = disked(whole)
	_, err := Repair(testPath, mendedPath, options(m))
	must(t, err)
	r, err := View(mendedPath, ViewOptions{FS: m})
	must(t, err)
	defer r.Close()
	if got := numbered(r); len(got) != 2 {
		t.Errorf("%d calls in doubt can be told apart: %v", len(got), got)
	}
}
