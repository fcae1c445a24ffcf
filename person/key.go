package person

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"sync"
)

// KeySize is the length of a key in bytes.
const KeySize = 16

// Keyer makes keys under one secret. It may be used by several goroutines.
type Keyer struct {
	mu  sync.Mutex // the rest is reused to save work
	mac hash.Hash
	in  []byte
	out [sha256.Size]byte
}

// NewKeyer returns a Keyer for the checkpoint's secret, of which it keeps no
// reference.
func NewKeyer(secret []byte) *Keyer {
	return &Keyer{mac: hmac.New(sha256.New, secret), in: make([]byte, 0, 256)}
}

// Key is the first 16 bytes of HMAC-SHA-256 over the version byte and then the
// name, the mobile and the ID number, each after its length in bytes as a
// little-endian uint32. It is a keyed digest because ID numbers and mobiles are
// few enough to be searched through: without the secret it says nothing.
func (k *Keyer) Key(p Person) [KeySize]byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.in = append(k.in[:0], p.Version)
	k.in = appendField(k.in, p.Name)
	k.in = appendField(k.in, p.Mobile)
	k.in = appendField(k.in, p.IDCard)
	k.mac.Reset()
	k.mac.Write(k.in)
	k.mac.Sum(k.out[:0])
	clear(k.in) // no plain identity stays behind in the buffer
	return [KeySize]byte(k.out[:KeySize])
}

func appendField(b []byte, s string) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(len(s)))
	return append(b, s...)
}

// Key is k.Key(p).
func (p Person) Key(k *Keyer) [KeySize]byte { return k.Key(p) }
