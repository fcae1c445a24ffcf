package pipeline

import (
	"time"

	"mobile3batch/checkpoint"
	"mobile3batch/person"
	"mobile3batch/reader"
)

// Status says where a row stands. Every input row has exactly one.
type Status uint8

const (
	Pending  Status = iota // not asked: the batch stopped, or its budget was reached
	Match                  // the service's result 1
	Mismatch               // result 2
	NoRecord               // result 3; never a failure
	Invalid                // failed a local check; no call
	Rejected               // the service refused this row; free, asked again in the next run
	Unusable               // an answer that counts as paid and holds no verdict, or none any more
	InDoubt                // sent, never answered: may have been charged
	statuses
)

var statusNames = [statuses]string{"pending", "match", "mismatch", "no_record", "invalid", "rejected", "unusable", "in_doubt"}

func (s Status) String() string { return statusNames[s] }

// Statuses lists them in the order in which a summary shows them.
func Statuses() []Status {
	return []Status{Match, Mismatch, NoRecord, Invalid, Rejected, Unusable, InDoubt, Pending}
}

// NeedsPerson reports whether somebody has to look at a row that ended so.
func (s Status) NeedsPerson() bool {
	return s == Invalid || s == Rejected || s == Unusable || s == InDoubt
}

// Source says where a row's answer comes from.
type Source uint8

const (
	NoSource       Source = iota
	FromAPI               // this row was asked, in this run
	FromCheckpoint        // an earlier run was answered
	FromDuplicate         // another row of this run is the same person
)

func (s Source) String() string {
	return [...]string{"", "api", "checkpoint", "duplicate"}[s]
}

// Result is one row's end. It belongs to the receiver.
type Result struct {
	Row      reader.Row
	Status   Status
	Source   Source
	Answer   checkpoint.Answer // for Match, Mismatch, NoRecord, Unusable
	Before   *Before           // what was answered before this batch, if it asked anew and that is wanted
	At       time.Time         // when it was answered; for InDoubt, when it was sent
	Findings []person.Finding  // what was mended, warned about, or is wrong
	Ref      string            // how to speak of this person without naming them: InDoubt, Unusable
	Code     string            // the gateway's code or this program's word for what happened: Rejected, InDoubt
	Halt     Halt              // why a Pending row was not asked
	Erased   bool              // a purge took the answer: Unusable

	refused string // the call that this row's person had in this run was refused for nothing, with this code
}

// Before is an earlier verdict.
type Before struct {
	Answer checkpoint.Answer
	At     time.Time
}

// verdict turns a settled answer into a row's status.
func verdict(a checkpoint.Answer) Status {
	switch a.Result {
	case 1:
		return Match
	case 2:
		return Mismatch
	case 3:
		return NoRecord
	}
	return Unusable
}
