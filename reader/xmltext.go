package reader

import (
	"bytes"
	"io"
	"unicode/utf8"
)

// plainByte marks what stands in text as it is: no markup, entity, control character, CR or non-ASCII.
var plainByte = func() (t [256]bool) {
	for c := 0x20; c < 0x80; c++ {
		t[c] = c != '&' && c != '<'
	}
	t['\t'], t['\n'] = true, true
	return t
}()

func (x *xmlReader) readText() (found bool, err error) {
	i := 0
	for {
		j := bytes.IndexByte(x.buf[x.pos+i:x.end], '<')
		if j >= 0 {
			i += j
			break
		}
		i = x.end - x.pos
		if len(x.open) == 0 && isBlank(x.buf[x.pos:x.end]) {
			x.pos, i = x.end, 0
		}
		if err := x.more(); err == io.EOF {
			break
		} else if err != nil {
			return false, err
		}
	}
	raw := x.buf[x.pos : x.pos+i]
	if len(x.open) == 0 {
		if !isBlank(raw) {
			return false, x.fail("text outside of the root element")
		}
		x.pos += i
		return false, nil
	}
	if bytes.IndexByte(raw, '>') >= 0 && bytes.Contains(raw, []byte("]]>")) {
		return false, x.fail("the end of a CDATA section that was not begun")
	}
	if x.text, err = x.decode(raw, true); err != nil {
		return false, err
	}
	x.pos += i
	return true, nil
}

// decode checks characters, resolves entities and turns line ends into LF. It returns raw itself where nothing changes.
func (x *xmlReader) decode(raw []byte, entities bool) ([]byte, error) {
	i := 0
	for i < len(raw) && plainByte[raw[i]] {
		i++
	}
	if i == len(raw) {
		return raw, nil
	}
	if !utf8.Valid(raw) {
		return nil, x.fail("the text is not UTF-8")
	}
	out := append(x.scratch[:0], raw[:i]...)
	for i < len(raw) {
		c := raw[i]
		switch {
		case c == '&' && entities:
			n, r := entity(raw[i:])
			if n == 0 {
				return nil, x.fail("an unknown or broken entity")
			}
			out = utf8.AppendRune(out, r)
			i += n
		case c == '\r':
			out = append(out, '\n')
			i++
			if i < len(raw) && raw[i] == '\n' {
				i++
			}
		case c < 0x20 && c != '\t' && c != '\n', c == 0xEF && raw[i+1] == 0xBF && raw[i+2] >= 0xBE:
			return nil, x.fail("a control character")
		default:
			out = append(out, c)
			i++
		}
	}
	x.scratch = out
	return out, nil
}

// entity reads one of the five named or a numeric character reference. A length of 0 says it is none.
func entity(b []byte) (length int, r rune) {
	end := bytes.IndexByte(b[:min(len(b), 12)], ';')
	if end < 3 {
		return 0, 0
	}
	name := string(b[1:end])
	switch name {
	case "amp":
		return end + 1, '&'
	case "lt":
		return end + 1, '<'
	case "gt":
		return end + 1, '>'
	case "quot":
		return end + 1, '"'
	case "apos":
		return end + 1, '\''
	}
	if name[0] != '#' {
		return 0, 0
	}
	digits, base := name[1:], rune(10)
	if digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	if digits == "" {
		return 0, 0
	}
	for _, c := range []byte(digits) {
		d, ok := digit(c)
		if !ok || rune(d) >= base {
			return 0, 0
		}
		if r = r*base + rune(d); r > utf8.MaxRune {
			return 0, 0
		}
	}
	if !utf8.ValidRune(r) || r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
		return 0, 0
	}
	return end + 1, r
}

// digit reads a hexadecimal digit.
func digit(c byte) (int, bool) {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0'), true
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10, true
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10, true
	}
	return 0, false
}
