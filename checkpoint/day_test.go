package checkpoint

import (
	"testing"
	"time"
)

// TestCallsOnADay: whatever may have been billed on a day in China counts on it, also after the file was opened again.
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
	is(l.Reader, now, 4)
	must(t, l.Void(key(2), free, "throttled")) // the call was begun the day before
	is(l.Reader, first, 4)
	is(l.Reader, now, 3)
	must(t, l.Settle(key(3), begin(t, l, key(3)), verdict))
	must(t, l.Void(key(3), doubt, Resent))
	must(t, l.Void(key(4), billed, FoundBilled))
	must(t, l.Void(key(5), unbilled, FoundUnbilled))
	is(l.Reader, first, 3)
	is(l.Reader, now, 3)
	is(l.Reader, now.Add(24*time.Hour), 0)
	must(t, l.Close())

	again := mustOpen(t, o)
	defer again.Close()
	is(again.Reader, first, 3)
	is(again.Reader, now, 3)
	if dayOf(-1) != 0 || dayOf(-int64(9*time.Hour)) != -1 {
		t.Error("days before 1970 are wrong")
	}
}

// TestDaysOfOneCall: by when it was begun, what became of it, and when that was recorded.
func TestDaysOfOneCall(t *testing.T) {
	midnight := time.Date(2026, 3, 2, 0, 0, 0, 0, time.FixedZone("", china))
	const early, late = -time.Hour, -time.Minute
	for name, c := range map[string]struct {
		begun, closed time.Duration // from midnight
		outcome       string        // "": none; "answer"; or the class of a void
		want          [4]int        // on the day before midnight, and on the next three
	}{
		"answered the same day":                   {early, early + time.Second, "answer", [4]int{1}},
		"answered shortly before midnight":        {late, late + time.Second, "answer", [4]int{1}},
		"answered after midnight":                 {late, time.Second, "answer", [4]int{1, 1}},
		"answered after midnight, begun early":    {early, time.Second, "answer", [4]int{1, 1}},
		"answered two days later":                 {early, 25 * time.Hour, "answer", [4]int{1, 0, 1}},
		"answered two days later, begun late":     {late, 25 * time.Hour, "answer", [4]int{1, 1, 1}},
		"in doubt":                                {early, 0, "", [4]int{1}},
		"in doubt, begun late":                    {late, 0, "", [4]int{1, 1}},
		"in doubt, begun at the edge":             {-billingGrace, 0, "", [4]int{1, 1}},
		"in doubt, begun before the edge":         {-billingGrace - 1, 0, "", [4]int{1}},
		"begun at midnight":                       {0, 0, "", [4]int{0, 1}},
		"sent again":                              {early, 50 * time.Hour, Resent, [4]int{1}},
		"sent again, begun late":                  {late, 50 * time.Hour, Resent, [4]int{1, 1}},
		"found billed days later":                 {early, 50 * time.Hour, FoundBilled, [4]int{1}},
		"found billed days later, begun late":     {late, 50 * time.Hour, FoundBilled, [4]int{1, 1}},
		"found unbilled":                          {early, 50 * time.Hour, FoundUnbilled, [4]int{}},
		"found unbilled, begun late":              {late, 50 * time.Hour, FoundUnbilled, [4]int{}},
		"throttled":                               {late, late, "throttled", [4]int{}},
		"throttled after midnight":                {late, time.Second, "throttled", [4]int{}},
		"throttled, by a clock that was set back": {time.Second, late, "throttled", [4]int{}},
		"answered by a clock that was set back":   {time.Second, late, "answer", [4]int{1, 1}},
	} {
		m := newMemory()
		o := options(m)
		now := midnight.Add(c.begun)
		o.Now = func() time.Time { return now }
		l := mustOpen(t, o)
		a := begin(t, l, key(1))
		now = midnight.Add(c.closed)
		switch c.outcome {
		case "":
		case "answer":
			must(t, l.Settle(key(1), a, verdict))
		default:
			must(t, l.Void(key(1), a, c.outcome))
		}
		is := func(when string, r *Reader) {
			t.Helper()
			for day, want := range c.want {
				if got := r.CallsOn(midnight.Add(time.Duration(day-1) * 24 * time.Hour)); got != want {
					t.Errorf("%s, %s: %d calls on day %d, want %d", name, when, got, day, want)
				}
			}
		}
		is("at once", l.Reader)
		must(t, l.Close())
		l = mustOpen(t, o)
		is("opened again", l.Reader)
		must(t, l.Close())
		// Forgotten or not, the days cost what they cost; the second purge takes what was asked in between.
		for _, when := range []string{"forgotten", "forgotten once more"} {
			_, err := Purge(testPath, PurgeOptions{Before: midnight.Add(100 * time.Hour), Forget: true}, o, agreed)
			must(t, err)
			l = mustOpen(t, o)
			is(when, l.Reader)
			if s := lookup(t, l.Reader, key(1)).State; (s == New) == (c.outcome == "") {
				t.Errorf("%s: %v", name, s)
			}
			must(t, l.Settle(key(2), begin(t, l, key(2)), verdict))
			c.want[(c.closed+24*time.Hour)/(24*time.Hour)]++
			must(t, l.Close())
		}
	}
}

// TestManyPurgedDays: the newest ones are carried over, in a record of bounded size that an older program reads.
func TestManyPurgedDays(t *testing.T) {
	m := newMemory()
	o := options(m)
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.FixedZone("", china))
	o.Now = func() time.Time { return now }
	l := mustOpen(t, o)
	for n := range 100 {
		must(t, l.Settle(key(n), begin(t, l, key(n)), verdict))
		now = now.Add(24 * time.Hour)
	}
	must(t, l.Close())
	_, err := Purge(testPath, PurgeOptions{Before: now, Forget: true}, o, agreed)
	must(t, err)
	l = mustOpen(t, o)
	defer l.Close()
	for back := range carriedDays {
		if got := l.CallsOn(now.Add(-time.Duration(back+1) * 24 * time.Hour)); got != 1 {
			t.Fatalf("%d calls %d days ago", got, back+1)
		}
	}
	run, _ := l.LastRun()
	if err := run.End.check(); err != nil || len(run.End.Counts) != 5+carriedDays || run.End.Counts["callsOn:2026-06-08"] != 1 {
		t.Errorf("%v: %v", err, run.End.Counts)
	}
}
