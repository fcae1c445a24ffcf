package checkpoint

import (
	"bytes"
	"errors"
	"testing"
	"time"
)

// Two months of a ledger: who was answered when, who is in doubt, who was found billed, and a renewal.
const (
	oldMatch = iota + 1
	newMatch
	renewed // in both months
	oldDoubt
	oldCharged
	oldFree // throttled, never asked again
	oldNonsense
	clockBack // last asked by a clock that had been set back
)

var secondMonth = time.Date(2026, 2, 1, 0, 0, 0, 0, time.FixedZone("", china))

func twoMonths(t *testing.T) *memory {
	m := newMemory()
	o := options(m)
	now := secondMonth.Add(-30 * 24 * time.Hour)
	o.Now = func() time.Time { now = now.Add(time.Second); return now }
	l := mustOpen(t, o)
	answered := func(k, n int) { must(t, l.Settle(key(k), begin(t, l, key(k)), answer(n))) }
	batch := Run{Program: "test", BatchStart: now, Input: [16]byte{1}}
	must(t, l.StartRun(batch))
	must(t, l.Void(key(oldFree), begin(t, l, key(oldFree)), "throttled"))
	answered(oldMatch, 1)
	answered(renewed, 2)
	begin(t, l, key(oldDoubt))
	must(t, l.Void(key(oldCharged), begin(t, l, key(oldCharged)), FoundBilled))
	answered(oldNonsense, 4)
	must(t, l.EndRun(RunEnd{Why: "finished", Counts: map[string]int64{"billed": 3}}))
	now = secondMonth
	batch.BatchStart = now
	must(t, l.StartRun(batch))
	answered(newMatch, 5)
	answered(renewed, 7)
	answered(clockBack, 5)
	now = secondMonth.Add(-24 * time.Hour)
	must(t, l.Void(key(clockBack), begin(t, l, key(clockBack)), "throttled"))
	must(t, l.EndRun(RunEnd{Why: "finished"}))
	must(t, l.Close())
	return m
}

func purgeOptions(forget bool) PurgeOptions {
	return PurgeOptions{Before: secondMonth, Forget: forget, Run: Run{Program: "test", Options: "purge"}}
}

func agreed(Purged) error { return nil }

// TestPurge: what was answered before is gone from the file, who was asked is not, and the money counts as before.
func TestPurge(t *testing.T) {
	m := twoMonths(t)
	before := mustOpen(t, options(m))
	counts := before.Counts()
	must(t, before.Close())
	got, err := Purge(testPath, purgeOptions(false), options(m), agreed)
	must(t, err)
	if got.Answers != 3 || got.People != 2 || got.Forgotten != 0 || got.Calls != 0 {
		t.Fatalf("%+v", got)
	}
	for _, s := range []string{"S1", "S2", "S4"} {
		if bytes.Contains(m.names[testPath].data, []byte(s)) {
			t.Errorf("%s is still there", s)
		}
	}
	l := mustOpen(t, options(m))
	defer l.Close()
	for k, want := range map[int]struct {
		state  State
		seqNo  string
		erased bool
	}{
		oldMatch: {Settled, "", true}, newMatch: {Settled, "S5", false}, renewed: {Settled, "S7", false}, oldDoubt: {InDoubt, "", false},
		oldCharged: {Settled, "", false}, oldFree: {New, "", false}, oldNonsense: {Settled, "", true}, clockBack: {Settled, "S5", false},
	} {
		e := lookup(t, l.Reader, key(k))
		if e.State != want.state || e.Answer.SeqNo != want.seqNo || e.Erased != want.erased || e.Answer.Result != 0 && want.erased {
			t.Errorf("person %d: %+v", k, e)
		}
		if want.erased && (e.Answer != Answer{HTTPStatus: 200, IsFee: "1"} || e.At.IsZero() || !e.At.Before(secondMonth) || e.Wasted != 0) {
			t.Errorf("what is left of person %d: %+v", k, e)
		}
	}
	after := l.Counts()
	if after.Begins != counts.Begins || after.Billed != counts.Billed || after.Fee != counts.Fee || after.Settles != counts.Settles ||
		after.Voids != counts.Voids || after.InDoubt != 1 || after.Erased != 2 || after.Results != [4]int{1, 2, 0, 1} {
		t.Errorf("%+v, then %+v", counts, after)
	}
	erasedCalls := 0
	for c, err := range l.Calls() {
		must(t, err)
		if c.Outcome == Erased {
			erasedCalls++
		}
	}
	runs := l.Runs()
	if last := runs[len(runs)-1]; erasedCalls != 3 || len(runs) != 3 || last.End.Why != endPurged || last.End.Counts[PurgedAnswers] != 3 {
		t.Errorf("%d calls, %+v", erasedCalls, runs)
	}
	// They can be asked anew, as after any answer.
	must(t, l.StartRun(Run{Input: [16]byte{1}}))
	must(t, l.Settle(key(oldMatch), begin(t, l, key(oldMatch)), answer(9)))
	if e := lookup(t, l.Reader, key(oldMatch)); e.Erased || e.Answer.SeqNo != "S9" || l.Counts().Erased != 1 {
		t.Errorf("after a renewal: %+v", e)
	}
	must(t, l.EndRun(RunEnd{}))
}

