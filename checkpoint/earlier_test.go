package checkpoint

import (
	"os"
	"slices"
	"testing"
	"time"
)

// TestFileOfAnEarlierVersion: testdata/earlier.bin was written by the version before runs named their batch and
// calls had numbers of their own, in a sandbox: three people, forgotten by a purge; five more, of whom two were sent twice
// and never answered, and one of these two was looked up; the answers of the other three, erased; and one who was
// answered last. It says what that version said of it, and can be gone on with.
func TestFileOfAnEarlierVersion(t *testing.T) {
	b, err := os.ReadFile("testdata/earlier.bin")
	must(t, err)
	m := newMemory()
	m.put(testPath, 101, b)
	day := time.Date(2026, 11, 30, 12, 0, 0, 0, time.FixedZone("", china))
	says := func(when string, r *Reader, lastRuns, today int) {
		t.Helper()
		c := r.Counts()
		c.ByReason = nil
		want := Counts{Results: [4]int{1, 1}, Erased: 3, InDoubt: 1, Begins: 8, Settles: 4, Billed: 4, Fee: 4, Voids: 2, Found: 1}
		if !reflectEqual(c, want) {
			t.Errorf("%s: %+v, want %+v", when, c, want)
		}
		if got := r.CallsOn(day); got != today {
			t.Errorf("%s: %d calls on that day, want %d", when, got, today)
		}
		var numbers []int
		for d := range r.InDoubt() {
			numbers = append(numbers, d.Number)
		}
		if want := []int{454933, 461178}; !slices.Equal(numbers, want) {
			t.Errorf("%s: calls in doubt %v, want %v", when, numbers, want)
		}
		var options []string
		for _, run := range r.Runs() {
			options = append(options, run.Options)
			if run.Batch != "" || run.End == nil || run.forgotten != 0 {
				t.Errorf("%s: %+v", when, run)
			}
		}
		const usual, purge = "rate=20 workers=20 price=¥0.16", "purge before=2026-11-29"
		if want := []string{usual, purge, usual, usual + " in-doubt=resend", "resolve", purge, usual}; !slices.Equal(options[:7], want) || len(options) != lastRuns {
			t.Errorf("%s: options %q", when, options)
		}
		if r.Lost() != 0 || r.Service() != "sandbox" || r.CallsOf("") != 0 {
			t.Errorf("%s: lost %d, of %s", when, r.Lost(), r.Service())
		}
	}
	r, err := View(testPath, ViewOptions{FS: m})
	must(t, err)
	says("viewed", r, 7, 7)
	must(t, r.Close())
	rep, err := Verify(testPath, ViewOptions{FS: m})
	if err != nil || !rep.Sound() || rep.Tail != 0 || rep.Commits != 29 {
		t.Errorf("%v: %+v", err, rep)
	}
	o := options(m)
	o.Confirm = func(Moved) bool { return true }
	l := mustOpen(t, o)
	says("opened", l.Reader, 7, 7)
	must(t, l.Close())
	p, err := Purge(testPath, PurgeOptions{Before: day.Add(24 * time.Hour)}, o, agreed)
	must(t, err)
	if p.Answers != 1 {
		t.Errorf("%+v", p)
	}
	l = mustOpen(t, o)
	defer l.Close()
	if got := l.CallsOn(day); got != 7 || l.Counts().Erased != 4 || l.Counts().InDoubt != 1 {
		t.Errorf("purged: %d calls, %+v", got, l.Counts())
	}
}
