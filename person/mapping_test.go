package person

import (
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/unicode/norm"
)

func TestPrivateUseMap(t *testing.T) {
	if len(v1PrivateMap) != 80 {
		t.Fatalf("%d characters, want 80", len(v1PrivateMap))
	}
	seen := map[rune]bool{}
	for i, r := range v1PrivateMap {
		if r == 0 || seen[r] || v1Private(r) || !v1Han(r) {
			t.Errorf("U+%04X maps to U+%04X", v1PrivateFirst+rune(i), r)
		}
		seen[r] = true
	}
	for from, to := range map[rune]rune{0xE815: 0x2E81, 0xE81E: 0x9FB4, 0xE831: 0x215D7, 0xE843: 0x9FB9, 0xE863: 0x4DAE, 0xE864: 0x9FBB} {
		if got, ok := v1PrivateUse(from); !ok || got != to {
			t.Errorf("U+%04X maps to U+%04X, want U+%04X", from, got, to)
		}
	}
	for _, r := range []rune{0xE814, 0xE865, 0xE000, 0xF8FF} {
		if _, ok := v1PrivateUse(r); ok {
			t.Errorf("U+%04X must not be mapped", r)
		}
	}
}

// The table runs along GBK FE50 to FEA0, so a GBK decoder is its oracle for all
// but the 14 characters it does not know.
func TestPrivateUseMapAgainstGBK(t *testing.T) {
	decoder := simplifiedchinese.GB18030.NewDecoder()
	i, unknown := 0, 0
	for low := byte(0x50); low <= 0xA0; low++ {
		if low == 0x7F {
			continue
		}
		decoded, err := decoder.Bytes([]byte{0xFE, low})
		if err != nil {
			t.Fatal(err)
		}
		got := []rune(string(decoded))[0]
		switch {
		case got == 0xFFFD || v1Private(got):
			unknown++
		case got != v1PrivateMap[i]:
			t.Errorf("GBK FE%02X is U+%04X, the table says U+%04X", low, got, v1PrivateMap[i])
		}
		i++
	}
	if i != len(v1PrivateMap) || unknown != 14 {
		t.Fatalf("%d places, %d unknown to the decoder; want 80 and 14", i, unknown)
	}
}

func TestRadicalsAgainstUnicode(t *testing.T) {
	if len(v1Radicals) != 214 {
		t.Fatalf("%d radicals, want 214", len(v1Radicals))
	}
	for r := rune(0x2F00); r <= 0x2FD5; r++ {
		if want := []rune(norm.NFKC.String(string(r)))[0]; v1Radical(r) != want {
			t.Errorf("U+%04X gives U+%04X, want U+%04X", r, v1Radical(r), want)
		}
	}
}
