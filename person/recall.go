package person

import (
	"strconv"
	"strings"
)

// Some faults are in a cell's kind, not in its text: a number that lost its last digits, or TRUE in place of a name. Our
// sheets hold text there, and the text alone can be valid: one in eleven rounded ID numbers has the right check digit.
// Nobody may pay for such made-up people by giving a sheet back without a correction. So a fault that the sheet's own note
// names is kept as long as the cell still looks the way that fault leaves it.

// recalled marks the Code of a fault that is known only from the note.
const recalled Code = 1 << 7

const _ = uint8(recalled - codes) // all codes must stay below the mark

// recalledHint is what Text adds to a recalled fault.
const (
	recalledHintZH = "；这一格看起来尚未更正，如果内容确实无误，请清空本行的“核验备注”（试算表中为“说明”）"
	recalledHintEN = "; the cell still looks uncorrected: if its value is right after all, clear the row's checkNote (in a plan's report: note)"
)

// traces lists, by column, the faults that a sheet's text can hide, and whether a text still looks the way the fault leaves
// it, however a program has stored it by now. All other faults are found again in the text. A new fault that depends on a
// cell's kind belongs here.
var traces = [3][]struct {
	code  Code
	shows func(text string) bool
}{
	Name: {
		{CellDate, showsDate}, {CellBool, showsBool}, {CellError, showsError}, {CellFormula, showsNothing},
		{CellNumber, showsNumber},
	},
	Mobile: {
		{CellDate, showsDate}, {CellBool, showsBool}, {CellError, showsError}, {CellFormula, showsNothing},
		{MobileRounded, showsRounded}, {MobileCharacters, showsOddNumber}, {Scientific, showsLostEnd},
	},
	IDCard: {
		{CellDate, showsDate}, {CellBool, showsBool}, {CellError, showsError}, {CellFormula, showsNothing},
		{IDNumberCell, showsLostDigits}, {IDRounded, showsLostDigits}, {Scientific, showsLostDigits},
	},
}

// Recall keeps the faults of an earlier run that nobody has corrected: they replace what Parse found in the same column.
// said reports whether that run's note names a fault. Recall never makes a row valid.
func Recall(raw Raw, findings []Finding, said func(Finding) bool) []Finding {
	if len(findings) > 0 && findings[0].Code == EmptyRow {
		return findings
	}
	for c, field := range [3]Field{raw.Name, raw.Mobile, raw.IDCard} {
		if f, ok := remembered(Column(c), field, said); ok {
			findings = replaced(findings, f)
		}
	}
	return findings
}

func remembered(c Column, field Field, said func(Finding) bool) (Finding, bool) {
	for _, t := range traces[c] {
		if f := (Finding{Column: c, Code: t.code}); t.shows(field.Text) && said(f) {
			return f, true
		}
	}
	return Finding{}, false
}

// replaced puts f in place of its column's findings, so that the row's note says the same in every run.
func replaced(findings []Finding, f Finding) []Finding {
	var others []Finding
	place, faulty := 0, false
	for _, have := range findings {
		if have.Column == f.Column {
			faulty = faulty || have.Severity() == Fault
			continue
		}
		others = append(others, have)
		if have.Column < f.Column {
			place = len(others)
		}
	}
	if !faulty {
		f.Code |= recalled
	}
	return append(others[:place:place], append([]Finding{f}, others[place:]...)...)
}

func showsDate(text string) bool {
	digits, marks, colon := 0, 0, false
	for _, r := range v1Narrow(text) {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case strings.ContainsRune("-/.:年月日时分秒", r):
			marks++
			colon = colon || r == ':'
		default:
			return false
		}
	}
	// More digits are a mobile with dashes, typed in place of the date.
	return digits > 0 && marks > 0 && (digits <= 8 || colon)
}

func showsBool(text string) bool {
	s := bare(text)
	return strings.EqualFold(s, "true") || strings.EqualFold(s, "false")
}

func showsError(text string) bool { return strings.HasPrefix(v1Narrow(text), "#") }

func showsNothing(text string) bool { return v1Narrow(text) == "" }

func showsNumber(text string) bool {
	s := strings.TrimPrefix(v1Narrow(text), "-")
	return isDecimal(s) || showsScientific(s)
}

// showsOddNumber: a number cell with a sign or a fraction is no mobile, and as text the sign passes for a separator.
func showsOddNumber(text string) bool {
	s := v1Narrow(text)
	number := strings.TrimPrefix(s, "-")
	return isDecimal(number) && (number != s || strings.Contains(number, "."))
}

func isDecimal(s string) bool {
	whole, fraction, _ := strings.Cut(s, ".")
	return v1Digits(whole + fraction)
}

// showsLostDigits: an ID number with nothing but zeros behind the digits that a spreadsheet keeps.
func showsLostDigits(text string) bool {
	s := plainDigits(text)
	return showsScientific(text) || v1Digits(s) && len(s) > numberDigits && strings.Trim(s[numberDigits:], "0") == ""
}

// showsLostEnd: 1.3812345E+10 ends in three zeros once a program has read it as a number.
func showsLostEnd(text string) bool {
	s := plainDigits(text)
	return showsScientific(text) || v1Digits(s) && len(s) >= 11 && strings.HasSuffix(s, "000")
}

func showsScientific(text string) bool {
	_, _, _, ok := v1Scientific(v1Narrow(text))
	return ok
}

// showsRounded: three digits and zeros, see numberAsMobile.
func showsRounded(text string) bool {
	s := plainDigits(text)
	for _, code := range []string{"0086", "86"} {
		if rest, ok := strings.CutPrefix(s, code); ok && len(rest) == 11 {
			s = rest
		}
	}
	return v1Digits(s) && len(s) == 11 && s[0] == '1' && strings.Trim(s[4:], "0") == ""
}

// bare is a text without what programs and people put around and between digits. It drops more than a normaliser does:
// a cell that looks uncorrected is held, not asked about.
func bare(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case v1Dash(r), v1Bracket(r), strings.ContainsRune("+,，、`'‘’\"“”=_\u2800\u3164\uFFF9\uFFFA\uFFFB", r):
			return -1
		}
		return r
	}, v1Narrow(text))
}

// plainDigits is a number as its digits, however it is written.
func plainDigits(text string) string {
	s := bare(text)
	if whole, ok := v1Integer(s); ok {
		return whole
	}
	return s
}

// numberDigits is how many digits of a number spreadsheets keep.
const numberDigits = 15

// SheetText is how a cell of one of the three columns comes back in our sheets, where it is text. It must not pass for more
// than the cell was.
func (f Field) SheetText() string {
	switch {
	case f.Kind == Number:
		return numberText(f.Text)
	case f.Kind == Error && !strings.HasPrefix(f.Text, "#"):
		return "#" + f.Text
	}
	return f.Text
}

// numberText writes a whole number out as its plain digits. One that is longer than a spreadsheet keeps is written the way
// Excel shows it, with zeros behind 15 digits, even if the file holds others: they can't be trusted, and the loss must show.
// Anything else stays as it is stored.
func numberText(stored string) string {
	number := strings.TrimPrefix(stored, "-")
	sign := stored[:len(stored)-len(number)]
	whole, ok := v1Integer(number)
	if ok && len(strings.TrimLeft(whole, "0")) <= numberDigits {
		return sign + whole
	}
	v, err := strconv.ParseFloat(number, 64)
	if err != nil || v < 1e15 {
		return stored
	}
	if kept, ok := v1Integer(strconv.FormatFloat(v, 'e', numberDigits-1, 64)); ok {
		return sign + kept
	}
	return stored
}
