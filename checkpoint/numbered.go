package checkpoint

import (
	"bytes"
	"crypto/sha256"
)

const (
	leastNumber = 100_000
	mostNumber  = 999_999
)

// CallNumber tells the calls of one person apart, for people: six digits behind the reference of Key.Ref, derived from the
// nonce of the call's begin. A purge and a repair renumber attempts but keep the nonce, so a reference that was written
// down keeps naming the same call. Two open calls of one person share a number with a chance of one in 900,000: such a
// number must be refused.
func CallNumber(nonce [16]byte) int {
	sum := sha256.Sum256(nonce[:])
	return leastNumber + int(le.Uint64(sum[:])%(mostNumber-leastNumber+1))
}

// nonce replaces one that is lost. It is derived from what is left, so that two calls that stay open have two numbers.
func (o orphan) nonce() (n [16]byte) {
	b := bytes.Clone(o.key[:])
	b = le.AppendUint64(b, uint64(o.attempt))
	sum := sha256.Sum256(le.AppendUint64(b, uint64(o.at)))
	copy(n[:], sum[:])
	return n
}
