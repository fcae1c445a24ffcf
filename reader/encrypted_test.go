package reader

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// lockable makes a workbook large enough for the library: it can't lock one of less than 4 KiB.
func lockable(t *testing.T, more int) []byte {
	t.Helper()
	noise := make([]byte, 6000+more)
	rng := rand.New(rand.NewPCG(6, uint64(more)))
	for i := range noise {
		noise[i] = byte(rng.Uint32())
	}
	return bookOf(headerXML+personXML).plus("docProps/thumbnail.bin", string(noise)).zip(t)
}

func locked(t *testing.T, plain []byte, password string) []byte {
	t.Helper()
	packed, err := excelize.Encrypt(plain, &excelize.Options{Password: password})
	if err != nil {
		t.Fatal(err)
	}
	return packed
}

// TestEncrypted: what stands in an encrypted workbook reads as what stands in the open one, of whatever length.
func TestEncrypted(t *testing.T) {
	for more := range 17 {
		if brief() && more%4 > 0 {
			continue
		}
		t.Run(fmt.Sprint(more), func(t *testing.T) {
			plain := lockable(t, more)
			want, err := picture(put(t, "people.xlsx", plain))
			if err != nil {
				t.Fatal(err)
			}
			path := put(t, "people.xlsx", locked(t, plain, "密码 1"))
			table, got, err := readAll(path, Options{Password: "密码 1"})
			if err != nil || table.Format() != "xlsx" || !strings.HasSuffix(want, show(got)) || len(got) != 1 {
				t.Fatalf("%v\n%s\nwant %s", err, show(got), want)
			}
			if left, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*")); err != nil || len(left) != 1 {
				t.Errorf("left beside it: %q %v", left, err)
			}
			_, err = Open(path, Options{})
			refused(t, err, "encrypted", "--password-file")
			_, err = Open(path, Options{Password: "wrong-password"})
			if e := refused(t, err, "password", "--password-file"); strings.Contains(e.Error(), "wrong-password") {
				t.Errorf("the password is said: %v", err)
			}
		})
	}
}

// TestEncryptedIsWatched: the file, not what it holds, must stay as it was.
func TestEncryptedIsWatched(t *testing.T) {
	packed := locked(t, lockable(t, 0), "p")
	path := put(t, "people.xlsx", packed)
	table, err := Open(path, Options{Password: "p"})
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	if _, err := drainRows(table); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(packed, 0), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := drainRows(table); !errors.Is(err, ErrChanged) {
		t.Errorf("a change was not noticed: %v", err)
	}
}

// TestDamagedEncryption flips and cuts: each copy is refused, or reads as before.
func TestDamagedEncryption(t *testing.T) {
	packed := locked(t, lockable(t, 3), "p")
	_, rows, err := readAll(put(t, "people.xlsx", packed), Options{Password: "p"})
	if err != nil {
		t.Fatal(err)
	}
	want := show(rows)
	rng := rand.New(rand.NewPCG(4, 4))
	refusals, same := 0, 0
	copies := 60
	if brief() {
		copies = 18
	}
	for i := range copies {
		b := bytes.Clone(packed)
		if i%3 == 0 {
			b = b[:rng.IntN(len(b))]
		} else {
			b[rng.IntN(len(b))] ^= 1 << rng.IntN(8)
		}
		_, rows, err := readAll(put(t, "people.xlsx", b), Options{Password: "p"})
		var e *Error
		switch {
		case err == nil && show(rows) == want:
			same++
		case err != nil && errors.As(err, &e):
			refusals++
		default:
			t.Errorf("copy %d: %v\n%s", i, err, show(rows))
		}
	}
	if refusals < copies/2 {
		t.Errorf("%d refused, %d the same: the test has lost its point", refusals, same)
	}
}

// TestPanicOfTheLibrary: a description of the lock that makes no sense ends in a refusal, whatever the library does.
func TestPanicOfTheLibrary(t *testing.T) {
	packed := locked(t, lockable(t, 3), "p")
	aes128 := []byte{0x0E, 0x66, 0, 0, 0x04, 0x80, 0, 0, 0x80, 0, 0, 0} // AlgID, AlgIDHash, KeySize
	at := bytes.Index(packed, aes128)
	if at < 0 {
		t.Fatal("the description was not found")
	}
	for _, size := range []byte{0, 8, 255} {
		b := bytes.Clone(packed)
		b[at+8], b[at+9] = size, size
		_, err := Open(put(t, "people.xlsx", b), Options{Password: "p"})
		refused(t, err, "the file is damaged")
	}
	panics := func([]byte, *excelize.Options) ([]byte, error) { panic("index out of range") }
	if _, err := decrypt(packed, "p", panics); !errors.Is(err, errDamagedLock) {
		t.Errorf("a panic of the library: %v", err)
	}
}
