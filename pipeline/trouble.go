package pipeline

import (
	"sync"
	"time"

	"mobile3batch/mobile3"
)

const (
	// unusableToStop: so many paid answers in a row without a verdict are not
	// bad luck.
	unusableToStop = 20
	// healthyStart and emptyToStop: after so many people who were found, so many in
	// a row of whom there is no record are a service that has lost its data, and
	// takes money for saying so.
	healthyStart = 50
	emptyToStop  = 300
	// failuresToProbe: after so many free failures in a row one call at a time finds
	// out whether the service is back.
	failuresToProbe = 10
	// lostToProbe: after so many calls in a row without any answer the next ones go
	// one at a time. Each may be charged for nothing, so they are few; one alone, or
	// two, may be a line's bad luck.
	lostToProbe = 3
	// lostToStop: so many calls in a row without any answer are a service, or
	// a line, that takes money and gives nothing.
	lostToStop = 50
	// lostShare: and so is one that loses, beyond that, more than one call for so many
	// answers: it may answer whoever asks alone, and lose a whole pool each time.
	lostShare = 4
	// repeatedToStop: so many answers in a row that other calls have had are no line's
	// bad luck. Something answers many with one answer.
	repeatedToStop = 3
)

// trouble watches the service over all workers.
type trouble struct {
	mu       sync.Mutex
	found    int       // answers 1 and 2
	empty    int       // no record, in a row
	unusable int       // in a row
	repeated int       // answers of other calls, in a row among all answers
	lost     int       // in a row
	doubts   int       // in this run
	answers  int       // in this run, paid ones
	failures int       // free ones in a row, throttled calls left out
	since    time.Time // when the present time without any answer began; zero: there was one
}

// note takes in one outcome and says whether the batch should stop.
func (t *trouble) note(out mobile3.Outcome, giveUp time.Duration) (stop bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if out.Class.Record() == mobile3.Settle {
		t.answers++
	}
	if t.repeats(out.Class) {
		return true
	}
	switch c := out.Class; {
	case c == mobile3.Throttled:
		return t.silent(giveUp)
	case c.Retry():
		t.failures++
		return t.silent(giveUp)
	case c.Record() == mobile3.Nothing:
		t.lost++
		t.doubts++
		return t.lost >= lostToStop || t.doubts >= lostToStop+t.answers/lostShare || t.silent(giveUp)
	case c == mobile3.Unusable:
		t.unusable++
		t.lost, t.failures, t.since = 0, 0, time.Time{}
		return t.unusable >= unusableToStop
	}
	t.unusable, t.lost, t.failures, t.since = 0, 0, 0, time.Time{}
	return t.emptied(out)
}

// repeats counts answers that other calls have had. Any other answer ends the row;
// where none came, nothing is known.
func (t *trouble) repeats(c mobile3.Class) (stop bool) {
	switch c {
	case mobile3.Repeated:
		t.repeated++
	case mobile3.InDoubt, mobile3.NotSent:
	default:
		t.repeated = 0
	}
	return t.repeated >= repeatedToStop
}

func (t *trouble) emptied(out mobile3.Outcome) bool {
	switch {
	case out.Class != mobile3.Verdict:
	case out.Answer.Result == 3:
		t.empty++
	default:
		t.found++
		t.empty = 0
	}
	return t.found >= healthyStart && t.empty >= emptyToStop
}

// down is how many failures in a row there were beyond those that are no reason
// to doubt the service; 0: it is up, as far as is known.
func (t *trouble) down() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return max(0, t.failures-failuresToProbe+1)
}

// mute reports whether so many calls in a row were in doubt that it is no bad luck.
func (t *trouble) mute() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.lost >= lostToProbe
}

func (t *trouble) silent(giveUp time.Duration) bool {
	now := time.Now()
	if t.since.IsZero() {
		t.since = now
	}
	return now.Sub(t.since) >= giveUp
}
