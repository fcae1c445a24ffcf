package checkpoint_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mobile3batch/checkpoint"
)

type sevens struct{}

func (sevens) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 7
	}
	return len(b), nil
}

// small makes a file of one person who was asked and answered, and returns its frames as lines of hexadecimal digits.
func small(dir string) ([]string, error) {
	path := filepath.Join(dir, "small.checkpoint")
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	l, err := checkpoint.Open(path, checkpoint.Options{
		Service: "sandbox", Create: true, Host: "example", Rand: sevens{}, Now: func() time.Time { return at },
	})
	if err != nil {
		return nil, err
	}
	person := checkpoint.Key{0xaa, 0xbb}
	attempt, err := l.Begin(person, [16]byte{0xcc})
	if err != nil {
		return nil, err
	}
	err = l.Settle(person, attempt, checkpoint.Answer{
		HTTPStatus: 200, Code: "0", IsFee: "1", SeqNo: "S1", Result: 1, MobileChannel: "CMCC",
	})
	if err != nil {
		return nil, err
	}
	if err := l.Close(); err != nil {
		return nil, err
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return lines(b), nil
}

func lines(b []byte) (out []string) {
	for off := 0; off < len(b); {
		length := 17 + int(binary.LittleEndian.Uint32(b[off:]))
		f := b[off : off+length]
		out = append(out, fmt.Sprintf("at %d: length %x, checksum %x, type %x, commit %x", off, f[:4], f[4:8], f[8:9], f[9:17]))
		for p := f[17:]; len(p) > 0; {
			n := min(32, len(p))
			out = append(out, fmt.Sprintf("  %x", p[:n]))
			p = p[n:]
		}
		off += length
	}
	return out
}

func Example() {
	dir, err := os.MkdirTemp("", "checkpoint")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	frames, err := small(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(strings.Join(frames, "\n"))
	// Output:
	// at 0: length 4c000000, checksum 232f7ea8, type 81, commit 0000000000000000
	//   6d6f62696c6533626174636820636865636b706f696e740a0100010707070707
	//   0707070707070707070707070707070707070707070707070707070032961cf2
	//   ca8618070073616e64626f78
	// at 93: length 30000000, checksum 8a97004e, type 82, commit 0100000000000000
	//   aabb00000000000000000000000000000100000000000000cc00000000000000
	//   00000000000000000032961cf2ca8618
	// at 158: length 38000000, checksum 260430c4, type 83, commit 0200000000000000
	//   aabb000000000000000000000000000001000000000000000032961cf2ca8618
	//   c80001000100310100300200533100000400434d43430000
}

// The package comment shows the very same bytes.
func TestCommentShowsTheExample(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	frames, err := small(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	want := "//\t" + strings.Join(frames, "\n//\t") + "\n"
	if !strings.Contains(strings.ReplaceAll(string(doc), "\r\n", "\n"), want) {
		t.Fatalf("the package comment lacks\n%s", want)
	}
}
