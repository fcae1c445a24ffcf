package checkpoint

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// TestRunKeepsItsOptionsAndItsBatch: whatever the caller's options hold, they come back, and so does the batch.
func TestRunKeepsItsOptionsAndItsBatch(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	parts := []string{trailerMark, batchWord, forgotWord, " ", "rate=20", "A", "7", "0", "\n", "批次"}
	seen := map[bool]int{}
	for range 20000 {
		var options strings.Builder
		for range rng.IntN(7) {
			options.WriteString(parts[rng.IntN(len(parts))])
		}
		want := Run{Number: 1, Options: options.String(), Batch: []string{"", "A", "forgotten=7", "x-1.b"}[rng.IntN(4)]}
		if want.Batch != "" {
			want.forgotten = rng.IntN(3)
		}
		must(t, want.check())
		got, ok := parseRun(want.append(nil))
		if !ok || got.Options != want.Options || got.Batch != want.Batch || got.forgotten != want.forgotten {
			t.Fatalf("%q, batch %q, %d came back as %q, %q, %d", want.Options, want.Batch, want.forgotten, got.Options, got.Batch, got.forgotten)
		}
		_, _, _, trailer := cutTrailer(want.Options)
		seen[trailer]++
	}
	if seen[true] < 100 || seen[false] < 100 {
		t.Fatalf("options that end like a trailer and others: %v", seen)
	}
}

func TestBatchesThatCantBeKept(t *testing.T) {
	l := mustOpen(t, options(newMemory()))
	defer l.Close()
	for _, id := range []string{"a b", "a\x1f", "批次", strings.Repeat("x", maxBatch+1)} {
		if err := l.StartRun(Run{Batch: id}); err == nil || errors.Is(err, ErrFailed) {
			t.Errorf("%q: %v", id, err)
		}
	}
	if err := l.StartRun(Run{Batch: "a", Options: strings.Repeat("x", MaxText-10)}); !errors.Is(err, ErrTooLong) {
		t.Errorf("no room for what a purge adds: %v", err)
	}
	must(t, l.StartRun(Run{Batch: "a", Options: strings.Repeat("x", MaxText-60)}))
}

// batches is a random history and what each batch's runs have cost at the most, kept by hand.
type batches struct {
	t     *testing.T
	rng   *rand.Rand
	mem   *memory
	o     Options
	now   time.Time
	log   *Log
	of    map[Attempt]string // open attempts, and the batch whose run began them
	run   string
	calls map[string]int
}

func newBatches(t *testing.T, seed uint64) *batches {
	b := &batches{t: t, rng: rand.New(rand.NewPCG(seed, 3)), mem: newMemory(), now: secondMonth.Add(-5 * 24 * time.Hour),
		of: map[Attempt]string{}, calls: map[string]int{}}
	b.o = options(b.mem)
	b.o.Now = func() time.Time { return b.now }
	b.log = mustOpen(t, b.o)
	return b
}

func (b *batches) step() {
	k := key(b.rng.IntN(60))
	open := b.log.OpenAttempts(k)
	switch {
	case len(open) == 0 || b.rng.IntN(5) == 0:
		a := begin(b.t, b.log, k)
		b.of[a] = b.run
		b.calls[b.run]++
	case b.rng.IntN(2) == 0:
		a := open[b.rng.IntN(len(open))]
		must(b.t, b.log.Settle(k, a, answer(b.rng.IntN(9))))
		for _, older := range open {
			if older < a && b.rng.IntN(2) == 0 {
				must(b.t, b.log.Void(k, older, Resent))
			}
		}
	default:
		a := open[b.rng.IntN(len(open))]
		class := []string{"throttled", FoundBilled, FoundUnbilled}[b.rng.IntN(3)]
		must(b.t, b.log.Void(k, a, class))
		if certainlyFree(class) {
			b.calls[b.of[a]]--
		}
	}
	b.now = b.now.Add(time.Duration(b.rng.IntN(20)) * time.Minute)
}

// live makes runs, some of which crash.
func (b *batches) live(runs int) {
	for range runs {
		b.run = []string{"", "A", "B", "A-2"}[b.rng.IntN(4)]
		must(b.t, b.log.StartRun(Run{Program: "test", Options: "rate 20", Batch: b.run, Input: [16]byte{1}}))
		for range b.rng.IntN(25) {
			b.step()
		}
		if b.rng.IntN(3) == 0 {
			b.reopen()
			continue
		}
		must(b.t, b.log.EndRun(RunEnd{Why: "finished"}))
	}
}

func (b *batches) reopen() {
	must(b.t, b.log.Close())
	b.log = mustOpen(b.t, b.o)
}

// newestDays are the calls of the last days, and of the next.
func (b *batches) newestDays(r *Reader) (n [10]int) {
	for i := range n {
		n[i] = r.CallsOn(b.now.Add(time.Duration(1-i) * 24 * time.Hour))
	}
	return n
}

