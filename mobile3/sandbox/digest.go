package sandbox

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"sync"
)

// Digest names a person on the bill: the first eight bytes, in hex, of
// HMAC-SHA-256 under the bill's key over name, mobile and idCard in this order,
// each preceded by its length in bytes as four bytes, big-endian. The fields
// are taken as they were received.
func Digest(key []byte, name, mobile, idCard string) string {
	return personOf(hmac.New(sha256.New, key), name, mobile, idCard).String()
}

// person is a digest as a number: the bill's map holds millions of them.
type person uint64

func (p person) String() string { return string(p.append(make([]byte, 0, 16))) }

func (p person) append(dst []byte) []byte {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(p))
	return hex.AppendEncode(dst, b[:])
}

func parsePerson(text string) (person, bool) {
	var b [8]byte
	if len(text) != 16 {
		return 0, false
	}
	if _, err := hex.Decode(b[:], []byte(text)); err != nil {
		return 0, false
	}
	return person(binary.BigEndian.Uint64(b[:])), true
}

func personOf(mac hash.Hash, fields ...string) person {
	buf := make([]byte, 0, 128)
	for _, f := range fields {
		buf = binary.BigEndian.AppendUint32(buf, uint32(len(f)))
		buf = append(buf, f...)
	}
	mac.Write(buf)
	return person(binary.BigEndian.Uint64(mac.Sum(buf[:0])))
}

// digester keeps HMAC states, which are dear to make. Safe for many goroutines.
type digester struct{ pool sync.Pool }

func newDigester(key []byte) *digester {
	return &digester{sync.Pool{New: func() any { return hmac.New(sha256.New, key) }}}
}

func (d *digester) person(q params) person {
	mac := d.pool.Get().(hash.Hash)
	mac.Reset()
	p := personOf(mac, q.name, q.mobile, q.idCard)
	d.pool.Put(mac)
	return p
}
