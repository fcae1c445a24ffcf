package person

import (
	"os"
	"testing"
	"unicode/utf8"
)

// Whatever stands in a row: no panic, words for every finding, and what comes out
// valid goes through again unchanged and without a Fix.
func FuzzParse(f *testing.F) {
	for _, c := range ruleCases {
		f.Add(uint8(c.raw.Name.Kind), c.raw.Name.Text, uint8(c.raw.Mobile.Kind), c.raw.Mobile.Text, uint8(c.raw.IDCard.Kind), c.raw.IDCard.Text)
	}
	keyer := NewKeyer(testSecret)
	f.Fuzz(func(t *testing.T, nameKind uint8, name string, mobileKind uint8, mobile string, idKind uint8, id string) {
		raw := Raw{Field{Kind(nameKind % 8), name}, Field{Kind(mobileKind % 8), mobile}, Field{Kind(idKind % 8), id}}
		for _, s := range []string{name, mobile, id} {
			Looks(s)
			for _, masked := range []string{MaskName(s), MaskMobile(s), MaskIDCard(s)} {
				if utf8.RuneCountInString(masked) != utf8.RuneCountInString(s) {
					t.Fatal("a mask changes the length")
				}
			}
		}
		for _, n := range Normalisers {
			checkParse(t, n, raw, keyer)
		}
	})
}

func checkParse(t *testing.T, n Normaliser, raw Raw, keyer *Keyer) {
	p, found := n.Parse(raw)
	for i, f := range found {
		if f.Code >= codes || f.Text("zh") == "" || f.Text("en") == "" {
			t.Fatalf("finding %d has no words", i)
		}
		if i > 0 && found[i-1].Column > f.Column {
			t.Fatal("findings out of the columns' order")
		}
	}
	if !Valid(found) {
		if p != (Person{}) {
			t.Fatal("an invalid row gave a person")
		}
		return
	}
	if p.Version != n.Version || !utf8.ValidString(p.Name) || !v1PlainMobile(p.Mobile) || !v1PlainID(p.IDCard) {
		t.Fatalf("not normalised: %q %q %q", p.Name, p.Mobile, p.IDCard)
	}
	again, found := n.Parse(Raw{text(p.Name), text(p.Mobile), text(p.IDCard)})
	if again != p {
		t.Fatalf("%q %q %q becomes %q %q %q", p.Name, p.Mobile, p.IDCard, again.Name, again.Mobile, again.IDCard)
	}
	for _, f := range found {
		if f.Severity() != Warning {
			t.Fatalf("the normalised person gets a %v", f.Code)
		}
	}
	if keyer.Key(p) == keyer.Key(Person{}) {
		t.Fatal("the key does not depend on the person")
	}
}

func TestFuzzSeedsAreThere(t *testing.T) {
	seeds, err := os.ReadDir("testdata/fuzz/FuzzParse")
	if err != nil || len(seeds) < 5 {
		t.Fatalf("%d seeds (%v)", len(seeds), err)
	}
	for _, s := range seeds {
		if info, err := s.Info(); err != nil || info.Size() < 50 {
			t.Errorf("seed %s is empty", s.Name())
		}
	}
}
