package checkpoint

import (
	"iter"
	"math/bits"
)

// index maps a person to the newest settle: the frame's offset, packed with the answer's kind in the top three bits. It is an
// open-addressed table in 256 parts that grow one by one, so that growing never holds two whole tables: 30 to 38 bytes
// a person from a few thousand persons on.
type index struct {
	parts [256]part
	count [kinds]int // persons by kind
}

type part struct {
	slots []slot
	used  int
}

type slot struct {
	key   Key
	value uint64 // 0: free; no settle stands at offset 0
}

const (
	kinds      = erased + 1
	kindShift  = 61
	offsetMask = 1<<kindShift - 1
)

func hash(k Key) uint64 {
	hi, lo := bits.Mul64(le.Uint64(k[:8])^0x9e3779b97f4a7c15, le.Uint64(k[8:])^0xd1b54a32d192ed03)
	return (hi ^ lo) * 0xff51afd7ed558ccd
}

func (p *part) find(k Key, h uint64) *slot {
	i, _ := bits.Mul64(h<<8, uint64(len(p.slots)))
	for {
		s := &p.slots[i]
		if s.value == 0 || s.key == k {
			return s
		}
		if i++; i == uint64(len(p.slots)) {
			i = 0
		}
	}
}

func (x *index) get(k Key) (off int64, kind int, ok bool) {
	h := hash(k)
	p := &x.parts[h>>56]
	if p.used == 0 {
		return 0, 0, false
	}
	v := p.find(k, h).value
	return int64(v & offsetMask), int(v >> kindShift), v != 0
}

func (x *index) put(k Key, off int64, kind int) {
	h := hash(k)
	p := &x.parts[h>>56]
	if (p.used+1)*5 > len(p.slots)*4 {
		p.grow()
	}
	s := p.find(k, h)
	if s.value == 0 {
		p.used++
	} else {
		x.count[s.value>>kindShift]--
	}
	x.count[kind]++
	*s = slot{key: k, value: uint64(off) | uint64(kind)<<kindShift}
}

// all yields every person, in no order.
func (x *index) all() iter.Seq2[Key, uint64] {
	return func(yield func(Key, uint64) bool) {
		for i := range x.parts {
			for _, s := range x.parts[i].slots {
				if s.value != 0 && !yield(s.key, s.value) {
					return
				}
			}
		}
	}
}

func (p *part) grow() {
	old := p.slots
	p.slots = make([]slot, len(old)*5/4+8)
	for i := range old {
		if old[i].value != 0 {
			*p.find(old[i].key, hash(old[i].key)) = old[i]
		}
	}
}
