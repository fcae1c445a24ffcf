package checkpoint

import (
	"errors"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
)

func TestStates(t *testing.T) {
	type step struct {
		do   string // begin, settle, void; ":n" names the attempt, counted from 1
		want State
		seq  string // of the answer when settled
	}
	settle := func(a Attempt) string { return map[Attempt]string{1: "S1", 2: "S2", 3: "S3"}[a] }
	cases := map[string][]step{
		"answered": {{"begin", InDoubt, ""}, {"settle:1", Settled, "S1"}},
		"free":     {{"begin", InDoubt, ""}, {"void:1", New, ""}},
		"free, then answered": {{"begin", InDoubt, ""}, {"void:1", New, ""}, {"begin", InDoubt, ""},
			{"settle:2", Settled, "S2"}},
		"a throttled resend leaves the doubt": {{"begin", InDoubt, ""}, {"begin", InDoubt, ""}, {"void:2", InDoubt, ""}},
		"an answered resend, not closed yet": {{"begin", InDoubt, ""}, {"begin", InDoubt, ""},
			{"settle:2", Settled, "S2"}},
		"found unbilled":                   {{"begin", InDoubt, ""}, {"unbilled:1", New, ""}},
		"found billed":                     {{"begin", InDoubt, ""}, {"billed:1", Settled, ""}},
		"found billed, then sent again":    {{"begin", InDoubt, ""}, {"billed:1", Settled, ""}, {"begin", InDoubt, ""}, {"settle:2", Settled, "S2"}},
		"found billed, a resend throttled": {{"begin", InDoubt, ""}, {"billed:1", Settled, ""}, {"begin", InDoubt, ""}, {"void:2", Settled, ""}},
		"one of two found billed":          {{"begin", InDoubt, ""}, {"begin", InDoubt, ""}, {"billed:1", InDoubt, ""}, {"unbilled:2", Settled, ""}},
		"a renewal found billed":           {{"begin", InDoubt, ""}, {"settle:1", Settled, "S1"}, {"begin", InDoubt, ""}, {"billed:2", Settled, "S1"}},
		"an answer to the older of two":    {{"begin", InDoubt, ""}, {"begin", InDoubt, ""}, {"settle:1", InDoubt, ""}},
		"an answered resend, the older attempt closed": {{"begin", InDoubt, ""}, {"begin", InDoubt, ""},
			{"settle:2", Settled, "S2"}, {"void:1", Settled, "S2"}},
		"the older attempt is closed first": {{"begin", InDoubt, ""}, {"begin", InDoubt, ""}, {"void:1", InDoubt, ""},
			{"settle:2", Settled, "S2"}},
		"a throttled renewal leaves the answer": {{"begin", InDoubt, ""}, {"settle:1", Settled, "S1"},
			{"begin", InDoubt, ""}, {"void:2", Settled, "S1"}},
		"a renewal replaces the answer": {{"begin", InDoubt, ""}, {"settle:1", Settled, "S1"}, {"begin", InDoubt, ""},
			{"settle:2", Settled, "S2"}},
		"three at once, closed from the middle": {{"begin", InDoubt, ""}, {"begin", InDoubt, ""}, {"begin", InDoubt, ""},
			{"void:2", InDoubt, ""}, {"settle:3", Settled, "S3"}, {"void:1", Settled, "S3"}},
	}
	for name, steps := range cases {
		t.Run(name, func(t *testing.T) {
			m := newMemory()
			l := mustOpen(t, options(m))
			for i, s := range steps {
				what, number, _ := strings.Cut(s.do, ":")
				a := Attempt(0)
				if number != "" {
					a = Attempt(number[0] - '0')
				}
				switch what {
				case "begin":
					begin(t, l, key(1))
				case "settle":
					ans := verdict
					ans.SeqNo = settle(a)
					must(t, l.Settle(key(1), a, ans))
				case "void":
					must(t, l.Void(key(1), a, "throttled"))
				case "billed":
					must(t, l.Void(key(1), a, FoundBilled))
				case "unbilled":
					must(t, l.Void(key(1), a, FoundUnbilled))
				}
				now := lookup(t, l.Reader, key(1))
				if now.State != s.want || now.Answer.SeqNo != s.seq {
					t.Fatalf("step %d, %s: %v %q, want %v %q", i, s.do, now.State, now.Answer.SeqNo, s.want, s.seq)
				}
				if open := len(l.OpenAttempts(key(1))) > 0; now.Unfinished != (open && now.State == Settled) {
					t.Fatalf("step %d, %s: unfinished %v", i, s.do, now.Unfinished)
				}
				if lost := now.State == Settled && s.seq == ""; now.State != New && !now.ThisRun && !lost {
					t.Fatalf("step %d, %s: not of this run", i, s.do)
				}
			}
			want := draw(t, l.Reader)
			must(t, l.Close())
			again := mustOpen(t, options(m))
			defer again.Close()
			if got := draw(t, again.Reader); !same(got, want) {
				t.Fatalf("reopened:\n%+v\nwant\n%+v", got, want)
			}
			if lookup(t, again.Reader, key(1)).ThisRun {
				t.Fatal("an earlier run's record counts as this run's")
			}
		})
	}
}

