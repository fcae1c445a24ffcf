package cli

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mobile3batch/pipeline"
)

// What takes time after a resume is who is still to be asked: the rows that
// are known fly by and must not make the rest look short.
func TestTimeLeftAfterAResume(t *testing.T) {
	b := &batch{options: options{maxCalls: -1}, survey: pipeline.Survey{Rows: 1000, ToAsk: 100}}
	b.meter.Rows.Store(900)
	start := time.Now()
	var s speed
	s.measure(start, 0, 0)
	s.measure(start.Add(10*time.Second), 900, 10)
	b.meter.Answers.Store(10)
	is(t, "time left for 90 calls at 1/s", b.left(&s), "1m30s")

	b.maxCalls = 20
	is(t, "under a budget of 20 calls", b.left(&s), "10s")

	b.meter.Answers.Store(20)
	is(t, "only rows are left", b.left(&s), "1s")
}

func TestProgressFitsTheTerminal(t *testing.T) {
	facts := []string{"60/60 行", "20 行/秒", "剩余 0s", "已计费 56 次 ¥8.96"}
	is(t, "wide", fit(facts, 80), strings.Join(facts, " · "))
	is(t, "narrow", fit(facts, 39), "60/60 行 · 剩余 0s · 已计费 56 次 ¥8.96")
	is(t, "tiny", fit(facts, 5), "60/60 行")
	for _, columns := range []int{20, 40, 60} {
		if got := width(fit(facts, columns)); got > columns {
			t.Errorf("%d columns wide on %d", got, columns)
		}
	}
}

func TestMoneyIsExact(t *testing.T) {
	price, err := parseYuan("0.16")
	if err != nil {
		t.Fatal(err)
	}
	budget, err := parseYuan("0.48")
	if err != nil {
		t.Fatal(err)
	}
	is(t, "calls for 0.48 at 0.16", int64(budget/price), 3)
	for in, want := range map[string]string{"0.155": "¥0.155", "12": "¥12.00", ".5": "¥0.50", "¥3.1000": "¥3.10", "0": "¥0.00"} {
		y, err := parseYuan(in)
		if err != nil {
			t.Errorf("%s: %v", in, err)
		}
		is(t, in, y.String(), want)
	}
	for _, bad := range []string{"", ".", "-1", "+1", "1e3", "0.12345", "1,5", "abc", "99999999999999999999"} {
		if _, err := parseYuan(bad); err == nil {
			t.Errorf("%q was taken for an amount", bad)
		}
	}
	if y := price.times(1 << 62); y <= 0 {
		t.Errorf("overflow: %d", y)
	}
}

// tripping is a terminal on which drawing a bar is a mistake of this program.
type tripping struct{ said strings.Builder }

func (w *tripping) Write(p []byte) (int, error) {
	if strings.Contains(string(p), "%") {
		panic("planted")
	}
	return w.said.Write(p)
}

// A mistake in what is drawn ends the drawing, with one word about it, and not the run.
func TestProgressFallsSilent(t *testing.T) {
	for name, passed := range map[string]time.Duration{"while it runs": time.Minute, "in its last word": 0} {
		synctest.Test(t, func(t *testing.T) {
			var w tripping
			b := &batch{source: source{lang: en}, talk: &talker{err: &w, terminal: true}, survey: pipeline.Survey{Rows: 100}}
			stop := b.showProgress()
			b.meter.Rows.Store(10)
			time.Sleep(passed) // of the bubble
			stop()
			is(t, name+", said", strings.Count(w.said.String(), "the run goes on"), 1)
			is(t, name+", a bar stands on the line", b.talk.midLine.Load(), false)
		})
	}
}
