package writer

import (
	"math/rand/v2"
	"testing"
)

func TestEscape(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"甲", "甲"},
		{"=1+1", "'=1+1"},
		{"@SUM(A1)", "'@SUM(A1)"},
		{"\t=1", "'\t=1"},
		{"\r=1", "'\r=1"},
		{"\x00x", "'\x00x"},
		{"＝1+1", "'＝1+1"},
		{"＠x", "'＠x"},
		{"+8615400000000", "+8615400000000"},
		{"-1", "-1"},
		{"-", "-"},
		{"+1-2", "'+1-2"},
		{"-1.5", "'-1.5"},
		{"－1", "－1"},
		{"－1+A1", "'－1+A1"},
		{"＋cmd", "'＋cmd"},
		{"'", "'"},
		{"'a", "'a"},
		{"'-1", "'-1"},
		{"'=1", "''=1"},
		{"''=1", "'''=1"},
		{" =1", " =1"},
		{"a=1", "a=1"},
	} {
		if got := Escape(c.in); got != c.want {
			t.Errorf("Escape(%q) = %q, want %q", c.in, got, c.want)
		}
		if got := Unescape(c.want); got != c.in {
			t.Errorf("Unescape(%q) = %q, want %q", c.want, got, c.in)
		}
	}
}

func TestUnescapeIsTheInverse(t *testing.T) {
	letters := []rune("''''=+-@＝＋－＠\t\r\x00019a甲 ")
	rnd := rand.New(rand.NewPCG(1, 2))
	escaped := 0
	for range 200_000 {
		s := make([]rune, rnd.IntN(7))
		for i := range s {
			s[i] = letters[rnd.IntN(len(letters))]
		}
		in := string(s)
		out := Escape(in)
		if out != in {
			escaped++
		}
		if runsAsFormula(out) {
			t.Fatalf("Escape(%q) = %q still runs", in, out)
		}
		if got := Unescape(out); got != in {
			t.Fatalf("Unescape(Escape(%q)) = %q", in, got)
		}
	}
	if escaped < 10_000 {
		t.Fatalf("only %d texts were escaped: the test has lost its point", escaped)
	}
}
