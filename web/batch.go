package web

import (
	"slices"
	"time"
)

// batch is one list and what became of it: the record that is kept beside it.
type batch struct {
	ID      string    `json:"id"`
	Version int64     `json:"version"` // how often it was changed: whoever agrees says to what
	Name    string    `json:"name"`    // of the file as uploaded, made harmless
	Created time.Time `json:"created"`
	Touched time.Time `json:"touched"` // from when it is kept Retain long
	State   State     `json:"state"`
	Then    State     `json:"then,omitempty"` // of Pausing: what comes of it; of Waiting: it only writes down what is known

	Columns   map[string]string `json:"columns,omitempty"` // as somebody corrected them
	Header    string            `json:"header,omitempty"`  // the same of its row, see Job.Header
	Check     *Check            `json:"check,omitempty"`
	Refusal   *Refusal          `json:"refusal,omitempty"`
	CheckedAt time.Time         `json:"checkedAt"` // when that reading began

	Start  *start `json:"start,omitempty"`
	Looked bool   `json:"looked,omitempty"` // calls in doubt were looked up since the newest run, which changes its results
	Last   *last  `json:"last,omitempty"`
}

// start is what somebody agreed to.
type start struct {
	At      time.Time `json:"at"`
	Who     string    `json:"who"`
	Purpose string    `json:"purpose"`
	Calls   int64     `json:"calls"` // at most, over all runs of this batch
	Price   string    `json:"price"` // of one, as it was shown
	ToAsk   int64     `json:"toAsk"` // calls that it needed then
	Rate    float64   `json:"rate"`
	State   string    `json:"state,omitempty"`  // of the checkpoint, as it was when they were shown
	Resend  int64     `json:"resend,omitempty"` // people in doubt to be sent again, in the first run only
	Begun   bool      `json:"begun"`            // that run has begun
	Before  int64     `json:"before,omitempty"` // calls that were gone when the newest run began
	Most    int64     `json:"most,omitempty"`   // calls that it may make; 0 once it has said how many it made
	Agreed  []string  `json:"agreed,omitempty"`

	// What is gone is Base, what the checkpoint has recorded of the batch, and Lost.
	Counted bool   `json:"counted,omitempty"` // Base is known: all runs since have named the batch
	Base    int64  `json:"base,omitempty"`    // calls that were made before that
	Lost    int64  `json:"lost,omitempty"`    // calls that were recorded, and went with Loss
	Loss    string `json:"loss,omitempty"`    // see Recorded
	Needs   int64  `json:"needs,omitempty"`   // of a record that is not Counted: calls that its newest run needed, if it has not ended
}

// last is what the newest run came to.
type last struct {
	Ended    time.Time        `json:"ended"`
	Message  Words            `json:"message"`
	Question Words            `json:"question"`
	Ask      string           `json:"ask,omitempty"`
	Calls    int64            `json:"calls"` // over all runs since the start
	Spent    int64            `json:"spent"`
	Cost     string           `json:"cost,omitempty"`  // of these, at the price they were made at
	Needs    int64            `json:"needs,omitempty"` // calls that it needed still
	Status   map[string]int64 `json:"status,omitempty"`
	Sheet    bool             `json:"sheet"`
	Code     bool             `json:"code,omitempty"` // the AppCode was refused
}

// saying is the same end with another message. There may have been none yet.
func (l *last) saying(now time.Time, message Words) *last {
	said := last{Ended: now}
	if l != nil {
		said = *l
	}
	said.Message = message
	return &said
}

// gone is how many of the agreed calls are gone, now that the checkpoint says so much of the batch. What it has lost
// can't make a batch cheaper; one that has lost nothing is believed, also if less is gone than before.
func (b *batch) gone(r Recorded) int64 {
	n := b.Start.Base + r.Calls
	switch {
	case b.Start.Counted && r.Loss == "":
		return n
	case b.Start.Counted && r.Loss == b.Start.Loss:
		return n + b.Start.Lost
	}
	return max(n+b.Start.Lost, b.atMost())
}

// known is how many calls were gone when that was last kept.
func (b *batch) known() int64 {
	if b.Last == nil {
		return b.Start.Before
	}
	return max(b.Start.Before, b.Last.Spent)
}

// atMost is how many calls may be gone where the checkpoint can't tell: all that the newest run may make, if it has not
// said how many it made. Asked again it says the same, also once that was kept as what is gone.
func (b *batch) atMost() int64 { return max(b.known(), b.Start.Before+b.Start.Most) }

// count settles what is gone as a run begins, which needs so many calls. Until the runs of a batch named it, what a crash
// had cost followed from how many calls the batch still needed: that is done a last time, unless people were forgotten
// since, who look as if they had never been asked.
func (b *batch) count(r Recorded, toAsk int64) (gone int64) {
	gone = b.gone(r)
	if unended := b.Start.Needs; !b.Start.Counted && unended > 0 {
		if r.Loss == "" && r.Forgot.Before(b.Start.At) {
			unended = max(unended-toAsk, 0)
		}
		gone = max(gone, b.Start.Before+min(unended, max(b.Start.Calls-b.Start.Before, 0))) // its budget held
	}
	if !b.Start.Counted {
		b.Start.Counted, b.Start.Base, b.Start.Needs = true, max(gone-r.Calls, 0), 0
	}
	b.Start.Lost, b.Start.Loss = gone-r.Calls-b.Start.Base, r.Loss
	return gone
}

// unended: the newest run has not said what it came to.
func (s *start) unended() bool { return s.Most > 0 || s.Needs > 0 }

// goes: it is, or will be, at work without anybody's doing.
func (s State) goes() bool { return slices.Contains([]State{Checking, Waiting, Running, Pausing}, s) }

// begun: it was started, and shows the screens of that.
func (b *batch) begun() bool { return b.Start != nil }

// goesOn: rows were left that a further run could ask about, or has more to say about.
func (b *batch) goesOn() bool {
	if !b.begun() || b.State.goes() {
		return false
	}
	return b.State != Finished || b.Looked || b.Last != nil && b.Last.Status["pending"]+b.Last.Status["rejected"] > 0
}
