package checkpoint

import (
	"errors"
	"testing"
)

// An answer that rots on the disk while the Log is open is never handed out: each bit of its frame counts, also where
// the record would still make sense.
func TestRottenAnswerIsNotHandedOut(t *testing.T) {
	m := newMemory()
	l := mustOpen(t, options(m))
	defer l.Close()
	a := begin(t, l, key(1))
	from := l.end
	must(t, l.Settle(key(1), a, verdict))
	must(t, l.Sync())
	to := l.end
	if to-from < frameHead+60 {
		t.Fatalf("%d bytes: that is no answer", to-from)
	}
	data := m.names[testPath].data
	for bit := from * 8; bit < to*8; bit++ {
		data[bit/8] ^= 1 << (bit % 8)
		if e, err := l.Lookup(key(1)); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("bit %d of byte %d: %+v, %v", bit%8, bit/8-from, e, err)
		}
		data[bit/8] ^= 1 << (bit % 8)
	}
	if lookup(t, l.Reader, key(1)).Answer != verdict {
		t.Fatal("the sound answer is lost")
	}
}
