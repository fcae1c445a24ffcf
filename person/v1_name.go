package person

import (
	"strings"
	"unicode/utf8"
)

const (
	v1NameMax = 50 // characters, as the civil registries' field
	v1Dot     = '·'
)

// name normalises and checks the name. foreign: the ID begins with 9, so the
// name may be written in Latin letters.
func (p *v1) name(f Field, foreign bool) string {
	if f.Kind == Text && v1PlainName(f.Text) {
		return f.Text
	}
	if f.Kind == Number {
		p.numberAsName(f)
		return ""
	}
	if !p.kind(Name, f) {
		return ""
	}
	if !p.common(Name, strings.TrimSpace(f.Text)) || !p.notANumber(f.Text) {
		return ""
	}
	name, ok := p.nameText(p.unwrap(Name, f.Text))
	if !ok {
		return ""
	}
	if !p.common(Name, name) || !p.nameShape(name, foreign) {
		return ""
	}
	return name
}

// v1PlainName is the way of nearly every row: two to four everyday characters
// about which there is nothing to say.
func v1PlainName(s string) bool {
	if len(s) < 6 || len(s) > 12 || len(s)%3 != 0 {
		return false
	}
	for i := 0; i < len(s); i += 3 {
		r, size := utf8.DecodeRuneInString(s[i:])
		if size != 3 || !v1Everyday(r) {
			return false
		}
	}
	return !v1Placeholder(s) && !v1Title(s) && !v1Anonymous(s) && !v1Mojibake(s)
}

func (p *v1) numberAsName(f Field) {
	if v1Blank(f) {
		p.add(Name, Missing)
		return
	}
	if p.notANumber(f.Text) {
		p.add(Name, CellNumber)
	}
}

// notANumber reports that the cell does not hold the mobile or the ID number.
func (p *v1) notANumber(text string) bool {
	switch c, ok := looksNumber(v1Narrow(text)); {
	case ok && c == Mobile:
		p.add(Name, LooksLikeMobile)
		return false
	case ok:
		p.add(Name, LooksLikeIDCard)
		return false
	}
	return true
}

// nameText drops what can't be seen and maps look-alikes and old fonts'
// characters to the standard ones. There is no NFKC here: it would rewrite
// compatibility ideographs that are real names and miss most look-alike dots.
func (p *v1) nameText(s string) (string, bool) {
	out := make([]rune, 0, len(s))
	han := false
	for _, r := range s {
		switch {
		case v1Invisible(r):
			p.add(Name, SpacesRemoved)
			continue
		case v1Space(r):
			r = ' '
		case v1DotLike(r):
			p.add(Name, NameDotFixed)
			r = v1Dot
		case r >= 0x2F00 && r <= 0x2FD5:
			p.add(Name, NameRadicalFixed)
			r = v1Radical(r)
		case v1Private(r):
			mapped, ok := v1PrivateUse(r)
			if !ok {
				p.add(Name, NamePrivateUse)
				return "", false
			}
			p.add(Name, NamePrivateUseFixed)
			r = mapped
		}
		han = han || v1Han(r)
		out = append(out, r)
	}
	name := p.nameSpaces(string(out), han)
	if han {
		name = p.guessDots(name)
	}
	return name, true
}

// nameSpaces removes all spaces from a Chinese name; in a Latin one words stay
// apart by one space.
func (p *v1) nameSpaces(s string, han bool) string {
	between := " "
	if han {
		between = ""
	}
	tidy := strings.Join(strings.Fields(s), between)
	if tidy != s {
		p.add(Name, SpacesRemoved)
	}
	return tidy
}

// guessDots takes a full stop between two Chinese characters for the dot of a
// name. Anywhere else it stays and is a Fault.
func (p *v1) guessDots(s string) string {
	if !strings.ContainsAny(s, ".．﹒") {
		return s
	}
	runes := []rune(s)
	for i := 1; i < len(runes)-1; i++ {
		switch runes[i] {
		case '.', 0xFF0E, 0xFE52:
			if v1Han(runes[i-1]) && v1Han(runes[i+1]) {
				runes[i] = v1Dot
				p.add(Name, NameDotGuessed)
			}
		}
	}
	return string(runes)
}

