package pipeline

import (
	"encoding/binary"
	"hash/maphash"

	"mobile3batch/reader"
)

// Digest sums up the rows of one reading, to tell whether a second reading saw
// the same. It means something within one process only.
type Digest struct {
	seed maphash.Seed
	sum  uint64
	rows int64
}

func newDigest() Digest { return Digest{seed: maphash.MakeSeed()} }

// again starts a digest that can be compared with d.
func (d Digest) again() Digest { return Digest{seed: d.seed} }

func (d *Digest) add(row reader.Row) {
	var h maphash.Hash
	h.SetSeed(d.seed)
	var n [8]byte
	put := func(v uint64) {
		binary.LittleEndian.PutUint64(n[:], v)
		h.Write(n[:])
	}
	put(d.sum)
	put(uint64(row.Line))
	for _, c := range row.Cells {
		put(uint64(c.Kind)<<56 | uint64(len(c.Text)))
		h.WriteString(c.Text)
	}
	d.sum = h.Sum64()
	d.rows++
}
