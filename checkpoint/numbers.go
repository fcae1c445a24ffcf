package checkpoint

import "math/bits"

// Span is a row of numbers, both ends included.
type Span struct{ First, Last uint64 }

func joined(list []Span, s Span) []Span {
	if n := len(list); n > 0 && list[n-1].Last+1 == s.First {
		list[n-1].Last = s.Last
		return list
	}
	return append(list, s)
}

// numbers is a set of numbers from 1.
type numbers []uint64

func (n *numbers) add(i uint64) {
	if need := int(i/64) + 1; need > len(*n) {
		*n = append(*n, make([]uint64, need-len(*n))...)
	}
	(*n)[i/64] |= 1 << (i % 64)
}

func (n numbers) has(i uint64) bool { return i/64 < uint64(len(n)) && n[i/64]>>(i%64)&1 == 1 }

func (n numbers) highest() uint64 {
	if len(n) == 0 {
		return 0
	}
	return uint64(len(n)*64 - 1 - bits.LeadingZeros64(n[len(n)-1]))
}

// gaps are the numbers up to a highest that are not there.
func (n numbers) gaps(highest uint64) (list []Span) {
	for i := uint64(1); i <= highest; i++ {
		if !n.has(i) {
			list = joined(list, Span{i, i})
		}
	}
	return list
}
