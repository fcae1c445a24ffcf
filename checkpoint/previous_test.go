package checkpoint

import (
	"testing"
	"time"
)

// TestPrevious: the verdict from before the batch, for those who were asked anew in it, also when the batch was
// interrupted, answered twice, or the file opened again; and nobody else's.
func TestPrevious(t *testing.T) {
	m := newMemory()
	o := options(m)
	o.Now = clock()
	batch := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	l := mustOpen(t, o)
	run := func(start time.Time) {
		must(t, l.StartRun(Run{Program: "test", BatchStart: start, Input: [16]byte{1}}))
	}
	answered := func(k, n int) { must(t, l.Settle(key(k), begin(t, l, key(k)), answer(n))) }
	before := func(k int, seqNo string) {
		t.Helper()
		a, at, ok, err := l.Previous(key(k))
		if err != nil || ok != (seqNo != "") || a.SeqNo != seqNo || ok && at.IsZero() {
			t.Errorf("person %d had %q before, %v, %v; want %q", k, a.SeqNo, ok, err, seqNo)
		}
	}
	run(batch)
	answered(1, 1)
	answered(2, 2)
	answered(3, 4) // 4 % 4: no verdict
	answered(4, 3)
	before(1, "")
	must(t, l.EndRun(RunEnd{Why: "finished"}))

	batch = batch.Add(24 * time.Hour)
	run(batch)
	answered(1, 5)
	answered(3, 6)
	answered(9, 7)
	before(1, "S1")
	must(t, l.EndRun(RunEnd{Why: "interrupted"}))
	must(t, l.StartRun(Run{Program: "test", BatchStart: batch.Add(time.Hour)})) // of no input: a resolve
	must(t, l.EndRun(RunEnd{Why: "resolved"}))
	must(t, l.Close())

	l = mustOpen(t, o) // goes on
	run(batch)
	answered(1, 9) // once more: what it was before the batch stays
	answered(2, 6)
	for range 2 {
		before(1, "S1")
		before(2, "S2")
		before(3, "") // that was no verdict
		before(4, "") // not asked anew
		before(9, "") // new
		must(t, l.Sync())
	}
	must(t, l.EndRun(RunEnd{Why: "finished"}))
	run(batch.Add(24 * time.Hour))
	before(1, "")
	answered(1, 1)
	before(1, "S9")
	must(t, l.EndRun(RunEnd{Why: "finished"}))
	must(t, l.Close())
}
