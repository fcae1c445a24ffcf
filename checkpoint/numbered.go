package checkpoint

import (
	"bytes"
	"crypto/sha256"
)

const (
	leastNumber = 100_000
	mostNumber  = 999_999
)

// CallNumber is how people may tell one person's calls apart, behind the reference of Key.Ref: six digits that the nonce
// of the call's begin gives. A purge and a repair keep the nonce, while they number attempts anew: what somebody wrote
// down never names another call afterwards, but by the chance of one in 900,000. Two open calls of one person can share
// a number, by the same chance: then it names neither.
func CallNumber(nonce [16]byte) int {
	sum := sha256.Sum256(nonce[:])
	return leastNumber + int(le.Uint64(sum[:])%(mostNumber-leastNumber+1))
}

func (r beginRecord) number() int32 { return int32(CallNumber(r.nonce)) }

// nonce stands for one that is gone. It is made of what is left, so that two calls that stay open don't share a number.
func (o orphan) nonce() (n [16]byte) {
	b := bytes.Clone(o.key[:])
	b = le.AppendUint64(b, uint64(o.attempt))
	sum := sha256.Sum256(le.AppendUint64(b, uint64(o.at)))
	copy(n[:], sum[:])
	return n
}
