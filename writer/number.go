package writer

import (
	"strconv"
	"strings"
)

const exactDigits = 15 // that many decimal digits survive a float64, and a spreadsheet

// parseNumber gives the number that s spells, if a spreadsheet can hold it as
// one without harm: every whole number of at most 15 digits, every decimal of
// at most 15. Longer whole numbers are identifiers and must stay text. A
// fraction of 16 or 17 digits that just spells out a float64 (a computed third)
// stays a number, rounded to the 15 digits a spreadsheet works with.
func parseNumber(s string) (float64, bool) {
	digits, fraction, ok := scanNumber(s)
	if !ok {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f == 0 && strings.Trim(digits, "0") != "" {
		return 0, false
	}
	significant := strings.TrimLeft(digits, "0")
	if fraction {
		significant = strings.TrimRight(significant, "0")
	}
	if len(significant) <= exactDigits {
		return f, true
	}
	if !fraction || !spellsOut(f, significant) {
		return 0, false
	}
	f, err = strconv.ParseFloat(strconv.FormatFloat(f, 'e', exactDigits-1, 64), 64)
	return f, err == nil
}

// scanNumber checks the grammar: -12, 0.5, .5, 1E-3; no plus sign, no leading
// zeros, no thousands separators. digits are those of the mantissa.
func scanNumber(s string) (digits string, fraction, ok bool) {
	s = strings.TrimPrefix(s, "-")
	mantissa, exponent, hasExponent := s, "", false
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		mantissa, exponent, hasExponent = s[:i], strings.TrimLeft(s[i+1:], "+-"), true
		if len(s[i+1:])-len(exponent) > 1 || !allDigits(exponent) {
			return "", false, false
		}
	}
	whole, frac, hasPoint := strings.Cut(mantissa, ".")
	if hasPoint && !allDigits(frac) || whole != "" && !allDigits(whole) || whole == "" && !hasPoint {
		return "", false, false
	}
	if len(whole) > 1 && whole[0] == '0' {
		return "", false, false
	}
	return whole + frac, hasPoint || hasExponent, true
}

func allDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// spellsOut reports whether these are the digits in which a program would store
// f: the shortest that give it back, or all 17.
func spellsOut(f float64, digits string) bool {
	for _, precision := range []int{-1, 16} {
		own, _, _ := strings.Cut(strconv.FormatFloat(f, 'e', precision, 64), "e")
		own = strings.NewReplacer("-", "", ".", "").Replace(own)
		if strings.TrimRight(own, "0") == digits {
			return true
		}
	}
	return false
}

// longWhole: General would show it as 1.23457E+11.
func longWhole(s string) bool {
	return len(strings.TrimPrefix(s, "-")) > 11 && allDigits(strings.TrimPrefix(s, "-"))
}