func (p *v1) nameShape(name string, foreign bool) bool {
	han, letters, rare, fault := v1Survey(name)
	switch {
	case fault != codes:
		p.add(Name, fault)
	case utf8.RuneCountInString(name) > v1NameMax:
		p.add(Name, NameTooLong)
	case han == 0 && letters == 0:
		p.add(Name, NameSymbol)
	case han > 0 && letters > 0:
		p.add(Name, NameSymbol)
	case letters > 0:
		return p.latinShape(name, foreign)
	default:
		return p.hanShape(name, han, rare)
	}
	return false
}

// v1Survey counts a name's characters; fault is codes if it found none.
func v1Survey(name string) (han, letters int, rare bool, fault Code) {
	fault = codes
	for _, r := range name {
		switch {
		case v1Han(r):
			han++
			rare = rare || !v1Everyday(r)
		case v1Latin(r):
			letters++
		case v1Digit(r):
			return han, letters, rare, NameDigits
		case r == '?' || r == 0xFF1F:
			fault = Garbled
		case r == v1Dot, r == ' ', r == '-', r == '\'', r == '.', r == ',':
		default:
			if fault == codes {
				fault = NameSymbol
			}
		}
	}
	return han, letters, rare, fault
}

func (p *v1) hanShape(name string, han int, rare bool) bool {
	switch {
	case strings.ContainsAny(name, " -'.,"):
		if strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".") {
			p.add(Name, NameDot)
			return false
		}
		p.add(Name, NameSymbol)
		return false
	case strings.HasPrefix(name, "·"), strings.HasSuffix(name, "·"), strings.Contains(name, "··"):
		p.add(Name, NameDot)
		return false
	case han < 2:
		p.add(Name, NameTooShort)
		return false
	case v1Anonymous(name):
		p.add(Name, Placeholder)
		return false
	}
	if rare {
		p.add(Name, NameRare)
	}
	if v1Title(name) {
		p.add(Name, NameTitle)
	}
	return true
}

func (p *v1) latinShape(name string, foreign bool) bool {
	first, _ := utf8.DecodeRuneInString(name)
	switch {
	case !foreign:
		p.add(Name, NameLatin)
		return false
	case strings.ContainsRune(name, v1Dot), !v1Latin(first):
		p.add(Name, NameSymbol)
		return false
	}
	return true
}

// v1Title: a surname and a form of address.
func v1Title(name string) bool {
	if n := len(name); n != 9 && n != 12 {
		return false
	}
	switch name[len(name)-6:] {
	case "先生", "女士", "小姐", "太太", "老师", "经理", "师傅", "老板", "同学", "阿姨":
		return true
	}
	return false
}

// v1Anonymous: a name made unrecognisable, as in court papers.
func v1Anonymous(name string) bool { return strings.Contains(name, "某某") }

// v1Han is frozen by ranges, not by Go's Unicode tables, which grow: radicals,
// the zero 〇, and all ideograph blocks to the end of planes 2 and 3.
func v1Han(r rune) bool {
	switch {
	case r >= 0x4E00 && r <= 0x9FFF, r >= 0x3400 && r <= 0x4DBF:
		return true
	case r < 0x2E80:
		return false
	case r <= 0x2FD5, r == 0x3007, r >= 0xF900 && r <= 0xFAFF:
		return true
	}
	return r >= 0x20000 && r <= 0x3FFFD
}

// v1Everyday is the block every system has had since GBK.
func v1Everyday(r rune) bool { return r >= 0x4E00 && r <= 0x9FA5 }

func v1Latin(r rune) bool {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z':
		return true
	}
	return r >= 0xC0 && r <= 0x24F && r != 0xD7 && r != 0xF7
}

func v1Digit(r rune) bool {
	return r >= '0' && r <= '9' || r >= 0xFF10 && r <= 0xFF19 || r >= 0x2460 && r <= 0x249B
}

// v1DotLike lists what looks like the dot of a name and can be nothing else.
func v1DotLike(r rune) bool {
	switch r {
	case 0x2022, 0x2027, 0x30FB, 0xFF65, 0x2219, 0x22C5, 0x0387, 0x16EB, 0x318D, 0xA78F:
		return true
	}
	return false
}
