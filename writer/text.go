package writer

import (
	"strings"
	"unicode/utf8"
)

// A workbook spells a character that XML can't hold as _xHHHH_, and the
// underscore of text that only looks like that as _x005F_. The workbook
// library spells by its own rules, which lose some texts (_xD800_, _x0041_x0042_)
// and every control character. So cells are spelt here, with a marker in the
// place of each underscore of ours, which the library has no rule for; the
// marker becomes an underscore on its way into the container (unmark).
// It is a noncharacter of three bytes; where it stands in the input it is
// spelt like a control character.
const (
	marker      = "\uFDD0"
	markerRune  = '\uFDD0'
	hexDigits   = "0123456789ABCDEF"
	escapedSize = 7 // _xHHHH_
)

// encode spells s, which is valid UTF-8, for a workbook.
func encode(s string) string {
	i := 0
	for i < len(s) && !special(s, i) {
		i++
	}
	if i == len(s) {
		return s
	}
	var b strings.Builder
	b.WriteString(s[:i])
	for i < len(s) {
		r, size := utf8.DecodeRuneInString(s[i:])
		if special(s, i) {
			spell(&b, r)
		} else {
			b.WriteString(s[i : i+size])
		}
		i += size
	}
	return b.String()
}

func spell(b *strings.Builder, r rune) {
	b.WriteString(marker)
	b.WriteByte('x')
	for shift := 12; shift >= 0; shift -= 4 {
		b.WriteByte(hexDigits[r>>shift&0xF])
	}
	b.WriteString(marker)
}

// special: the character at s[i] must be spelt. An underscore must be when it
// would begin an escape, with an underscore of the text or with one of ours.
func special(s string, i int) bool {
	switch c := s[i]; {
	case c == '_':
		return looksSpelt(s[i:])
	case c < 0x20:
		return c != '\t' && c != '\n' && c != '\r'
	case c != 0xEF:
		return false
	}
	r, _ := utf8.DecodeRuneInString(s[i:])
	return r == markerRune || r == 0xFFFE || r == 0xFFFF
}

func looksSpelt(s string) bool {
	if len(s) < escapedSize || s[1] != 'x' {
		return false
	}
	for _, c := range []byte(s[2:6]) {
		if !('0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F') {
			return false
		}
	}
	return s[6] == '_' || special(s, 6)
}
