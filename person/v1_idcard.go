package person

import "strings"

// idCard normalises and checks the ID number.
func (p *v1) idCard(f Field) string {
	if f.Kind == Text && v1PlainID(f.Text) && f.Text[0] < '8' && v1EighteenFault(f.Text) == codes {
		return f.Text
	}
	if !p.kind(IDCard, f) {
		return ""
	}
	s := p.narrow(IDCard, f.Text)
	if !p.common(IDCard, s) {
		return ""
	}
	if f.Kind == Number && !v1SafeNumber(s) {
		p.add(IDCard, IDNumberCell)
		return ""
	}
	if strings.HasSuffix(s, "x") && len(s) == 18 {
		s = s[:17] + "X"
		p.add(IDCard, UpperX)
	}
	if fault := v1IDFault(s); fault != codes {
		p.add(IDCard, fault)
		return ""
	}
	if s[0] == '8' || s[0] == '9' {
		p.add(IDCard, IDUncovered)
	}
	return s
}

// v1SafeNumber: spreadsheets keep 15 digits of a number, so a longer one, or one
// in scientific notation, has lost its end. A shorter one is judged as text is.
func v1SafeNumber(s string) bool { return v1Digits(s) && len(s) <= 15 }

func v1PlainID(s string) bool {
	return len(s) == 18 && v1Digits(s[:17]) && (s[17] == 'X' || s[17] >= '0' && s[17] <= '9')
}

func v1IDFault(s string) Code {
	if fault := v1OtherDocument(s); fault != codes {
		return fault
	}
	if v1PlainID(s) && !v1IDFiller(s) {
		return v1EighteenFault(s)
	}
	switch {
	case !v1Digits(strings.TrimSuffix(s, "X")):
		return IDCharacters
	case v1IDFiller(s):
		return Filler
	case len(s) == 15 && v1Digits(s):
		return IDFifteen
	case len(s) == 17 && v1Digits(s):
		return IDDroppedX
	}
	return IDLength
}

func v1IDFiller(s string) bool {
	return len(s) >= 9 && v1AllSame(s) || strings.HasPrefix(s, "123456789")
}

// v1OtherDocument names what is in the cell if it is no ID number at all.
func v1OtherDocument(s string) Code {
	if c, ok := looksNumber(s); ok && c == Mobile {
		return LooksLikeMobile
	}
	if v1LooksName(s) {
		return LooksLikeName
	}
	if _, _, _, ok := v1Scientific(s); ok {
		return Scientific
	}
	letters := 0
	for letters < len(s) && v1Latin(rune(s[letters])) && s[letters] < 0x80 {
		letters++
	}
	number := s[letters:]
	if letters == 0 || !v1Digits(number) {
		return codes
	}
	switch {
	case letters == 1 && strings.ContainsAny(s[:1], "HMhm") && (len(number) == 8 || len(number) == 10):
		return IDHomeReturn
	case letters == 3 && len(number) == 12:
		return IDOldForeign
	case letters <= 2 && (len(number) == 7 || len(number) == 8):
		return IDPassport
	}
	return codes
}

func v1EighteenFault(s string) Code {
	sound := v1CheckCharacter(s) == s[17]
	switch {
	case s[0] == '9': // a foreigner's card: only its check digit is public
		if sound {
			return codes
		}
	case !v1Province(s[:2]):
		return IDRegion
	case !v1Birth(s[6:14]):
		return IDBirth
	case sound:
		return codes
	}
	if strings.HasSuffix(s, "000") {
		return IDRounded
	}
	return IDChecksum
}

var v1Weights = [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}

// v1CheckCharacter is the ISO 7064 MOD 11-2 character of s's first 17 digits.
func v1CheckCharacter(s string) byte {
	sum := 0
	for i, w := range v1Weights {
		sum += int(s[i]-'0') * w
	}
	return "10X98765432"[sum%11]
}

// v1Province knows the first two digits in use; whole region codes are
// historical and too many to rule one out.
func v1Province(s string) bool {
	switch n := int(s[0]-'0')*10 + int(s[1]-'0'); n / 10 {
	case 1:
		return n >= 11 && n <= 15
	case 2:
		return n >= 21 && n <= 23
	case 3:
		return n >= 31 && n <= 37
	case 4:
		return n >= 41 && n <= 46
	case 5:
		return n <= 54
	case 6:
		return n >= 61 && n <= 65
	case 7:
		return n == 71
	case 8:
		return n >= 81 && n <= 83
	}
	return false
}

// v1Birth: a day of the calendar from 1880 to 2100. There is no clock here, so
// that one row gets one verdict for ever.
func v1Birth(s string) bool {
	year, month, day := v1Int(s[:4]), v1Int(s[4:6]), v1Int(s[6:8])
	if year < 1880 || year > 2100 || month < 1 || month > 12 || day < 1 {
		return false
	}
	days := [13]int{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
	if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
		days[2] = 29
	}
	return day <= days[month]
}

func v1Int(s string) int {
	n := 0
	for i := 0; i < len(s); i++ {
		n = n*10 + int(s[i]-'0')
	}
	return n
}
