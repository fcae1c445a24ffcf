package checkpoint

import (
	"testing"
	"time"
)

// TestCallsOnADay: whatever may have been charged counts on the day in China on which it was begun, also after the file
// was opened again.
func TestCallsOnADay(t *testing.T) {
	m := newMemory()
	now := time.Date(2026, 3, 1, 15, 59, 59, 0, time.UTC) // one second to midnight in China
	o := options(m)
	o.Now = func() time.Time { return now }
	l := mustOpen(t, o)
	is := func(r *Reader, at time.Time, want int) {
		t.Helper()
		if got := r.CallsOn(at); got != want {
			t.Errorf("%d calls on the day of %v, want %d", got, at, want)
		}
	}
	first := now
	must(t, l.Settle(key(1), begin(t, l, key(1)), verdict))
	free := begin(t, l, key(2))
	doubt := begin(t, l, key(3))
	billed, unbilled := begin(t, l, key(4)), begin(t, l, key(5))
	is(l.Reader, first, 5)

	now = now.Add(time.Second)
	is(l.Reader, now, 0)
	must(t, l.Void(key(2), free, "throttled")) // the call was begun the day before
	is(l.Reader, first, 4)
	must(t, l.Settle(key(3), begin(t, l, key(3)), verdict))
	must(t, l.Void(key(3), doubt, Resent))
	must(t, l.Void(key(4), billed, FoundBilled))
	must(t, l.Void(key(5), unbilled, FoundUnbilled))
	is(l.Reader, first, 3)
	is(l.Reader, now, 1)
	is(l.Reader, now.Add(24*time.Hour), 0)
	must(t, l.Close())

	again := mustOpen(t, o)
	defer again.Close()
	is(again.Reader, first, 3)
	is(again.Reader, now, 1)
	if dayOf(-1) != 0 || dayOf(-int64(9*time.Hour)) != -1 {
		t.Error("days before 1970 are wrong")
	}
}
