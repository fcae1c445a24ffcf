package selftest

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"mobile3batch/checkpoint"
)

// What a Volatile file shows is what was written; what the real file holds is what was synced.
func TestVolatileKeepsOnlyWhatWasSynced(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	path := filepath.Join(t.TempDir(), "f")
	f, err := Volatile{}.Open(path, checkpoint.CreateNew)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var shown, synced []byte
	write := func(b []byte, off int) {
		if grow := off + len(b) - len(shown); grow > 0 {
			shown = append(shown, make([]byte, grow)...)
		}
		copy(shown[off:], b)
	}
	for range 500 {
		switch rng.IntN(3) {
		case 0:
			b := bytes.Repeat([]byte{byte(1 + rng.IntN(255))}, 1+rng.IntN(40))
			off := rng.IntN(len(shown) + 10)
			if n, err := f.WriteAt(b, int64(off)); n != len(b) || err != nil {
				t.Fatal(n, err)
			}
			write(b, off)
		case 1:
			if err := f.Sync(); err != nil {
				t.Fatal(err)
			}
			synced = bytes.Clone(shown)
		}
		if size, err := f.Size(); size != int64(len(shown)) || err != nil {
			t.Fatalf("size %d, want %d: %v", size, len(shown), err)
		}
		got := make([]byte, rng.IntN(60))
		off := rng.IntN(len(shown) + 20)
		n, err := f.ReadAt(got, int64(off))
		want := shown[min(off, len(shown)):min(off+len(got), len(shown))]
		if !bytes.Equal(got[:n], want) || (n < len(got)) != errors.Is(err, io.EOF) {
			t.Fatalf("read %d at %d: %x, %v; want %x", len(got), off, got[:n], err, want)
		}
		if held, err := os.ReadFile(path); err != nil || !bytes.Equal(held, synced) {
			t.Fatalf("the file holds %x, synced was %x: %v", held, synced, err)
		}
	}
	if len(synced) == 0 {
		t.Fatal("nothing was synced: nothing was tested")
	}
}
