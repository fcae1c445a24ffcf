package mobile3

import (
	"bytes"
	"encoding/json"
	"iter"
	"unicode/utf8"
)

// What is here walks over JSON that json.Valid has approved of, and only that:
// brackets are balanced and strings end.

const space = " \t\r\n"

// fields yields an object's fields in their order: each key unescaped, each value
// as it is written.
func fields(object []byte) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		rest := skip(object[1:], ' ')
		for rest[0] == '"' {
			n := length(rest)
			key := text(rest[:n])
			rest = skip(rest[n:], ':')
			n = length(rest)
			if !yield(key, rest[:n]) {
				return
			}
			rest = skip(rest[n:], ',')
		}
	}
}

// skip passes over space and one kind of byte. (bytes.TrimLeft would build a set of them at each call.)
func skip(b []byte, also byte) []byte {
	for i, c := range b {
		if c != also && c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return b[i:]
		}
	}
	return nil
}

// length returns how long the value is with which b begins.
func length(b []byte) int {
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '{', '[':
			depth++
			continue
		case '}', ']':
			depth--
		case '"':
			i += stringLength(b[i:]) - 1
		default:
			if depth > 0 {
				continue
			}
			return wordLength(b)
		}
		if depth == 0 {
			return i + 1
		}
	}
	return len(b)
}

func stringLength(b []byte) int {
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(b)
}

// wordLength measures a number, true, false or null.
func wordLength(b []byte) int {
	if n := bytes.IndexAny(b, space+",}]"); n >= 0 {
		return n
	}
	return len(b)
}

// text unescapes a string. Bytes that are not UTF-8 become U+FFFD.
func text(quoted []byte) string {
	inner := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
		return string(inner)
	}
	var s string
	if json.Unmarshal(quoted, &s) != nil {
		return string(utf8.RuneError)
	}
	return s
}

// scalar returns a string, a number as it is written, 1 or 0 for true or false,
// and nothing for null and for what is no scalar.
func scalar(value []byte) string {
	switch value[0] {
	case 't':
		return "1"
	case 'f':
		return "0"
	}
	return number(value)
}

// number returns a number as it is written, or a string; nothing for the rest:
// true is no result.
func number(value []byte) string {
	switch c := value[0]; {
	case c == '"':
		return text(value)
	case c == '-' || c >= '0' && c <= '9':
		return string(value)
	}
	return ""
}
