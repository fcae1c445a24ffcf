package pipeline

import (
	"iter"
	"sync"

	"mobile3batch/checkpoint"
	"mobile3batch/person"
	"mobile3batch/reader"
)

// candidate is a row with what its own cells tell.
type candidate struct {
	row      reader.Row
	person   person.Person // as they would be sent
	key      checkpoint.Key
	findings []person.Finding
	valid    bool // they may be sent
}

// lot is some candidates, so many that handing them over costs next to nothing. An error ends the rows.
type lot struct {
	candidates []candidate
	err        error
}

const (
	lotSize   = 128
	lotsAhead = 2
)

// ahead reads and identifies on a goroutine of its own, a few lots before they are wanted: one processor reads while
// another decides and writes. It owns d until the rows have ended. Whoever ranges over it may stop at any row; the reading
// has then ended, too.
func ahead(rows iter.Seq2[reader.Row, error], id *Identity, d *Digest) iter.Seq2[candidate, error] {
	return func(yield func(candidate, error) bool) {
		lots, stop := make(chan lot, lotsAhead), make(chan struct{})
		var reading sync.WaitGroup
		reading.Go(func() { readAhead(rows, id, d, lots, stop) })
		defer reading.Wait()
		defer close(stop)
		for l := range lots {
			for _, c := range l.candidates {
				if !yield(c, nil) {
					return
				}
			}
			if l.err != nil {
				yield(candidate{}, l.err)
				return
			}
		}
	}
}

// readAhead is the only sender on lots, and closes it.
func readAhead(rows iter.Seq2[reader.Row, error], id *Identity, d *Digest, lots chan<- lot, stop <-chan struct{}) {
	defer close(lots)
	var now lot
	hand := func() (wanted bool) {
		select {
		case lots <- now:
			now.candidates = make([]candidate, 0, lotSize)
			return true
		case <-stop:
			return false
		}
	}
	if now.err = func() (err error) {
		defer caught(&err)
		for row, err := range rows {
			if err != nil {
				return err
			}
			d.add(row)
			now.candidates = append(now.candidates, id.identify(row))
			if len(now.candidates) == lotSize && !hand() {
				return nil
			}
		}
		return nil
	}(); now.err != nil || len(now.candidates) > 0 {
		hand()
	}
}