func TestAnswerComesBackWhole(t *testing.T) {
	m := newMemory()
	l := mustOpen(t, options(m))
	long := strings.Repeat("长", MaxText/3)
	want := Answer{HTTPStatus: 302, Code: "code", IsFee: "1", SeqNo: long, Result: 3, ResultDesc: long,
		MobileChannel: long, RequestID: long, Sandbox: true}
	a := begin(t, l, key(1))
	must(t, l.Settle(key(1), a, want))
	must(t, l.Sync())
	if got := lookup(t, l.Reader, key(1)).Answer; got != want {
		t.Fatalf("got %+v", got)
	}
	must(t, l.Close())
	r, err := View(testPath, ViewOptions{FS: m})
	must(t, err)
	if got := lookup(t, r, key(1)).Answer; got != want {
		t.Fatalf("got %+v", got)
	}
	if c := r.Counts(); c.Results != [4]int{3: 1} || c.Billed != 1 || c.Fee != 1 || c.Begins != 1 || c.Settles != 1 {
		t.Fatalf("counts %+v", c)
	}
}

func TestWrongCallsRecordNothing(t *testing.T) {
	m := newMemory()
	l := mustOpen(t, options(m))
	a := begin(t, l, key(1))
	before := draw(t, l.Reader)
	long := strings.Repeat("x", MaxText+1)
	cases := map[string]struct {
		err  error
		want error
	}{
		"settle of another person":  {l.Settle(key(2), a, verdict), ErrAttempt},
		"settle of no attempt":      {l.Settle(key(1), a+1, verdict), ErrAttempt},
		"void of another person":    {l.Void(key(2), a, "x"), ErrAttempt},
		"a class that is too long":  {l.Void(key(1), a, long), ErrTooLong},
		"an answer that is too big": {l.Settle(key(1), a, Answer{HTTPStatus: 200, SeqNo: long}), ErrTooLong},
		"a result out of range":     {l.Settle(key(1), a, Answer{HTTPStatus: 200, Result: 4}), nil},
		"a status out of range":     {l.Settle(key(1), a, Answer{HTTPStatus: 70000}), nil},
		"an end without a start":    {l.EndRun(RunEnd{}), ErrRun},
		"options that are too long": {l.StartRun(Run{Options: long}), ErrTooLong},
	}
	for name, c := range cases {
		if c.err == nil || (c.want != nil && !errors.Is(c.err, c.want)) {
			t.Errorf("%s: %v", name, c.err)
		}
		if errors.Is(c.err, ErrFailed) {
			t.Errorf("%s ended the log: %v", name, c.err)
		}
	}
	if !same(draw(t, l.Reader), before) {
		t.Fatal("something was recorded")
	}
	must(t, l.StartRun(Run{}))
	if err := l.StartRun(Run{}); !errors.Is(err, ErrRun) {
		t.Fatalf("a second start: %v", err)
	}
	must(t, l.Settle(key(1), a, verdict))
	must(t, l.EndRun(RunEnd{}))
	must(t, l.Close())
	if _, err := l.Begin(key(3), [16]byte{}); !errors.Is(err, ErrClosed) {
		t.Fatalf("begin after close: %v", err)
	}
	if err := l.Sync(); !errors.Is(err, ErrClosed) {
		t.Fatalf("sync after close: %v", err)
	}
	must(t, l.Close())
	l = mustOpen(t, options(m))
	defer l.Close()
	if s := lookup(t, l.Reader, key(1)).State; s != Settled {
		t.Fatalf("state %v", s)
	}
}

