package pipeline

import (
	"sync/atomic"

	"mobile3batch/mobile3"
)

// Meter counts a run while it goes. Whoever draws the progress reads it; the
// pipeline's goroutines only add.
type Meter struct {
	Rows    atomic.Int64 // written to the sheet
	Calls   atomic.Int64 // that reached, or may have reached, the service
	Answers atomic.Int64 // people settled by this run
	Billed  atomic.Int64 // answers that count as paid: 2xx (and 3xx)
	Fee     atomic.Int64 // answers with isFee = 1
	Doubts  atomic.Int64 // calls that this run left in doubt
	Free    atomic.Int64 // calls that were surely not charged
	Flying  atomic.Int64 // calls under way

	Throttled atomic.Int64 // of the free ones: the service took no more calls a second

	// Waiting is why calls are being tried again, in one word; nil while the
	// service answers.
	Waiting atomic.Pointer[string]

	status     [statuses]atomic.Int64
	known      atomic.Int64
	duplicates atomic.Int64
}

func (m *Meter) row(res Result) {
	m.status[res.Status].Add(1)
	switch res.Source {
	case FromCheckpoint:
		m.known.Add(1)
	case FromDuplicate:
		m.duplicates.Add(1)
	}
	m.Rows.Add(1)
}

// ByStatus is how many rows have come to each status so far.
func (m *Meter) ByStatus() map[Status]int64 {
	by := make(map[Status]int64, statuses)
	for st := range statuses {
		by[st] = m.status[st].Load()
	}
	return by
}

// Summary is what a run came to.
type Summary struct {
	Rows       int64
	ByStatus   map[Status]int64
	Calls      int64
	Billed     int64
	Fee        int64
	Doubts     int64
	Free       int64
	Throttled  int64
	Pace       float64       // calls a second that the service was found to take; 0: as many as were allowed
	Known      int64         // rows answered from the checkpoint
	Duplicates int64         // rows that shared another row's answer
	Halt       Halt          // 0: every row was dealt with
	HaltCode   string        // of the answer that stopped the batch; empty: none did
	HaltClass  mobile3.Class // and its class
}

func (m *Meter) summary() Summary {
	s := Summary{
		Rows: m.Rows.Load(), ByStatus: m.ByStatus(),
		Calls: m.Calls.Load(), Billed: m.Billed.Load(), Fee: m.Fee.Load(),
		Doubts: m.Doubts.Load(), Free: m.Free.Load(), Throttled: m.Throttled.Load(),
		Known: m.known.Load(), Duplicates: m.duplicates.Load(),
	}
	return s
}
