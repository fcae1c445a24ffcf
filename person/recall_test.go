package person

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// asText is a cell as our sheets hold it.
func asText(f Field) Field {
	text := f.SheetText()
	if text == "" {
		return Field{}
	}
	return Field{Text, text}
}

// generated are texts that a cell of a kind can have.
func generated(k Kind, rng *rand.Rand) (texts []string) {
	switch k {
	case Empty, Formula:
		return []string{""}
	case Bool:
		return []string{"TRUE", "FALSE"}
	case Error:
		return []string{"#N/A", "#NAME?", "#BUSY!", "~CIRCULAR~REF~", "Err:502", "Loading...", "TRUE", goodMobile, goodID, goodName}
	case Date:
		for range 200 {
			day := fmt.Sprintf("%04d-%02d-%02d", rng.IntN(10_000), 1+rng.IntN(12), 1+rng.IntN(28))
			at := fmt.Sprintf("%02d:%02d:%02d", rng.IntN(24), rng.IntN(60), rng.IntN(60))
			texts = append(texts, day, day+" "+at, at, fmt.Sprintf("%d:%02d:%02d", rng.IntN(99_999_999), rng.IntN(60), rng.IntN(60)))
		}
		return texts
	}
	for range 300 {
		digits := fmt.Sprint(1+rng.IntN(9)) + fmt.Sprintf("%019d", rng.Int64N(1e18))
		digits = digits[:1+rng.IntN(20)]
		switch rng.IntN(4) {
		case 0:
			digits = fmt.Sprintf("1%d%09d", 3+rng.IntN(7), rng.IntN(1e9))
		case 1:
			digits = fmt.Sprintf("110101%d0307%04d", 1950+rng.IntN(60), rng.IntN(10_000))
		case 2:
			digits = fmt.Sprintf("9%017d", rng.Int64N(1e17))
		}
		keep := 1 + rng.IntN(len(digits))
		rounded := digits[:keep] + strings.Repeat("0", len(digits)-keep)
		for _, d := range []string{digits, rounded} {
			texts = append(texts, d, "-"+d, d+".0", "-"+d+".0", d+".5", d[:1]+"."+d[1:]+"E"+fmt.Sprint(len(d)-1), "-"+d[:1]+"."+d[1:]+"E+"+fmt.Sprint(len(d)-1), "86"+d, d+"0E-1")
			if len(d) > 2 {
				texts = append(texts, d[:len(d)-1]+"."+d[len(d)-1:])
			}
		}
	}
	return texts
}

// TestNoFaultOfAKindIsForgotten: a cell of every kind in every column, beside an ordinary ID number and a foreigner's. What
// was invalid and comes back as text stays invalid, through two sheets, and its note stays the same. Who was valid stays
// the same person.
func TestNoFaultOfAKindIsForgotten(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 29))
	invalid, hidden, same := 0, 0, 0
	for k := Empty; k <= Formula; k++ {
		texts := generated(k, rng)
		for _, text := range texts {
			for column := range 3 {
				for _, id := range []string{goodID, foreignID} {
					cells := [3]Field{{Text, goodName}, {Text, goodMobile}, {Text, id}}
					cells[column] = Field{k, text}
					raw := Raw{cells[0], cells[1], cells[2]}
					p, first := Parse(raw)
					back := Raw{asText(cells[0]), asText(cells[1]), asText(cells[2])}
					again, found := Parse(back)
					if Valid(first) {
						if same++; again != p {
							t.Fatalf("kind %d in column %d: %q comes back as somebody else", k, column, text)
						}
						continue
					}
					invalid++
					if Valid(found) {
						hidden++
					}
					second := Recall(back, found, func(f Finding) bool { return slices.Contains(first, f) })
					said := func(f Finding) bool {
						return slices.ContainsFunc(second, func(s Finding) bool { return s.Column == f.Column && s.Code&^recalled == f.Code })
					}
					if third := Recall(back, found, said); Valid(second) || Valid(third) {
						t.Fatalf("kind %d in column %d: %q was %v and comes back valid", k, column, text, first)
					}
				}
			}
		}
	}
	t.Logf("%d invalid, of which %d look valid as text; %d valid", invalid, hidden, same)
	if hidden < 300 || same < 300 {
		t.Error("too few to tell anything")
	}
}

