package main

import "math/rand/v2"

// fate decides what is left of the writes that were not flushed.
//
// A subset of the sectors, laid down in the order in which they were written, is all that reordering can bring about,
// too: a sector that was written several times shows one of its versions, and no sector cares for another's turn.
type fate struct {
	name   string
	sector int // bytes that are kept or lost as one
	// keep is asked once about each sector of each write, in order.
	keep func(write, sector int) bool
}

// drawFate draws the extremes as well as everything between them. writes is how many were not flushed.
func drawFate(r *rand.Rand, writes int) fate {
	f := fate{sector: 4096}
	if r.IntN(2) == 0 {
		f.sector = 512
	}
	one := r.IntN(max(writes, 1))
	switch n := r.IntN(100); {
	case n < 15:
		f.name, f.keep = "none", func(int, int) bool { return false }
	case n < 25:
		f.name, f.keep = "all", func(int, int) bool { return true }
	case n < 40: // a disk that keeps the order; the last write is torn
		torn := r.IntN(8)
		f.name, f.keep = "first", func(w, s int) bool { return w < one || w == one && s < torn }
	case n < 50:
		f.name, f.keep = "all but one", func(w, _ int) bool { return w != one }
	case n < 60:
		f.name, f.keep = "one", func(w, _ int) bool { return w == one }
	default:
		share := r.Float64()
		f.name, f.keep = "some", func(int, int) bool { return r.Float64() < share }
	}
	return f
}
