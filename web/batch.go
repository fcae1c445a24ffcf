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
	Needs   int64     `json:"needs,omitempty"`  // calls that it needed then; 0 once it has said how many it made
	Agreed  []string  `json:"agreed,omitempty"`
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

// spent is how many of the agreed calls are gone. A run that ended has said it. Of one
// that a crash ended, what the batch needs now tells it: who was answered or is in doubt
// needs no call any more, who failed for nothing does.
func (b *batch) spent(toAsk int64) int64 {
	gone := b.Start.Before + max(b.Start.Needs-toAsk, 0)
	if b.Last != nil {
		gone = max(gone, b.Last.Spent)
	}
	return gone
}

// left is how many calls the next run may make.
func (b *batch) left(toAsk int64) int64 { return max(b.Start.Calls-b.spent(toAsk), 0) }

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