func TestRecallHoldsWhatLooksUncorrected(t *testing.T) {
	const rounded, fits = "110101199003070000", "110101199003078000"
	for _, c := range []struct {
		column Column
		code   Code
		text   string
		holds  bool
	}{
		{IDCard, IDNumberCell, fits, true},
		{IDCard, IDNumberCell, rounded, true},
		{IDCard, IDNumberCell, "1.10101199003078E+17", true},
		{IDCard, IDNumberCell, "1.10101E+17", true},
		{IDCard, IDNumberCell, " 110101 19900307 8000\u00a0", true},
		{IDCard, IDNumberCell, "１１０１０１１９９００３０７８０００", true},
		{IDCard, IDNumberCell, "'" + fits, true},
		{IDCard, IDNumberCell, `="` + fits + `"`, true},
		{IDCard, IDNumberCell, "`" + fits, true},
		{IDCard, IDNumberCell, fits + ".0", true},
		{IDCard, IDNumberCell, "110,101,199,003,078,000", true},
		{IDCard, IDRounded, fits, true},
		{IDCard, Scientific, fits, true},
		{IDCard, IDNumberCell, "110101199003078010", false},
		{IDCard, IDNumberCell, "11010119900307100X", false},
		{IDCard, IDNumberCell, goodID, false},
		{IDCard, IDNumberCell, "", false},
		{IDCard, IDChecksum, fits, false},
		{Mobile, MobileRounded, "15400000000", true},
		{Mobile, MobileRounded, "+86 154 0000 0000", true},
		{Mobile, MobileRounded, "154-0000-0000", true},
		{Mobile, MobileRounded, "１５４７０００００００", true},
		{Mobile, MobileRounded, "1.547E+10", true},
		{Mobile, MobileRounded, "15400000000.0", true},
		{Mobile, MobileRounded, "15400000001", false},
		{Mobile, MobileRounded, "15400800000", false},
		{Mobile, Scientific, "1.5412E+10", true},
		{Mobile, Scientific, "15412000000", true},
		{Mobile, Scientific, "15412345000", true},
		{Mobile, Scientific, "15412345600", false},
		{Mobile, MobileCharacters, "-15400138009", true},
		{Mobile, MobileCharacters, "15400138009.5", true},
		{Mobile, MobileCharacters, "15400138009", false},
		{Mobile, MobileCharacters, "+8615400138009", false},
		{Mobile, MobileCharacters, "154-0013-8009", false},
		{Mobile, CellDate, "154-0013-8009", false},
		{Mobile, CellDate, "1990-03-07", true},
		{Mobile, CellFormula, "", true},
		{Mobile, CellFormula, goodMobile, false},
		{Name, CellBool, "TRUE", true},
		{Name, CellBool, " true ", true},
		{Name, CellBool, "ＦＡＬＳＥ", true},
		{Name, CellBool, "TRUE LEE", false},
		{Name, CellError, "#N/A", true},
		{Name, CellError, goodName, false},
		{Name, CellNumber, "42", true},
		{Name, CellNumber, goodName, false},
	} {
		cells := [3]Field{{Text, goodName}, {Text, goodMobile}, {Text, foreignID}}
		cells[c.column] = Field{Text, c.text}
		raw := Raw{cells[0], cells[1], cells[2]}
		p, found := Parse(raw)
		kept := Finding{c.column, c.code}
		got := Recall(raw, found, func(f Finding) bool { return f == kept })
		held := slices.ContainsFunc(got, func(f Finding) bool {
			return f.Column == c.column && f.Code&^recalled == c.code && f.Severity() == Fault
		})
		if c.holds != held {
			t.Errorf("%s of %s: held %t, want %t", c.code, c.column, held, c.holds)
		}
		if !c.holds && !slices.Equal(got, found) {
			t.Errorf("%s of %s: findings changed from %v to %v", c.code, c.column, found, got)
		}
		if hint := slices.Contains(got, Finding{c.column, c.code | recalled}); c.holds && hint != Valid(found) {
			t.Errorf("%s of %s: says what to do if the value is right: %t, but alone the cell is valid: %t (%v)", c.code, c.column, hint, Valid(found), p)
		}
	}
}

