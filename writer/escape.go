package writer

import (
	"strings"
	"unicode/utf8"
)

// Escape makes a cell's text safe to stand in a CSV file: text that a
// spreadsheet would run as a formula gets a leading apostrophe. That is text
// which starts with = or @, a tab, a carriage return or NUL, or with + or -
// followed by anything but digits, and the full-width twins of these signs.
// Text that looks escaped already is escaped once more, so that Unescape gives
// every text back.
func Escape(s string) string {
	if needsEscape(s) {
		return "'" + s
	}
	return s
}

// Unescape is the inverse of Escape.
func Unescape(s string) string {
	if rest, ok := strings.CutPrefix(s, "'"); ok && needsEscape(rest) {
		return rest
	}
	return s
}

func needsEscape(s string) bool { return runsAsFormula(strings.TrimLeft(s, "'")) }

func runsAsFormula(s string) bool {
	first, size := utf8.DecodeRuneInString(s)
	switch first {
	case '=', '@', '\t', '\r', 0, '＝', '＠':
		return size > 0
	case '+', '-', '＋', '－':
		return strings.Trim(s[size:], "0123456789") != ""
	}
	return false
}
