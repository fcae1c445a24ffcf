package main

import (
	"encoding/binary"
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"mobile3batch/checkpoint"
)

// inFlight is how many calls wait for their intents at a time.
const inFlight = 64

// answerOf has the texts of a usual answer.
var answerOf = checkpoint.Answer{HTTPStatus: 200, Code: "0", IsFee: "1", SeqNo: "SX00000000-0000000001", Result: 1,
	ResultDesc: "一致", MobileChannel: "CMCC", RequestID: "00000000-0000-0000-0000-000000000000"}

// pairSize is what an intent and its answer take in a checkpoint, in bytes.
const pairSize = 65 + 149

type rate struct{ PerSecond float64 }

// bareCommits is the disk's ceiling: it writes and syncs as many bytes as a group of intents and answers has, again and
// again: FILE PAIRS.
func bareCommits(args []string) error {
	f, err := os.Create(args[0])
	if err != nil {
		return err
	}
	group := make([]byte, inFlight*pairSize)
	pairs := number(args[1])
	began := time.Now()
	for n := 0; n < pairs; n += inFlight {
		if _, err := f.Write(group); err != nil {
			return err
		}
		if err := dataSync(f); err != nil {
			return err
		}
	}
	took := time.Since(began)
	return errors.Join(f.Close(), tell(rate{float64(pairs) / took.Seconds()}))
}

// ourCommits records intents, each waited for, and answers: FILE PAIRS.
func ourCommits(args []string) error {
	l, err := checkpoint.Open(args[0], checkpoint.Options{Service: "bench", Create: true})
	if err != nil {
		return err
	}
	pairs := int64(number(args[1]))
	var next atomic.Int64
	var all sync.WaitGroup
	errs := make([]error, inFlight)
	began := time.Now()
	for i := range inFlight {
		all.Go(func() {
			for n := next.Add(1); n <= pairs && errs[i] == nil; n = next.Add(1) {
				var a checkpoint.Attempt
				if a, errs[i] = l.Begin(keyOf(uint64(n)), [16]byte{}); errs[i] == nil {
					errs[i] = l.Settle(keyOf(uint64(n)), a, answerOf)
				}
			}
		})
	}
	all.Wait()
	err = errors.Join(append(errs, l.Sync())...)
	took := time.Since(began)
	return errors.Join(err, l.Close(), tell(rate{float64(pairs) / took.Seconds()}))
}

// keyOf looks like a digest.
func keyOf(n uint64) (k checkpoint.Key) {
	n = (n + 1) * 0x9e3779b97f4a7c15
	binary.LittleEndian.PutUint64(k[:], n^n>>29)
	binary.LittleEndian.PutUint64(k[8:], n*0xbf58476d1ce4e5b9)
	return k
}

// opened is what opening a checkpoint took.
type opened struct {
	Seconds         float64
	Records, People int
	Heap            uint64 // bytes in use afterwards
}

// openCheckpoint opens one that was left in order: FILE.
func openCheckpoint(args []string) error {
	before := inUse()
	began := time.Now()
	r, err := checkpoint.View(args[0], checkpoint.ViewOptions{})
	if err != nil {
		return err
	}
	took := time.Since(began)
	c := r.Counts()
	o := opened{Seconds: took.Seconds(), Records: c.Begins + c.Settles + c.Voids, Heap: inUse() - before}
	o.People = c.Results[0] + c.Results[1] + c.Results[2] + c.Results[3] + c.InDoubt
	return errors.Join(tell(o), r.Close())
}