func TestRecallKeepsTheOrderOfColumns(t *testing.T) {
	raw := Raw{Field{Text, "张 三"}, Field{Text, "15400000000"}, Field{Text, "110101199003071232 "}}
	_, found := Parse(raw)
	got := Recall(raw, found, func(f Finding) bool { return f.Code == MobileRounded })
	if want := []Finding{{Name, SpacesRemoved}, {Mobile, MobileRounded | recalled}}; !slices.Equal(got[:2], want) || got[2].Column != IDCard {
		t.Errorf("%v, want %v and then the ID number's", got, want)
	}
	if got := Recall(Raw{}, []Finding{{Name, EmptyRow}}, func(Finding) bool { return true }); !slices.Equal(got, []Finding{{Name, EmptyRow}}) {
		t.Errorf("an empty row is %v", got)
	}
}

// A note is searched for the words of a finding: they must not be part of another's.
func TestWordsOfTracesAreTheirOwn(t *testing.T) {
	var all []Finding
	for _, c := range Codes() {
		for column := range Column(3) {
			all = append(all, Finding{column, c})
		}
	}
	looked := 0
	for column, list := range traces {
		for _, trace := range list {
			f := Finding{Column(column), trace.code}
			if f.Severity() != Fault {
				t.Errorf("%s is no fault", f.Code)
			}
			for _, lang := range []string{"zh", "en"} {
				looked++
				for _, other := range all {
					if other.Code != f.Code && strings.Contains(other.Text(lang), f.Text(lang)) {
						t.Errorf("%s is also read out of the words of %s", f.Code, other.Code)
					}
				}
				hinted := Finding{f.Column, f.Code | recalled}
				if !strings.HasPrefix(hinted.Text(lang), f.Text(lang)) || hinted.Text(lang) == f.Text(lang) {
					t.Errorf("%s: a recalled one is not found again, or says no more", f.Code)
				}
				if hinted.Severity() != f.Severity() || hinted.Code.String() != f.Code.String() {
					t.Errorf("%s: a recalled one is another finding", f.Code)
				}
			}
		}
	}
	if looked < 30 {
		t.Fatalf("only %d words looked at", looked)
	}
}

func TestNumberText(t *testing.T) {
	for stored, want := range map[string]string{
		"15400138009": "15400138009", "1.5400138009E10": "15400138009", "1.5400138009e+10": "15400138009", "15400138009.0": "15400138009", "15400138009.": "15400138009",
		"-15400138009.0": "-15400138009", "1.54E+10": "15400000000", "42": "42", "0": "0", "007": "007",
		"1.10101199003070E+17": "110101199003070000", "110101199003070000": "110101199003070000", "110101199003071234": "110101199003071000",
		"110101199003071999": "110101199003072000", "110101199003071234.5": "110101199003071000", "123456789012345": "123456789012345", "1234567890123456": "1234567890123460",
		"0.5": "0.5", "15400138009.5": "15400138009.5", "154001380090E-1": "154001380090E-1", "1E300": "1E300", "-0.1": "-0.1", "1.5E-3": "1.5E-3", "": "",
	} {
		if got := numberText(stored); got != want {
			t.Errorf("%s comes back as %s, want %s", stored, got, want)
		}
	}
}
