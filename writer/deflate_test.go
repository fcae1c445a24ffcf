package writer

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"testing/synctest"
)

// rowsOf is n bytes as a worksheet has them.
func rowsOf(n int) []byte {
	var b bytes.Buffer
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, `<row r="%d"><c r="A%d" t="inlineStr"><is><t>%d</t></is></c></row>`, i, i, rand.Uint32())
	}
	return b.Bytes()[:n]
}

func TestDeflateComesBack(t *testing.T) {
	for _, size := range []int{0, 1, deflateBlock - 1, deflateBlock, deflateBlock + 1, 7*deflateBlock + 12345} {
		for _, piece := range []int{1 << 15, 3*deflateBlock + 7} {
			synctest.Test(t, func(t *testing.T) { // which fails when a goroutine is left
				in := rowsOf(size)
				var out bytes.Buffer
				d := &deflater{w: &out}
				for p := in; len(p) > 0; {
					n := min(piece, len(p))
					if wrote, err := d.Write(p[:n]); wrote != n || err != nil {
						t.Fatalf("%d bytes in pieces of %d: Write: %d, %v", size, piece, wrote, err)
					}
					p = p[n:]
				}
				if err := d.Close(); err != nil {
					t.Fatal(err)
				}
				back, err := io.ReadAll(flate.NewReader(&out))
				if err != nil || !bytes.Equal(back, in) {
					t.Fatalf("%d bytes in pieces of %d: came back as %d bytes, %v", size, piece, len(back), err)
				}
			})
		}
	}
}

// TestDeflateSize: blocks on their own must not cost what compressing them saves.
func TestDeflateSize(t *testing.T) {
	in := rowsOf(8 * deflateBlock)
	var whole, blocks bytes.Buffer
	z, err := flate.NewWriter(&whole, deflateLevel)
	if err != nil {
		t.Fatal(err)
	}
	d := &deflater{w: &blocks}
	for _, w := range []io.WriteCloser{z, d} {
		if _, err := w.Write(in); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if blocks.Len() > whole.Len()+whole.Len()/100 {
		t.Errorf("in blocks %d bytes, in one piece %d", blocks.Len(), whole.Len())
	}
}

// failingAfter takes n bytes and then fails.
type failingAfter struct{ n int }

var errFull = errors.New("no space left")

func (f *failingAfter) Write(p []byte) (int, error) {
	if f.n -= len(p); f.n < 0 {
		return 0, errFull
	}
	return len(p), nil
}

// TestDeflateFails: a disk that is full is told, by Write or by Close, and no
// goroutine stays behind.
func TestDeflateFails(t *testing.T) {
	in := rowsOf(9 * deflateBlock)
	for room := 0; room < 1<<20; room += 1 << 17 {
		synctest.Test(t, func(t *testing.T) {
			d := &deflater{w: &failingAfter{room}}
			_, wrote := d.Write(in)
			closed := d.Close()
			if !errors.Is(errors.Join(wrote, closed), errFull) {
				t.Errorf("room for %d bytes: Write says %v, Close %v", room, wrote, closed)
			}
			if _, again := d.Write(in); wrote != nil && again == nil {
				t.Errorf("room for %d bytes: a failed Write was followed by one that did not fail", room)
			}
			d.wait()
		})
	}
}
