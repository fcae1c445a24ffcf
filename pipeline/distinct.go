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
	if !d.place(short(k)) {
		return false
	}
	d.used++
	return true
}

// has reports whether k was added.
func (d *distinct) has(k checkpoint.Key) bool {
	if len(d.table) == 0 {
		return false
	}
	return d.table[d.find(short(k))] != 0
}

func short(k checkpoint.Key) uint64 { return binary.LittleEndian.Uint64(k[:8]) | 1 }

func (d *distinct) place(v uint64) bool {
	i := d.find(v)
	if d.table[i] == v {
		return false
	}
	d.table[i] = v
	return true
}

// find is where v stands, or where it would.
func (d *distinct) find(v uint64) uint64 {
	mask := uint64(len(d.table) - 1)
	for i := (v >> 1) & mask; ; i = (i + 1) & mask {
		if d.table[i] == v || d.table[i] == 0 {
			return i
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
