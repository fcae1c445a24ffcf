package pipeline

import (
	"testing"

	"mobile3batch/mobile3"
	"mobile3batch/person"
)

var repeated = mobile3.Outcome{Class: mobile3.Repeated, GatewayCode: "repeated-answer"}

// Three answers in a row that other calls have had stop the batch: a service, or a
// proxy before it, that gives one answer to many.
func TestRepeatedAnswersStop(t *testing.T) {
	b := newBench(t, people(200))
	b.job.Workers = 1
	b.service.answer = func(n int, _ person.Person) mobile3.Outcome {
		if n > 10 {
			return repeated
		}
		return match
	}
	sum := b.mustRun()
	is(t, "halt", sum.Halt, HaltService)
	is(t, "code", sum.HaltCode, "repeated-answer")
	is(t, "calls", sum.Calls, 13)
	is(t, "in doubt", sum.ByStatus[InDoubt], 3)
	is(t, "matches", sum.ByStatus[Match], 10)
	is(t, "pending", sum.ByStatus[Pending], 187)
}

// With many workers no more are lost than are under way when the third comes.
func TestRepeatedAnswersStopAPool(t *testing.T) {
	b := newBench(t, people(200))
	b.job.Workers = 8
	b.service.answer = func(n int, _ person.Person) mobile3.Outcome {
		if n > 20 {
			return repeated
		}
		return match
	}
	sum := b.mustRun()
	is(t, "halt", sum.Halt, HaltService)
	if n := sum.ByStatus[InDoubt]; n < 3 || n > 3+8 {
		t.Errorf("%d in doubt", n)
	}
	is(t, "charged twice", len(b.service.twice()), 0)
}

// An answer between them is the call's own: one line repeats, and the rest is well.
// What is no answer says nothing about it.
func TestRepeatedAnswersBetweenOthers(t *testing.T) {
	for name, turn := range map[string]struct {
		outcomes []mobile3.Outcome
		calls    int // in a batch that stops; 0: it does not
	}{
		"two, an answer":          {[]mobile3.Outcome{match, repeated, match, match, match, repeated, match, match, match, match}, 0},
		"two, a refusal":          {[]mobile3.Outcome{match, match, match, repeated, repeated, rejected, match, match, match, match}, 0},
		"two, garbage, one":       {[]mobile3.Outcome{match, match, repeated, repeated, garbage, repeated, match, match, match, match}, 0},
		"two, a time-out, one":    {[]mobile3.Outcome{match, match, repeated, repeated, doubt, repeated}, 6},
		"two, nothing sent, one":  {[]mobile3.Outcome{match, match, repeated, repeated, notSent, repeated}, 6},
		"three, answers were few": {[]mobile3.Outcome{match, repeated, repeated, repeated}, 4},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, people(100))
			b.job.Workers = 1
			calls := 0
			b.service.answer = func(n int, _ person.Person) mobile3.Outcome {
				calls = n
				return turn.outcomes[(n-1)%len(turn.outcomes)]
			}
			sum := b.mustRun()
			if stopped := sum.Halt&HaltService != 0; stopped != (turn.calls > 0) || stopped && calls != turn.calls {
				t.Errorf("halt %v after %d calls", sum.Halt, calls)
			}
		})
	}
}
