package person

import (
	"strings"
	"testing"
	"unicode"
)

func TestEveryCodeHasItsWords(t *testing.T) {
	slugsSeen := map[string]Code{}
	for _, c := range Codes() {
		m := rules[c]
		if m.slug == "" || m.zh == "" || m.en == "" {
			t.Errorf("code %d lacks its words", c)
			continue
		}
		if other, taken := slugsSeen[m.slug]; taken {
			t.Errorf("%s names code %d and code %d", m.slug, c, other)
		}
		slugsSeen[m.slug] = c
		for _, column := range []Column{Name, Mobile, IDCard} {
			f := Finding{column, c}
			zh, en := f.Text("zh"), f.Text("en")
			if strings.ContainsAny(zh+en, "{}") {
				t.Errorf("%s: a blank was not filled in: %s / %s", m.slug, zh, en)
			}
			if !strings.ContainsFunc(zh, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
				t.Errorf("%s: the Chinese text holds no Chinese", m.slug)
			}
			if en == zh {
				t.Errorf("%s: both texts are the same", m.slug)
			}
			if strings.HasSuffix(en, ".") || strings.HasSuffix(zh, "。") {
				t.Errorf("%s: texts are joined by others and end without a stop", m.slug)
			}
		}
	}
	if len(slugsSeen) != int(codes) {
		t.Fatalf("%d slugs for %d codes", len(slugsSeen), codes)
	}
}

// A Fault must tell the person what to do.
func TestFaultsSayWhatToDo(t *testing.T) {
	for _, c := range Codes() {
		if c.Severity() != Fault {
			continue
		}
		if !strings.Contains(rules[c].zh, "请") {
			t.Errorf("%s says no remedy in Chinese", c)
		}
		if !strings.Contains(rules[c].en, ":") && !strings.Contains(rules[c].en, ",") {
			t.Errorf("%s says no remedy in English", c)
		}
	}
}

func TestEveryCodeIsReached(t *testing.T) {
	reached := map[Code]bool{}
	for _, c := range ruleCases {
		_, found := Parse(c.raw)
		for _, f := range found {
			reached[f.Code] = true
		}
	}
	for _, c := range Codes() {
		if !reached[c] {
			t.Errorf("no rule case reaches %s", c)
		}
	}
}

// No text may repeat what was in the cell.
func TestTextsHoldNoValue(t *testing.T) {
	checked := 0
	for _, c := range ruleCases {
		_, found := Parse(c.raw)
		for _, f := range found {
			for _, value := range []string{c.raw.Name.Text, c.raw.Mobile.Text, c.raw.IDCard.Text} {
				if len(value) < 9 {
					continue
				}
				checked++
				if strings.Contains(f.Text("zh"), value) || strings.Contains(f.Text("en"), value) {
					t.Errorf("%s: the text of %s repeats a value", c.what, f.Code)
				}
			}
		}
	}
	if checked < 100 {
		t.Fatalf("only %d texts checked", checked)
	}
}

func TestUnknownCodeIsAFault(t *testing.T) {
	f := Finding{Column: 9, Code: codes + 7}
	if f.Severity() != Fault || f.Text("zh") == "" || f.Text("en") == "" {
		t.Error("an unknown code must be a Fault with words")
	}
}