func TestRunsAndCounts(t *testing.T) {
	m := newMemory()
	o := options(m)
	o.Now = clock()
	l := mustOpen(t, o)
	start := o.Now()
	for i := range 3 {
		must(t, l.StartRun(Run{BatchStart: start, Program: "1.0", Normaliser: byte(1 + i/2), Input: [16]byte{9}, Options: "rate 20"}))
		a := begin(t, l, key(10*i))
		must(t, l.Settle(key(10*i), a, answer(i)))
		begin(t, l, key(10*i+1))
		if i == 1 { // this one crashes
			must(t, l.Close())
			l = mustOpen(t, o)
			continue
		}
		must(t, l.EndRun(RunEnd{Why: "done", Counts: map[string]int64{"rows": int64(i)}, OutputWritten: true}))
	}
	must(t, l.Close())
	l = mustOpen(t, o)
	defer l.Close()
	runs := l.Runs()
	if len(runs) != 3 || runs[0].End == nil || runs[1].End != nil || runs[2].End == nil {
		t.Fatalf("runs %+v", runs)
	}
	if e := runs[2].End; e.Why != "done" || e.Counts["rows"] != 2 || !e.OutputWritten || e.At.IsZero() {
		t.Fatalf("end %+v", e)
	}
	r := runs[1]
	if r.Number != 2 || !r.BatchStart.Equal(start) || r.Host != "here" || r.PID == 0 || r.Inode == 0 || r.Program != "1.0" ||
		r.Input != [16]byte{9} || r.Options != "rate 20" {
		t.Fatalf("run %+v", r)
	}
	if last, ok := l.LastRun(); !ok || last.Number != 3 {
		t.Fatalf("last run %+v", last)
	}
	if n := l.Normalisers(); len(n) != 2 || n[0] != 2 || n[1] != 1 {
		t.Fatalf("normalisers %v", n)
	}
	c := l.Counts()
	if c.Results != [4]int{1, 1, 1, 0} || c.InDoubt != 3 || c.Begins != 6 || c.Settles != 3 || c.Billed != 3 || c.Fee != 3 {
		t.Fatalf("counts %+v", c)
	}
	if !l.NewestRecord().Equal(runs[2].End.At) {
		t.Fatalf("newest %v, end %v", l.NewestRecord(), runs[2].End.At)
	}
	if l.Service() != "sandbox" || l.Created().After(runs[0].At) || len(l.Secret()) != 32 {
		t.Fatal("header lost")
	}
}

func TestFoundBilledIsCounted(t *testing.T) {
	m := newMemory()
	l := mustOpen(t, options(m))
	defer l.Close()
	for n := range 3 {
		must(t, l.Void(key(n), begin(t, l, key(n)), FoundBilled))
	}
	must(t, l.Settle(key(0), begin(t, l, key(0)), verdict)) // sent again
	begin(t, l, key(1))                                     // sent again, and in doubt
	want := [4]int{0: 1}
	want[verdict.Result]++
	if c := l.Counts(); c.Results != want || c.InDoubt != 1 || c.Found != 3 {
		t.Errorf("%+v", c)
	}
	if e := lookup(t, l.Reader, key(1)); e.Wasted != 1 || e.State != InDoubt {
		t.Errorf("%+v", e)
	}
	if e := lookup(t, l.Reader, key(0)); e.Wasted != 0 {
		t.Errorf("%+v", e)
	}
}

// Glance knows of everybody what Lookup does, but for what stands in the file only.
func TestGlanceAgreesWithLookup(t *testing.T) {
	const people = 12
	seen := map[Entry]bool{}
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 9))
		l, err := Open(filepath.Join(t.TempDir(), "c"), Options{Service: "s", Create: true})
		must(t, err)
		for range 60 {
			k := spread(rng.Uint64N(people))
			switch open := l.OpenAttempts(k); {
			case len(open) == 0 || rng.IntN(5) == 0:
				_, _, err = l.queueBegin(k, [16]byte{})
			case rng.IntN(3) > 0:
				err = l.Settle(k, open[rng.IntN(len(open))], Answer{HTTPStatus: 200, Result: rng.IntN(4)})
			default:
				err = l.Void(k, open[rng.IntN(len(open))], []string{"busy", Resent, FoundBilled, FoundUnbilled}[rng.IntN(4)])
			}
			must(t, err)
		}
		for n := range uint64(people + 1) {
			whole, err := l.Lookup(spread(n))
			must(t, err)
			short, err := l.Glance(spread(n))
			must(t, err)
			seen[short] = true
			if whole.State == Settled && short.At.IsZero() {
				whole.At, whole.Answer = short.At, Answer{Result: whole.Answer.Result}
			}
			if short != whole {
				t.Fatalf("seed %d, person %d: glance %+v, lookup %+v", seed, n, short, whole)
			}
		}
		must(t, l.Close())
	}
	if len(seen) < 10 {
		t.Errorf("only %d kinds of entries came up", len(seen))
	}
}
