package pipeline

import (
	"encoding/binary"

	"mobile3batch/checkpoint"
)

// distinct counts people in at most 16 bytes each: an open-addressed table of
// the first eight bytes of their keys, which are random. It serves the
// estimate; what is paid for is decided by whole keys. (Two of ten million
// people share eight bytes with a chance of three in a million.)
type distinct struct {
	table []uint64 // a power of two long; 0 is empty
	used  int
}

// add reports whether k is new.
func (d *distinct) add(k checkpoint.Key) bool {
	if 4*(d.used+1) > 3*len(d.table) {
		d.grow()
	}
	if !d.place(binary.LittleEndian.Uint64(k[:8]) | 1) {
		return false
	}
	d.used++
	return true
}

func (d *distinct) place(v uint64) bool {
	mask := uint64(len(d.table) - 1)
	for i := (v >> 1) & mask; ; i = (i + 1) & mask {
		switch d.table[i] {
		case v:
			return false
		case 0:
			d.table[i] = v
			return true
		}
	}
}

func (d *distinct) grow() {
	old := d.table
	d.table = make([]uint64, max(1024, 2*len(old)))
	for _, v := range old {
		if v != 0 {
			d.place(v)
		}
	}
}
