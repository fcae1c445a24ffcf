package writer

import (
	"bytes"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

var spelt = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)

// decode reads a workbook's spelling as the standard says: from the left,
// every _xHHHH_ is one character.
func decode(s string) string {
	return spelt.ReplaceAllStringFunc(s, func(m string) string {
		n, _ := strconv.ParseUint(m[2:6], 16, 16)
		return string(rune(n))
	})
}

func TestEncode(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"甲_乙", "甲_乙"},
		{"\x01", "_x0001_"},
		{"a\tb\nc\rd", "a\tb\nc\rd"},
		{"_x0041_", "_x005F_x0041_"},
		{"_xD800_", "_x005F_xD800_"},
		{"_x0041_x0042_", "_x005F_x0041_x005F_x0042_"},
		{"_x0041\x01", "_x005F_x0041_x0001_"},
		{"_x00_x0041_", "_x00_x005F_x0041_"},
		{"_X0041_", "_X0041_"},
		{"\uFFFE\uFFFF\uFDD0", "_xFFFE__xFFFF__xFDD0_"},
		{"\uFFFD\uFDD1", "\uFFFD\uFDD1"},
	} {
		got := strings.ReplaceAll(encode(c.in), marker, "_")
		if got != c.want {
			t.Errorf("encode(%q) = %q, want %q", c.in, got, c.want)
		}
		if back := decode(got); back != c.in {
			t.Errorf("decode(%q) = %q, want %q", got, back, c.in)
		}
	}
}

func TestEncodeAnyText(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	changed := 0
	for range 100_000 {
		in := randomText(rnd, 12)
		out := strings.ReplaceAll(encode(in), marker, "_")
		if out != in {
			changed++
		}
		if got := decode(out); got != in {
			t.Fatalf("%q is spelt %q, read back %q", in, out, got)
		}
	}
	if changed < 10_000 {
		t.Fatalf("only %d texts needed spelling: the test has lost its point", changed)
	}
}

// randomText mixes what has ever gone wrong with the whole of Unicode.
func randomText(rnd *rand.Rand, longest int) string {
	pieces := []string{"_x", "_x0041_", "_x005F_", "_xD800_", "x0042_", "_", "\x00", "\x01", "\x1f", "\t", "\n", "\r", "\r\n",
		" ", "=", "+", "-", "@", "'", "\"", ",", "<", "&", "]]>", "甲", "𠮷", "\u007f", "\u0085", "\u2028", "\ufffd", "\ufffe", "\uffff",
		"\ufdd0", "\ufdd1", "\ufeff", "＝", "0041", "15400000000"}
	var b strings.Builder
	for range rnd.IntN(longest + 1) {
		if rnd.IntN(4) > 0 {
			b.WriteString(pieces[rnd.IntN(len(pieces))])
			continue
		}
		if r := rune(rnd.IntN(utf8.MaxRune + 1)); utf8.ValidRune(r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func TestUnmarkWhereverTheWritesEnd(t *testing.T) {
	in := "a" + marker + marker + "\xEF\xB7b\xEF" + marker + "甲\uFDD1" + marker + "\xEF\xB7"
	want := strings.ReplaceAll(in, marker, "_")
	for cut := range len(in) + 1 {
		for second := cut; second <= len(in); second++ {
			var out bytes.Buffer
			u := &unmark{w: &out}
			for _, p := range []string{in[:cut], in[cut:second], in[second:]} {
				if n, err := u.Write([]byte(p)); n != len(p) || err != nil {
					t.Fatalf("Write = %d, %v", n, err)
				}
			}
			if err := u.flush(); err != nil || out.String() != want {
				t.Fatalf("cut at %d and %d: %q, %v; want %q", cut, second, out.String(), err, want)
			}
			if u.n != int64(len(want)) {
				t.Fatalf("counted %d bytes of %d", u.n, len(want))
			}
		}
	}
}