func (b *batches) check(when string, r *Reader) {
	b.t.Helper()
	if got := b.newestDays(r); got != b.newestDays(b.log.Reader) {
		b.t.Fatalf("%s: calls by day %v, want %v", when, got, b.newestDays(b.log.Reader))
	}
	for _, id := range []string{"A", "B", "A-2", "C"} {
		if got := r.CallsOf(id); got != b.calls[id] {
			b.t.Fatalf("%s: %d calls of %s, want %d", when, got, id, b.calls[id])
		}
	}
	if got := r.CallsOf(""); got != 0 {
		b.t.Fatalf("%s: %d calls of no batch", when, got)
	}
}

// purge takes what is older than now, or a part of it.
func (b *batches) purge(forget bool) Purged {
	must(b.t, b.log.Close())
	before := b.now.Add(-time.Duration(b.rng.IntN(24*60)) * time.Minute)
	got, err := Purge(testPath, PurgeOptions{Before: before, Forget: forget, Run: Run{Program: "test", Options: "purge"}}, b.o, agreed)
	must(b.t, err)
	b.log = mustOpen(b.t, b.o)
	return got
}

// TestCallsOfABatch: the calls of a batch are the same for the Log that records them, for whoever opens the file again,
// after purges, and after a repair that lost nothing.
func TestCallsOfABatch(t *testing.T) {
	forgotten, repaired, carried := 0, 0, 0
	for seed := range uint64(60) {
		b := newBatches(t, seed)
		for round := range 4 {
			b.live(3)
			b.check("live", b.log.Reader)
			b.reopen()
			b.check("reopened", b.log.Reader)
			open, days := b.numbers(), b.newestDays(b.log.Reader)
			forget := b.rng.IntN(2) == 0
			if got := b.purge(forget); got.Forgotten > 0 {
				forgotten++
			}
			b.renumber(open)
			if got := b.newestDays(b.log.Reader); got != days {
				t.Fatalf("purged: calls by day %v, want %v", got, days)
			}
			b.check(fmt.Sprintf("round %d, purged, forget %v", round, forget), b.log.Reader)
			r, err := View(testPath, ViewOptions{FS: b.mem})
			must(t, err)
			b.check("viewed", r)
			for _, run := range r.Runs() {
				if run.Options != "rate 20" && run.Options != "purge" {
					t.Fatalf("options became %q", run.Options)
				}
				if run.forgotten > 0 {
					carried++
				}
			}
			must(t, r.Close())
		}
		must(t, b.log.Close())
		repaired += b.repair()
	}
	if forgotten < 20 || repaired < 20 || carried < 20 {
		t.Errorf("%d purges forgot, %d repairs, %d runs carry", forgotten, repaired, carried)
	}
}

// numbers are the open attempts in the order of the file, which purges keep.
func (b *batches) numbers() (open []string) {
	for d := range b.log.InDoubt() {
		open = append(open, b.of[d.Attempt])
	}
	return open
}

func (b *batches) renumber(open []string) {
	b.t.Helper()
	clear(b.of)
	for d := range b.log.InDoubt() {
		if len(open) == 0 {
			b.t.Fatal("more calls in doubt than before")
		}
		b.of[d.Attempt], open = open[0], open[1:]
	}
	if len(open) > 0 {
		b.t.Fatal("fewer calls in doubt than before")
	}
}

// repair puts a few bytes in, of which every frame survives, and looks at what a repair makes of it.
func (b *batches) repair() int {
	p := pastOf(b.t, b.mem.names[testPath].data)
	at := p.frames[b.rng.IntN(len(p.frames)-2)]
	m := disked(harm{int(at.off), 0, []byte("not a record")}.do(p.whole))
	_, err := Repair(testPath, mendedPath, options(m))
	must(b.t, err)
	r, err := View(mendedPath, ViewOptions{FS: m})
	must(b.t, err)
	defer r.Close()
	b.check("repaired", r)
	return 1
}

// TestOnlyCallsOfRunsUnderWayCount: what is begun outside of any run belongs to no batch, and who asks for the runs alone
// is told of no calls but forgotten ones.
func TestOnlyCallsOfRunsUnderWayCount(t *testing.T) {
	m := newMemory()
	l := mustOpen(t, options(m))
	begin(t, l, key(1))
	must(t, l.StartRun(Run{Batch: "A"}))
	begin(t, l, key(2))
	must(t, l.EndRun(RunEnd{}))
	a := begin(t, l, key(3))
	must(t, l.Void(key(3), a, "throttled"))
	begin(t, l, key(4))
	must(t, l.Close())
	for _, only := range []bool{false, true} {
		r, err := View(testPath, ViewOptions{FS: m, runsOnly: only})
		must(t, err)
		want := 1
		if only {
			want = 0
		}
		if r.CallsOf("A") != want || len(r.Runs()) != 1 || r.Runs()[0].Batch != "A" {
			t.Errorf("%d calls, runs %+v", r.CallsOf("A"), r.Runs())
		}
		must(t, r.Close())
	}
}