// TestPurgeForgets: only who is not in doubt, and of whom nothing newer is known.
func TestPurgeForgets(t *testing.T) {
	m := twoMonths(t)
	var told Purged
	got, err := Purge(testPath, purgeOptions(true), options(m), func(p Purged) error { told = p; return nil })
	must(t, err)
	if got != told || got.Answers != 1 || got.Forgotten != 3 || got.Kept != 1 || got.Calls != 4 || got.Billed != 2 || got.Fee != 2 {
		t.Fatalf("%+v, told %+v", got, told)
	}
	l := mustOpen(t, options(m))
	defer l.Close()
	for k, want := range map[int]State{oldMatch: New, newMatch: Settled, renewed: Settled, oldDoubt: InDoubt, oldCharged: New, oldFree: New, oldNonsense: New, clockBack: Settled} {
		if e := lookup(t, l.Reader, key(k)); e.State != want {
			t.Errorf("person %d: %+v", k, e)
		}
	}
	records := map[Key]int{}
	for f, err := range l.frames(l.end) {
		must(t, err)
		if k, _, ok := f.about(); ok {
			records[k]++
		}
	}
	if len(records) != 4 || records[key(renewed)] != 4 {
		t.Errorf("records are left of: %v", records)
	}
	end := l.Runs()[2].End.Counts
	if end[PurgedPeople] != 3 || end[PurgedCalls] != 4 || end[PurgedBilled] != 2 || end[PurgedFee] != 2 {
		t.Errorf("%+v", end)
	}
	rep, err := Verify(testPath, ViewOptions{FS: m})
	if err != nil || !rep.Sound() {
		t.Errorf("%v, %+v", err, rep)
	}
}

// TestPurgeDoesNothing without agreement, or where there is nothing to take.
func TestPurgeDoesNothing(t *testing.T) {
	m := twoMonths(t)
	before := bytes.Clone(m.names[testPath].data)
	no := errors.New("no")
	if _, err := Purge(testPath, purgeOptions(true), options(m), func(Purged) error { return no }); !errors.Is(err, no) {
		t.Errorf("refused: %v", err)
	}
	what := purgeOptions(true)
	what.Before = secondMonth.Add(-365 * 24 * time.Hour)
	if _, err := Purge(testPath, what, options(m), func(Purged) error { t.Error("asked about nothing"); return nil }); err != nil {
		t.Error(err)
	}
	if !bytes.Equal(before, m.names[testPath].data) {
		t.Error("the file has changed")
	}
	if _, err := Purge("elsewhere", what, options(m), agreed); !errors.Is(err, ErrMissing) {
		t.Errorf("a missing file: %v", err)
	}
	l := mustOpen(t, options(m))
	if _, err := Purge(testPath, what, options(m), agreed); !errors.Is(err, ErrLocked) {
		t.Errorf("in use: %v", err)
	}
	must(t, l.Close())
}

// TestPurgeInterruptedAtEveryStep: everybody is who they were, with their answer or without.
func TestPurgeInterruptedAtEveryStep(t *testing.T) {
	for _, forget := range []bool{false, true} {
		done, untouched := 0, 0
		start := func() *memory { return disked(twoMonths(t).names[testPath].data) }
		purge := func(m *memory) error {
			_, err := Purge(testPath, purgeOptions(forget), options(m), agreed)
			return err
		}
		interruptAtEveryStep(t, start, purge, func(when string, l *Log) {
			e := lookup(t, l.Reader, key(oldMatch))
			switch len(l.Runs()) {
			case 2:
				untouched++
				if e.Answer.SeqNo != "S1" {
					t.Fatalf("%s: %+v", when, e)
				}
			default:
				done++
				if !forget && !e.Erased || forget && e.State != New {
					t.Fatalf("%s: %+v", when, e)
				}
			}
			if lookup(t, l.Reader, key(oldDoubt)).State != InDoubt || lookup(t, l.Reader, key(newMatch)).Answer.SeqNo != "S5" {
				t.Fatalf("%s: a doubt or an answer is gone", when)
			}
		})
		if done == 0 || untouched == 0 {
			t.Errorf("%d done, %d untouched", done, untouched)
		}
	}
}

// TestPurgeComparesWhatItWrote: a new file in which somebody is missing never takes the old one's place.
func TestPurgeComparesWhatItWrote(t *testing.T) {
	m := twoMonths(t)
	o, err := options(m).filled()
	must(t, err)
	l := mustOpen(t, o)
	defer l.Close()
	made := func(forget bool) *purge {
		p := &purge{Reader: l.Reader, PurgeOptions: purgeOptions(forget), before: secondMonth.Unix(), gone: map[int]int{}, days: days{}, begun: map[Attempt]int64{}}
		must(t, p.survey())
		return p
	}
	for _, forgetting := range []bool{false, true} {
		c, err := m.Open("new", CreateNew)
		must(t, err)
		to := &spool{file: c, off: l.body}
		w := newRewriter(testPath, l.header, l.seed, l.body, to)
		must(t, made(forgetting).rewrite(w))
		must(t, made(false).sign(w, Identity{1, 1}, o))
		must(t, to.flush())
		if err := made(false).compare(c, w); (err != nil) != forgetting {
			t.Errorf("people are missing: %v; %v", forgetting, err)
		}
		must(t, c.Close())
		must(t, m.Remove("new"))
	}
}
