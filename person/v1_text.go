package person

import (
	"strings"
	"unicode/utf8"
)

// v1Blank reports a cell that holds nothing to read: empty, or only spaces and
// invisible characters. Cells of other kinds than text are never blank unless
// the reader says so.
func v1Blank(f Field) bool {
	if f.Kind == Empty {
		return true
	}
	if f.Kind != Text && f.Kind != Number {
		return false
	}
	for _, r := range f.Text {
		if !v1Space(r) && !v1Invisible(r) {
			return false
		}
	}
	return true
}

func v1Space(r rune) bool {
	switch {
	case r == ' ', r >= '\t' && r <= '\r':
		return true
	case r < 0x85:
		return false
	case r == 0x85, r == 0xA0, r == 0x1680, r >= 0x2000 && r <= 0x200A:
		return true
	}
	return r == 0x2028 || r == 0x2029 || r == 0x202F || r == 0x205F || r == 0x3000
}

// v1Invisible lists byte order marks, zero-width and direction marks and
// variation selectors: they come along when text is copied and no one sees them.
func v1Invisible(r rune) bool {
	switch {
	case r < 0xAD:
		return false
	case r == 0xAD, r >= 0x180B && r <= 0x180F, r >= 0x200B && r <= 0x200F:
		return true
	case r >= 0x202A && r <= 0x202E, r >= 0x2060 && r <= 0x2069:
		return true
	case r >= 0xFE00 && r <= 0xFE0F, r == 0xFEFF:
		return true
	}
	return r >= 0xE0100 && r <= 0xE01EF
}

// v1Dash lists everything that is typed or pasted as a dash in a number.
func v1Dash(r rune) bool {
	switch {
	case r == '-', r >= 0x2010 && r <= 0x2015, r == 0x2043, r == 0x2212:
		return true
	}
	return r == 0x2500 || r == 0x30FC || r == 0xFE58 || r == 0xFE63 || r == 0xFF0D
}

func v1Bracket(r rune) bool {
	switch r {
	case '(', ')', '[', ']', 0xFF08, 0xFF09, 0xFF3B, 0xFF3D, 0x3010, 0x3011:
		return true
	}
	return false
}

func v1Digits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func v1ASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] <= ' ' || s[i] >= 0x7F {
			return false
		}
	}
	return true
}

// v1Narrow drops spaces and invisible characters, turns full-width characters
// into ASCII and takes off a wrapper: how a number reads once the typing is set
// aside.
func v1Narrow(s string) string {
	if v1Digits(s) {
		return s
	}
	var p v1
	return p.narrow(Name, s)
}

// narrow is v1Narrow with its changes noted.
func (p *v1) narrow(c Column, s string) string {
	if !v1ASCII(s) {
		s = p.halfWidth(c, s)
	}
	return p.unwrap(c, s)
}

func (p *v1) halfWidth(c Column, s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		switch {
		case v1Space(r), v1Invisible(r):
			p.add(c, SpacesRemoved)
		case r >= 0xFF01 && r <= 0xFF5E:
			p.add(c, FullWidthFixed)
			b.WriteRune(r - 0xFF01 + '!')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// unwrap takes off what keeps a spreadsheet from reading a number: a leading
// apostrophe, or ="…".
func (p *v1) unwrap(c Column, s string) string {
	for {
		inner := s
		switch {
		case len(s) > 3 && strings.HasPrefix(s, `="`) && s[len(s)-1] == '"':
			inner = s[2 : len(s)-1]
		case len(s) > 1 && s[0] == '\'':
			inner = s[1:]
		case len(s) > 4 && strings.HasPrefix(s, "‘"), len(s) > 4 && strings.HasPrefix(s, "’"):
			inner = s[len("’"):]
		}
		if inner == s {
			return s
		}
		p.add(c, WrapperRemoved)
		s = inner
	}
}

// v1Scientific reports d.dddE+dd, the form in which spreadsheets show long
// numbers, and its parts: all digits of the mantissa, how many of them stand
// after the point, and the exponent.
func v1Scientific(s string) (digits string, after, exponent int, ok bool) {
	mantissa, power, found := cutAny(s, "eE")
	if !found {
		return "", 0, 0, false
	}
	whole, fraction, point := strings.Cut(mantissa, ".")
	power = strings.TrimPrefix(power, "+")
	if !v1Digits(whole) || point && !v1Digits(fraction) || !v1Digits(power) || len(power) > 3 {
		return "", 0, 0, false
	}
	for i := 0; i < len(power); i++ {
		exponent = exponent*10 + int(power[i]-'0')
	}
	return whole + fraction, len(fraction), exponent, true
}

func cutAny(s, chars string) (before, after string, found bool) {
	i := strings.IndexAny(s, chars)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

// v1Integer writes a number cell's stored text out as plain digits, exactly or
// not at all: no floating point is involved.
func v1Integer(s string) (string, bool) {
	digits, after, exponent, ok := v1Scientific(s)
	if !ok {
		whole, fraction, _ := strings.Cut(s, ".")
		if !v1Digits(whole) || strings.Trim(fraction, "0") != "" {
			return "", false
		}
		return whole, true
	}
	if exponent > 40 {
		return "", false
	}
	for ; after > exponent; after-- {
		if digits[len(digits)-1] != '0' {
			return "", false
		}
		digits = digits[:len(digits)-1]
	}
	return digits + strings.Repeat("0", exponent-after), true
}

func v1AllSame(s string) bool {
	return s != "" && strings.Count(s, s[:1]) == len(s)
}

// v1Placeholder lists what people type when they have nothing to type.
func v1Placeholder(s string) bool {
	if len(s) > 16 {
		return false
	}
	switch strings.ToLower(s) {
	case "无", "没有", "暂无", "未知", "不详", "不明", "未填", "待补", "待定", "匿名", "空", "同上",
		"测试", "测试人", "测试员", "测试用户", "测试姓名", "测试账号",
		"test", "tester", "testing", "null", "nil", "none", "nan", "n/a", "na", "unknown", "undefined",
		"-", "--", "---", "—", "——", "/", "//", "\\", ".", "。", "…":
		return true
	}
	return false
}

// v1ErrorText lists how spreadsheets write a formula's error into a CSV.
func v1ErrorText(s string) bool {
	switch s {
	case "#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#GETTING_DATA":
		return true
	}
	return strings.HasPrefix(s, "##") && strings.Trim(s, "#") == ""
}

// v1Mojibake: what is left of U+FFFD, or of unset memory, read as GBK.
func v1Mojibake(s string) bool {
	return strings.Contains(s, "锟斤") || strings.Contains(s, "烫烫烫") || strings.Contains(s, "屯屯屯")
}

// common finds faults that any text column can have. s has been stripped.
func (p *v1) common(c Column, s string) bool {
	switch {
	case !utf8.ValidString(s), strings.ContainsRune(s, utf8.RuneError), v1Mojibake(s):
		p.add(c, Garbled)
	case v1ErrorText(s):
		p.add(c, CellError)
	case strings.ContainsAny(s, "*＊"):
		p.add(c, Masked)
	case v1Placeholder(s):
		p.add(c, Placeholder)
	default:
		return true
	}
	return false
}
