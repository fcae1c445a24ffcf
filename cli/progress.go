package cli

import (
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/schollz/progressbar/v3"
)

const (
	redraw    = 200 * time.Millisecond
	plainLine = 10 * time.Second
	span      = 10 * time.Second // over which speeds are measured

	barWidth   = 16
	barColumns = barWidth + 12 // with the percentage and its frame
)

// showProgress draws what the meter says until the returned function is
// called. On a terminal it is a bar; elsewhere one line every ten seconds, so
// that a nightly job's mail stays short.
func (b *batch) showProgress() (stop func()) {
	if b.quiet {
		return func() {}
	}
	draw, every := b.plain, plainLine
	end := func() { b.plain(b.average(time.Now())) }
	if b.talk.terminal {
		draw, every = b.bar()
		b.talk.midLine.Store(true)
		end = func() {
			draw(b.average(time.Now()))
			fmt.Fprintln(b.talk.err)
			b.talk.midLine.Store(false)
		}
	}
	b.spending = time.Now()
	var broken atomic.Bool
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		defer b.fallSilent(&broken)
		tick := time.NewTicker(every)
		defer tick.Stop()
		var s speed
		for {
			select {
			case <-tick.C:
				s.measure(time.Now(), b.meter.Rows.Load(), b.meter.Calls.Load())
				draw(&s)
			case <-quit:
				return
			}
		}
	}()
	return func() {
		close(quit)
		<-done
		if !broken.Load() {
			defer b.fallSilent(&broken)
			end()
		}
	}
}

// fallSilent catches what goes wrong while progress is drawn: that is no reason to
// lose paid answers under way. It must be deferred itself.
func (b *batch) fallSilent(broken *atomic.Bool) {
	if recover() == nil {
		return
	}
	broken.Store(true)
	b.talk.warn(b.lang.of(text{"进度显示出错，不再显示；运行继续", "an internal error ended the progress display; the run goes on"}))
	b.talk.midLine.Store(false)
}

func (b *batch) bar() (draw func(*speed), every time.Duration) {
	bar := progressbar.NewOptions64(b.survey.Rows,
		progressbar.OptionSetWriter(b.talk.err),
		progressbar.OptionSetWidth(barWidth),
		progressbar.OptionSetPredictTime(false), // its own is wrong when most rows are known already
		progressbar.OptionSetElapsedTime(false),
		progressbar.OptionShowDescriptionAtLineEnd(),
		progressbar.OptionUseANSICodes(true),
	)
	return func(s *speed) {
		bar.Describe(fit(b.facts(s), b.talk.columns()-barColumns))
		_ = bar.Set64(min(b.meter.Rows.Load(), b.survey.Rows))
	}, redraw
}

func (b *batch) plain(s *speed) {
	b.talk.say(b.state(s),
		"rows", b.meter.Rows.Load(), "of", b.survey.Rows, "calls", b.meter.Calls.Load(), "billed", b.meter.Billed.Load())
}

// average is the speed of the whole run.
func (b *batch) average(now time.Time) *speed {
	var s speed
	s.measure(b.spending, 0, 0)
	s.measure(now, b.meter.Rows.Load(), b.meter.Calls.Load())
	return &s
}

// state is the progress in words: rows, speed, time left, calls, money.
func (b *batch) state(s *speed) string { return strings.Join(b.facts(s), " · ") }

func (b *batch) facts(s *speed) []string {
	say := func(zhText, enText string, args ...any) string {
		return fmt.Sprintf(b.lang.of(text{zhText, enText}), args...)
	}
	facts := []string{
		say("%d/%d 行", "%d/%d rows", b.meter.Rows.Load(), b.survey.Rows),
		say("%.0f 行/秒", "%.0f rows/s", s.rows),
		say("剩余 %s", "%s left", b.left(s)),
		say("已计费 %d 次 %s", "%d billed %s", b.meter.Billed.Load(), b.price.times(b.meter.Billed.Load())),
	}
	if why := b.meter.Waiting.Load(); why != nil {
		facts = append(facts, say("等待重试 %s", "trying again: %s", *why))
	}
	return facts
}

// fit leaves facts out, the second one first, until the rest stands on one line:
// a bar that wraps draws itself anew in every line.
func fit(facts []string, columns int) string {
	for len(facts) > 1 && width(strings.Join(facts, " · ")) > columns {
		facts = append(facts[:1:1], facts[2:]...)
	}
	return strings.Join(facts, " · ")
}

// width counts what a terminal shows: Chinese characters take two columns.
func width(s string) (columns int) {
	for _, r := range s {
		columns++
		if r >= 0x2E80 {
			columns++
		}
	}
	return columns
}

// left is how long the rest takes: what takes time is the people who are still
// to be asked, not the rows that are known.
func (b *batch) left(s *speed) string {
	calls := b.survey.ToAsk
	if b.maxCalls >= 0 {
		calls = min(calls, b.maxCalls)
	}
	calls -= b.meter.Answers.Load()
	perSecond, n := s.calls, calls
	if calls <= 0 {
		perSecond, n = s.rows, b.survey.Rows-b.meter.Rows.Load()
	}
	if n <= 0 {
		return "0s"
	}
	if perSecond <= 0 {
		return "?"
	}
	return clock(time.Duration(float64(n) / perSecond * float64(time.Second)))
}

// speed measures rows and calls a second over the last span.
type speed struct {
	rows, calls float64
	marks       []mark
}

type mark struct {
	at          time.Time
	rows, calls int64
}

func (s *speed) measure(now time.Time, rows, calls int64) {
	s.marks = append(s.marks, mark{now, rows, calls})
	for len(s.marks) > 2 && now.Sub(s.marks[1].at) >= span {
		s.marks = s.marks[1:]
	}
	first := s.marks[0]
	if d := now.Sub(first.at).Seconds(); d > 0 {
		s.rows = float64(rows-first.rows) / d
		s.calls = float64(calls-first.calls) / d
	}
}
