package person

import "strings"

// mobile normalises and checks the mobile number.
func (p *v1) mobile(f Field) string {
	if f.Kind == Text && v1PlainMobile(f.Text) {
		return p.mobileOperator(f.Text)
	}
	if !p.kind(Mobile, f) {
		return ""
	}
	s := p.narrow(Mobile, f.Text)
	if !p.common(Mobile, s) {
		return ""
	}
	if f.Kind == Number {
		return p.numberAsMobile(s)
	}
	return p.mobileText(s)
}

func (p *v1) numberAsMobile(s string) string {
	whole, ok := v1Integer(s)
	if !ok {
		p.add(Mobile, MobileCharacters)
		return ""
	}
	// Three digits and zeros are what 1.38E+10 leaves behind.
	if len(whole) == 11 && whole[0] == '1' && strings.TrimRight(whole[4:], "0") == "" {
		p.add(Mobile, MobileRounded)
		return ""
	}
	if whole != s {
		p.add(Mobile, NumberRewritten)
	}
	return p.mobileText(whole)
}

func (p *v1) mobileText(s string) string {
	if _, _, _, ok := v1Scientific(s); ok {
		p.add(Mobile, Scientific)
		return ""
	}
	if v1LooksName(s) {
		p.add(Mobile, LooksLikeName)
		return ""
	}
	if c, ok := looksNumber(s); ok && c == IDCard {
		p.add(Mobile, LooksLikeIDCard)
		return ""
	}
	digits := p.mobileSeparators(s)
	if v1Several(s, digits) {
		p.add(Mobile, MobileSeveral)
		return ""
	}
	digits, ok := p.countryCode(digits)
	if !ok {
		p.add(Mobile, MobileForeign)
		return ""
	}
	if !v1Digits(digits) {
		p.add(Mobile, MobileCharacters)
		return ""
	}
	if fault := v1MobileFault(digits); fault != codes {
		p.add(Mobile, fault)
		return ""
	}
	return p.mobileOperator(digits)
}

func (p *v1) mobileSeparators(s string) string {
	bare := strings.Map(func(r rune) rune {
		if v1Dash(r) || v1Bracket(r) {
			return -1
		}
		return r
	}, s)
	if bare != s {
		p.add(Mobile, SeparatorsRemoved)
	}
	return bare
}

// v1Several: two mobiles run together, or more than one number's worth of digits
// with something in between. bare is s without separators.
func v1Several(s, bare string) bool {
	if len(bare) == 22 && v1PlainMobile(bare[:11]) && v1PlainMobile(bare[11:]) {
		return true
	}
	digits, others := 0, 0
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case v1Dash(r), v1Bracket(r), r == '+':
		default:
			others++
		}
	}
	return others > 0 && digits >= 18
}

// countryCode takes off +86, 0086 and 86 where 11 digits remain. ok is false for
// any other country's.
func (p *v1) countryCode(s string) (string, bool) {
	rest := s
	switch {
	case strings.HasPrefix(s, "+86"):
		rest = s[3:]
	case strings.HasPrefix(s, "0086"):
		rest = s[4:]
	case strings.HasPrefix(s, "+"):
		return s, !v1Digits(s[1:])
	case strings.HasPrefix(s, "00"):
		return s, !v1Digits(s) || len(s) < 10 || v1AllSame(s)
	case strings.HasPrefix(s, "86") && len(s) == 13 && s[2] == '1':
		rest = s[2:]
	default:
		return s, true
	}
	if !v1Digits(rest) {
		return s, true
	}
	p.add(Mobile, CountryCodeRemoved)
	return rest, true
}

func v1MobileFault(s string) Code {
	switch {
	case len(s) > 4 && v1AllSame(s), strings.HasPrefix(s, "123456789"):
		return Filler
	case len(s) == 13 && v1IoT(s):
		return MobileIoT
	case s[0] == '0':
		return MobileLandline
	case len(s) < 11:
		return MobileTooShort
	case len(s) > 11:
		return MobileTooLong
	case !v1PlainMobile(s):
		return MobileNotMobile
	}
	return codes
}

// v1IoT: 13-digit machine numbers, 1410 1440 1441 146 148.
func v1IoT(s string) bool {
	switch s[:3] {
	case "146", "148":
		return true
	case "141", "144":
		return s[3] == '0' || s[:4] == "1441"
	}
	return false
}

func v1PlainMobile(s string) bool {
	return len(s) == 11 && s[0] == '1' && s[1] >= '3' && s[1] <= '9' && v1Digits(s)
}

func (p *v1) mobileOperator(s string) string {
	switch s[:3] {
	case "162", "165", "167", "170", "171":
		p.add(Mobile, MobileVirtual)
	}
	return s
}
