package checkpoint

import (
	"encoding/hex"
	"time"
)

// Key stands for one person: a keyed digest made by the caller with the checkpoint's secret. It tells nothing without
// that secret.
type Key [16]byte

// Ref is how people may speak of a person: the key's first 12 hex digits.
func (k Key) Ref() string { return hex.EncodeToString(k[:6]) }

// Attempt is the running number of a begin in the file, from 1. A purge and a repair number anew: people are told a
// call's Number instead.
type Attempt uint64

// State is what the checkpoint knows of a person.
type State uint8

const (
	New     State = iota // never asked, or every attempt was certainly free
	InDoubt              // an attempt was begun and neither settled nor voided
	Settled              // answered
)

func (s State) String() string {
	switch s {
	case New:
		return "new"
	case InDoubt:
		return "in doubt"
	case Settled:
		return "settled"
	}
	return "unknown"
}

// MaxText bounds, in bytes, every text given to the checkpoint. Callers cut; the checkpoint refuses.
const MaxText = 4096

// Answer is what the service said, field by field; never its raw body.
type Answer struct {
	HTTPStatus    int
	Code          string
	IsFee         string
	SeqNo         string
	Result        int // 1, 2, 3 as the service says; 0: nothing usable
	ResultDesc    string
	MobileChannel string
	RequestID     string
	Sandbox       bool // the answer said that it came from a sandbox
}

// Usable tells whether the answer holds a verdict.
func (a Answer) Usable() bool { return a.Result >= 1 && a.Result <= 3 }

// Billed tells whether the service charges for such an answer: HTTP status 200 up to 399.
func (a Answer) Billed() bool { return a.HTTPStatus >= 200 && a.HTTPStatus <= 399 }

// Entry is what Lookup finds.
type Entry struct {
	State   State
	Answer  Answer    // of the newest settle; only when Settled
	At      time.Time // of that settle, or of the newest open begin
	ThisRun bool      // that settle, or any open attempt, was recorded through this Log
	Wasted  int       // how many answers without a verdict the person has had in a row
	Resent  bool      // a doubt of theirs was voided as Resent: somebody had them sent again
	// Unfinished: they were sent again and answered, but a crash came before the older attempt, still open, was voided
	// as Resent. Only when Settled.
	Unfinished bool
	// Erased: a purge took the answer, all but HTTPStatus, Sandbox and an IsFee of "1". Only when Settled.
	Erased bool
}

// Doubt is one attempt that was begun and not answered.
type Doubt struct {
	Key     Key
	Attempt Attempt
	Number  int // what people call it, six digits: see CallNumber
	Since   time.Time
	ThisRun bool
}

// Counts sums up a checkpoint. Persons are counted once, calls as often as they were recorded.
type Counts struct {
	Results  [4]int // persons neither in doubt nor new, by the newest result; [0]: no usable verdict
	Erased   int    // persons neither in doubt nor new whose newest answer a purge erased
	InDoubt  int    // persons with an open attempt
	Begins   int    // attempts
	Settles  int    // answers
	Billed   int    // answers with a status of 200 up to 399
	Fee      int    // answers whose isFee is "1"
	Voids    int    // attempts closed without an answer
	Resent   int    // of those: voided as Resent, so they may have been charged
	Found    int    // of those: voided as FoundBilled, so they were charged
	ByReason map[string]int
}

// Resent is the class with which an attempt in doubt is voided after a person had it sent again and the newer attempt
// was settled. Such an attempt may have been charged. Every other class, but for FoundBilled, says that it was not.
const Resent = "resent"

// FoundUnbilled and FoundBilled are the classes with which an attempt in doubt is voided after a person looked it up in
// the provider's usage log. Who is found unbilled is as before that attempt. Who is found billed was charged and the
// answer is lost: they count as settled without a verdict, unless an older answer stands.
const (
	FoundUnbilled = "found-unbilled"
	FoundBilled   = "found-billed"
)
