package sandbox

import (
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
)

// requestID is the gateway's X-Ca-Request-Id: a random UUID in upper case.
type requestID [16]byte

func newRequestID() (id requestID) {
	binary.BigEndian.PutUint64(id[:8], rand.Uint64())
	binary.BigEndian.PutUint64(id[8:], rand.Uint64())
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return id
}

func (id requestID) String() string { return string(id.append(make([]byte, 0, 36))) }

func (id requestID) append(dst []byte) []byte {
	var digits [32]byte
	hex.Encode(digits[:], id[:])
	for i, d := range digits {
		switch i {
		case 8, 12, 16, 20:
			dst = append(dst, '-')
		}
		if d >= 'a' {
			d -= 'a' - 'A'
		}
		dst = append(dst, d)
	}
	return dst
}
