package person

import (
	"slices"
	"strings"
	"testing"
)

const (
	goodName   = "张三丰"
	goodMobile = "15400138001"
	goodID     = "11010519491231002X" // the example of the standard
)

func text(s string) Field   { return Field{Kind: Text, Text: s} }
func number(s string) Field { return Field{Kind: Number, Text: s} }

func names(s string) Raw    { return Raw{text(s), text(goodMobile), text(goodID)} }
func mobiles(s string) Raw  { return Raw{text(goodName), text(s), text(goodID)} }
func ids(s string) Raw      { return Raw{text(goodName), text(goodMobile), text(s)} }
func mobileNo(s string) Raw { return Raw{text(goodName), number(s), text(goodID)} }
func idNo(s string) Raw     { return Raw{text(goodName), text(goodMobile), number(s)} }

func withCheck(body string) string { return body + string(v1CheckCharacter(body)) }

var (
	foreignID = withCheck("91130019900307001")
	permitID  = withCheck("81000019900307001")
)

// invisible joins a BOM, a zero-width space and joiner, a no-break and an
// ideographic space and a variation selector.
const invisible = "\uFEFF\u200B\u200D\u00A0\u3000\uFE00\U000E0100"

type ruleCase struct {
	what  string
	raw   Raw
	want  Person // without Version; the zero Person where a Fault is expected
	found []Finding
}

func person(name, mobile, id string) Person { return Person{Name: name, Mobile: mobile, IDCard: id} }
func one(c Column, codes ...Code) []Finding {
	var f []Finding
	for _, code := range codes {
		f = append(f, Finding{c, code})
	}
	return f
}

var ruleCases = []ruleCase{
	{"clean", names(goodName), person(goodName, goodMobile, goodID), nil},
	{"second example of the standard", ids("440524188001010014"), person(goodName, goodMobile, "440524188001010014"), nil},

	{"name: two characters", names("李四"), person("李四", goodMobile, goodID), nil},
	{"name: dotted", names("阿不都·热合曼"), person("阿不都·热合曼", goodMobile, goodID), nil},
	{"name: two dots", names("买买提·阿不都·热合曼"), person("买买提·阿不都·热合曼", goodMobile, goodID), nil},
	{"name: inner space", names("张 三\u3000丰"), person(goodName, goodMobile, goodID), one(Name, SpacesRemoved)},
	{"name: invisible characters", names(invisible + "张" + invisible + "三丰"), person(goodName, goodMobile, goodID), one(Name, SpacesRemoved)},
	{"name: wrapper", names(`="张三丰"`), person(goodName, goodMobile, goodID), one(Name, WrapperRemoved)},
	{"name: apostrophe", names("'张三丰"), person(goodName, goodMobile, goodID), one(Name, WrapperRemoved)},
	{"name: full stop", names("阿不都.热合曼"), person("阿不都·热合曼", goodMobile, goodID), one(Name, NameDotGuessed)},
	{"name: full-width stop", names("阿不都．热合曼"), person("阿不都·热合曼", goodMobile, goodID), one(Name, NameDotGuessed)},
	{"name: small stop", names("阿不都﹒热合曼"), person("阿不都·热合曼", goodMobile, goodID), one(Name, NameDotGuessed)},
	{"name: spaces about the dot", names("阿不都 • 热合曼"), person("阿不都·热合曼", goodMobile, goodID), one(Name, NameDotFixed, SpacesRemoved)},
	{"name: private use", names("张\uE863"), person("张䶮", goodMobile, goodID), one(Name, NamePrivateUseFixed, NameRare)},
	{"name: private use beyond the first plane", names("张\uE816"), person("张\U00020087", goodMobile, goodID), one(Name, NamePrivateUseFixed, NameRare)},
	{"name: extension B", names("王\U00020BB7"), person("王\U00020BB7", goodMobile, goodID), one(Name, NameRare)},
	{"name: extension H", names("王\U00031350"), person("王\U00031350", goodMobile, goodID), one(Name, NameRare)},
	{"name: compatibility ideograph stays", names("王\uF900"), person("王\uF900", goodMobile, goodID), one(Name, NameRare)},
	{"name: radical", names("\u2F45明"), person("方明", goodMobile, goodID), one(Name, NameRadicalFixed)},
	{"name: form of address", names("王女士"), person("王女士", goodMobile, goodID), one(Name, NameTitle)},
	{"name: form of address after two", names("欧阳先生"), person("欧阳先生", goodMobile, goodID), one(Name, NameTitle)},
	{"name: fifty", names(strings.Repeat("张", 50)), person(strings.Repeat("张", 50), goodMobile, goodID), nil},
	{"name: fifty-one", names(strings.Repeat("张", 51)), Person{}, one(Name, NameTooLong)},
	{"name: one", names("张"), Person{}, one(Name, NameTooShort)},
	{"name: one and a dot", names("·张"), Person{}, one(Name, NameDot)},
	{"name: dot last", names("张三·"), Person{}, one(Name, NameDot)},
	{"name: dots doubled", names("张··三"), Person{}, one(Name, NameDot)},
	{"name: stop last", names("张三."), Person{}, one(Name, NameDot)},
	{"name: digit", names("张三2"), Person{}, one(Name, NameDigits)},
	{"name: full-width digit", names("张三２"), Person{}, one(Name, NameDigits)},
	{"name: question mark", names("张?"), Person{}, one(Name, Garbled)},
	{"name: full-width question mark", names("张？"), Person{}, one(Name, Garbled)},
	{"name: U+FFFD", names("张\uFFFD"), Person{}, one(Name, Garbled)},
	{"name: not UTF-8", names("\xd5\xc5\xc8\xfd"), Person{}, one(Name, Garbled)},
	{"name: decoded twice", names("锟斤拷"), Person{}, one(Name, Garbled)},
	{"name: unknown private use", names("张\uE865"), Person{}, one(Name, NamePrivateUse)},
	{"name: private use before the table", names("张\uE814"), Person{}, one(Name, NamePrivateUse)},
	{"name: private plane", names("张\U000F0000"), Person{}, one(Name, NamePrivateUse)},
	{"name: bracket", names("张三（大）"), Person{}, one(Name, NameSymbol)},
	{"name: comma", names("张,三"), Person{}, one(Name, NameSymbol)},
	{"name: mixed", names("张San"), Person{}, one(Name, NameSymbol)},
	{"name: kana", names("たなか"), Person{}, one(Name, NameSymbol)},
	{"name: dots only", names("··"), Person{}, one(Name, NameSymbol)},
	{"name: masked", names("张*"), Person{}, one(Name, Masked)},
	{"name: placeholder", names("测试"), Person{}, one(Name, Placeholder)},
	{"name: placeholder, spaced", names(" 未 知 "), Person{}, one(Name, SpacesRemoved, Placeholder)},
	{"name: placeholder, Latin", names("Test"), Person{}, one(Name, Placeholder)},
	{"name: placeholder 无", names("无"), Person{}, one(Name, Placeholder)},
	{"name: made anonymous", names("张某某"), Person{}, one(Name, Placeholder)},
	{"name: Latin without a foreigner's card", names("Zhang San"), Person{}, one(Name, NameLatin)},
	{"name: Latin", Raw{text("O'NEILL, Anne-Marie J."), text(goodMobile), text(foreignID)},
		person("O'NEILL, Anne-Marie J.", goodMobile, foreignID), one(IDCard, IDUncovered)},
	{"name: Latin, spaces", Raw{text("\tANNA   LEE\u00A0"), text(goodMobile), text(foreignID)},
		person("ANNA LEE", goodMobile, foreignID), []Finding{{Name, SpacesRemoved}, {IDCard, IDUncovered}}},
	{"name: Latin, dot", Raw{text("ANNA·LEE"), text(goodMobile), text(foreignID)}, Person{}, []Finding{{Name, NameSymbol}, {IDCard, IDUncovered}}},
	{"name: Latin, hyphen first", Raw{text("-ANNA"), text(goodMobile), text(foreignID)}, Person{}, []Finding{{Name, NameSymbol}, {IDCard, IDUncovered}}},
	{"name: Chinese with a foreigner's card", Raw{text(goodName), text(goodMobile), text(foreignID)}, person(goodName, goodMobile, foreignID), one(IDCard, IDUncovered)},
	{"name: number cell", Raw{number("42"), text(goodMobile), text(goodID)}, Person{}, one(Name, CellNumber)},
	{"name: date cell", Raw{Field{Date, "1990-03-07"}, text(goodMobile), text(goodID)}, Person{}, one(Name, CellDate)},
	{"name: bool cell", Raw{Field{Bool, "TRUE"}, text(goodMobile), text(goodID)}, Person{}, one(Name, CellBool)},
	{"name: error cell", Raw{Field{Error, "#N/A"}, text(goodMobile), text(goodID)}, Person{}, one(Name, CellError)},
	{"name: error as text", names("#N/A"), Person{}, one(Name, CellError)},
	{"name: hashes", names("#####"), Person{}, one(Name, CellError)},
	{"name: formula", Raw{Field{Formula, ""}, text(goodMobile), text(goodID)}, Person{}, one(Name, CellFormula)},
	{"name: mobile", names("154 0013 8001"), Person{}, one(Name, LooksLikeMobile)},
	{"name: mobile as number", Raw{number(goodMobile), text(goodMobile), text(goodID)}, Person{}, one(Name, LooksLikeMobile)},
	{"name: ID number", names(goodID), Person{}, one(Name, LooksLikeIDCard)},

	{"mobile: +86", mobiles("+86 154-0013-8001"), person(goodName, goodMobile, goodID), one(Mobile, SpacesRemoved, SeparatorsRemoved, CountryCodeRemoved)},
	{"mobile: 0086", mobiles("008615400138001"), person(goodName, goodMobile, goodID), one(Mobile, CountryCodeRemoved)},
	{"mobile: 86", mobiles("8615400138001"), person(goodName, goodMobile, goodID), one(Mobile, CountryCodeRemoved)},
	{"mobile: (86)", mobiles("(86)15400138001"), person(goodName, goodMobile, goodID), one(Mobile, SeparatorsRemoved, CountryCodeRemoved)},
	{"mobile: all kinds of dashes", mobiles("1‐5‑4‒0–0—1―3−8﹣0－0-1"), person(goodName, goodMobile, goodID), one(Mobile, FullWidthFixed, SeparatorsRemoved)},
	{"mobile: full width", mobiles("１５４００１３８００１"), person(goodName, goodMobile, goodID), one(Mobile, FullWidthFixed)},
	{"mobile: full-width plus", mobiles("＋８６15400138001"), person(goodName, goodMobile, goodID), one(Mobile, FullWidthFixed, CountryCodeRemoved)},
	{"mobile: direction marks", mobiles("\u202D15400138001\u202C"), person(goodName, goodMobile, goodID), one(Mobile, SpacesRemoved)},
	{"mobile: apostrophe", mobiles("'15400138001"), person(goodName, goodMobile, goodID), one(Mobile, WrapperRemoved)},
	{"mobile: =\"…\"", mobiles(`="15400138001"`), person(goodName, goodMobile, goodID), one(Mobile, WrapperRemoved)},
	{"mobile: number cell", mobileNo("15400138001"), person(goodName, goodMobile, goodID), nil},
	{"mobile: number cell, E", mobileNo("1.5400138001E10"), person(goodName, goodMobile, goodID), one(Mobile, NumberRewritten)},
	{"mobile: number cell, E+", mobileNo("1.5400138001E+10"), person(goodName, goodMobile, goodID), one(Mobile, NumberRewritten)},
	{"mobile: number cell, E, eight digits", mobileNo("1.5400138E10"), person(goodName, "15400138000", goodID), one(Mobile, NumberRewritten)},
	{"mobile: number cell, point zero", mobileNo("15400138001.0"), person(goodName, goodMobile, goodID), one(Mobile, NumberRewritten)},
	{"mobile: number cell, more digits than the exponent", mobileNo("1.54001380010E10"), person(goodName, goodMobile, goodID), one(Mobile, NumberRewritten)},
	{"mobile: number cell, fraction", mobileNo("15400138001.5"), Person{}, one(Mobile, MobileCharacters)},
	{"mobile: number cell, fraction by E", mobileNo("1.54001380015E10"), Person{}, one(Mobile, MobileCharacters)},
	{"mobile: number cell, negative", mobileNo("-15400138001"), Person{}, one(Mobile, MobileCharacters)},
	{"mobile: number cell, three digits left", mobileNo("1.54E+10"), Person{}, one(Mobile, MobileRounded)},
	{"mobile: number cell, rounded and written out", mobileNo("15400000000"), Person{}, one(Mobile, MobileRounded)},
	{"mobile: number cell, huge", mobileNo("1E+99"), Person{}, one(Mobile, MobileCharacters)},
	{"mobile: scientific in text", mobiles("1.54E+10"), Person{}, one(Mobile, Scientific)},
	{"mobile: scientific in text, all digits", mobiles("1.5400138001E+10"), Person{}, one(Mobile, Scientific)},
	{"mobile: short", mobiles("1540013800"), Person{}, one(Mobile, MobileTooShort)},
	{"mobile: long", mobiles("154001380011"), Person{}, one(Mobile, MobileTooLong)},
	{"mobile: IoT 1440", mobiles("1440012345678"), Person{}, one(Mobile, MobileIoT)},
	{"mobile: IoT 1410", mobiles("1410012345678"), Person{}, one(Mobile, MobileIoT)},
	{"mobile: IoT 1441", mobiles("1441012345678"), Person{}, one(Mobile, MobileIoT)},
	{"mobile: IoT 146", mobiles("1460012345678"), Person{}, one(Mobile, MobileIoT)},
	{"mobile: IoT 148", mobiles("1480012345678"), Person{}, one(Mobile, MobileIoT)},
	{"mobile: landline", mobiles("010-12345678"), Person{}, one(Mobile, SeparatorsRemoved, MobileLandline)},
	{"mobile: dialling prefix", mobiles("015400138001"), Person{}, one(Mobile, MobileLandline)},
	{"mobile: Hong Kong", mobiles("+852 0000 0000"), Person{}, one(Mobile, SpacesRemoved, MobileForeign)},
	{"mobile: 00852", mobiles("0085254001380"), Person{}, one(Mobile, MobileForeign)},
	{"mobile: 12 begins", mobiles("12400138001"), Person{}, one(Mobile, MobileNotMobile)},
	{"mobile: 25 begins", mobiles("25400138001"), Person{}, one(Mobile, MobileNotMobile)},
	{"mobile: letters", mobiles("1540013800a"), Person{}, one(Mobile, MobileCharacters)},
	{"mobile: point", mobiles("154.0013.8001"), Person{}, one(Mobile, MobileCharacters)},
	{"mobile: brackets only", mobiles("()"), Person{}, one(Mobile, SeparatorsRemoved, MobileCharacters)},
	{"mobile: two", mobiles("15400138001/15400138002"), Person{}, one(Mobile, MobileSeveral)},
	{"mobile: two, run together", mobiles("15400138001 15400138002"), Person{}, one(Mobile, SpacesRemoved, MobileSeveral)},
	{"mobile: all the same", mobiles("11111111111"), Person{}, one(Mobile, Filler)},
	{"mobile: all zeros", mobiles("00000000000"), Person{}, one(Mobile, Filler)},
	{"mobile: counted up", mobiles("12345678901"), Person{}, one(Mobile, Filler)},
	{"mobile: masked", mobiles("154****8001"), Person{}, one(Mobile, Masked)},
	{"mobile: placeholder", mobiles("无"), Person{}, one(Mobile, Placeholder)},
	{"mobile: U+FFFD", mobiles("15400138\uFFFD01"), Person{}, one(Mobile, Garbled)},
	{"mobile: missing", mobiles(" \u3000"), Person{}, one(Mobile, Missing)},
	{"mobile: empty cell", Raw{text(goodName), Field{}, text(goodID)}, Person{}, one(Mobile, Missing)},
	{"mobile: date cell", Raw{text(goodName), Field{Date, "2024-01-01"}, text(goodID)}, Person{}, one(Mobile, CellDate)},
	{"mobile: formula", Raw{text(goodName), Field{Formula, ""}, text(goodID)}, Person{}, one(Mobile, CellFormula)},
	{"mobile: name", mobiles("李四"), Person{}, one(Mobile, LooksLikeName)},
	{"mobile: ID number", mobiles(goodID), Person{}, one(Mobile, LooksLikeIDCard)},
	{"mobile: virtual 162", mobiles("16200000001"), person(goodName, "16200000001", goodID), one(Mobile, MobileVirtual)},
	{"mobile: virtual 165", mobiles("16500000001"), person(goodName, "16500000001", goodID), one(Mobile, MobileVirtual)},
	{"mobile: virtual 167", mobiles("16700000001"), person(goodName, "16700000001", goodID), one(Mobile, MobileVirtual)},
	{"mobile: virtual 170", mobiles("17000000001"), person(goodName, "17000000001", goodID), one(Mobile, MobileVirtual)},
	{"mobile: virtual 171", mobiles("17100000001"), person(goodName, "17100000001", goodID), one(Mobile, MobileVirtual)},

	{"idCard: lower x", ids("11010519491231002x"), person(goodName, goodMobile, goodID), one(IDCard, UpperX)},
	{"idCard: full width", ids("１１０１０５１９４９１２３１００２Ｘ"), person(goodName, goodMobile, goodID), one(IDCard, FullWidthFixed)},
	{"idCard: spaces", ids(" 110105 19491231 002X"), person(goodName, goodMobile, goodID), one(IDCard, SpacesRemoved)},
	{"idCard: apostrophe", ids("'" + goodID), person(goodName, goodMobile, goodID), one(IDCard, WrapperRemoved)},
	{"idCard: curly apostrophe", ids("‘" + goodID), person(goodName, goodMobile, goodID), one(IDCard, WrapperRemoved)},
	{"idCard: =\"…\"", ids(`="` + goodID + `"`), person(goodName, goodMobile, goodID), one(IDCard, WrapperRemoved)},
	{"idCard: residence permit", ids(permitID), person(goodName, goodMobile, permitID), one(IDCard, IDUncovered)},
	{"idCard: foreigner's card, bad check", ids(foreignID[:17] + "?"), Person{}, one(IDCard, IDCharacters)},
	{"idCard: foreigner's card, wrong check", ids(wrongCheck(foreignID)), Person{}, one(IDCard, IDChecksum)},
	{"idCard: wrong check", ids("110105194912310021"), Person{}, one(IDCard, IDChecksum)},
	{"idCard: province 16", ids(withCheck("16010519491231002")), Person{}, one(IDCard, IDRegion)},
	{"idCard: province 55", ids(withCheck("55010519491231002")), Person{}, one(IDCard, IDRegion)},
	{"idCard: 30 February", ids(withCheck("11010520000230001")), Person{}, one(IDCard, IDBirth)},
	{"idCard: 29 February 1900", ids(withCheck("11010519000229001")), Person{}, one(IDCard, IDBirth)},
	{"idCard: 29 February 2000", ids(withCheck("11010520000229001")), person(goodName, goodMobile, withCheck("11010520000229001")), nil},
	{"idCard: month 13", ids(withCheck("11010519491331002")), Person{}, one(IDCard, IDBirth)},
	{"idCard: year 1879", ids(withCheck("11010518791231002")), Person{}, one(IDCard, IDBirth)},
	{"idCard: year 2101", ids(withCheck("11010521011231002")), Person{}, one(IDCard, IDBirth)},
	{"idCard: fifteen", ids("110105491231002"), Person{}, one(IDCard, IDFifteen)},
	{"idCard: fifteen in a number cell", idNo("110105491231002"), Person{}, one(IDCard, IDFifteen)},
	{"idCard: seventeen", ids("11010519491231002"), Person{}, one(IDCard, IDDroppedX)},
	{"idCard: sixteen", ids("1101051949123100"), Person{}, one(IDCard, IDLength)},
	{"idCard: nineteen", ids("1101051949123100211"), Person{}, one(IDCard, IDLength)},
	{"idCard: number cell", idNo("110105194912310000"), Person{}, one(IDCard, IDNumberCell)},
	{"idCard: number cell, exact", idNo("440524188001010014"), Person{}, one(IDCard, IDNumberCell)},
	{"idCard: number cell, E", idNo("1.1010519491231E+17"), Person{}, one(IDCard, IDNumberCell)},
	{"idCard: scientific in text", ids("1.10105E+17"), Person{}, one(IDCard, Scientific)},
	{"idCard: rounded", ids("110105194912310000"), Person{}, one(IDCard, IDRounded)},
	{"idCard: rounded foreigner's card", ids("911300199003070000"), Person{}, one(IDCard, IDRounded)},
	{"idCard: letter inside", ids("1101051949123100A1"), Person{}, one(IDCard, IDCharacters)},
	{"idCard: dash", ids("110105-19491231-002X"), Person{}, one(IDCard, IDCharacters)},
	{"idCard: X inside", ids("1101051949123100X2"), Person{}, one(IDCard, IDCharacters)},
	{"idCard: home-return permit", ids("H12345678"), Person{}, one(IDCard, IDHomeReturn)},
	{"idCard: home-return permit, long", ids("m1234567801"), Person{}, one(IDCard, IDHomeReturn)},
	{"idCard: passport", ids("E12345678"), Person{}, one(IDCard, IDPassport)},
	{"idCard: passport, two letters", ids("EA1234567"), Person{}, one(IDCard, IDPassport)},
	{"idCard: old foreigner's card", ids("USA110019900307"), Person{}, one(IDCard, IDOldForeign)},
	{"idCard: all the same", ids("111111111111111111"), Person{}, one(IDCard, Filler)},
	{"idCard: counted up", ids("123456789012345678"), Person{}, one(IDCard, Filler)},
	{"idCard: masked", ids("1101**********002X"), Person{}, one(IDCard, Masked)},
	{"idCard: mobile", ids(goodMobile), Person{}, one(IDCard, LooksLikeMobile)},
	{"idCard: name", ids("阿不都·热合曼"), Person{}, one(IDCard, LooksLikeName)},
	{"idCard: placeholder", ids("—"), Person{}, one(IDCard, Placeholder)},
	{"idCard: bool", Raw{text(goodName), text(goodMobile), Field{Bool, "FALSE"}}, Person{}, one(IDCard, CellBool)},
	{"idCard: missing", ids(""), Person{}, one(IDCard, Missing)},

	{"mobile and ID swapped", Raw{text(goodName), text(goodID), text(goodMobile)}, Person{}, []Finding{{Mobile, LooksLikeIDCard}, {IDCard, LooksLikeMobile}}},
	{"all three swapped", Raw{text(goodID), text(goodName), text(goodMobile)}, Person{}, []Finding{{Name, LooksLikeIDCard}, {Mobile, LooksLikeName}, {IDCard, LooksLikeMobile}}},
	{"empty row", Raw{}, Person{}, one(Name, EmptyRow)},
	{"blank row", Raw{text(" "), text("\u3000"), text("\uFEFF")}, Person{}, one(Name, EmptyRow)},
	{"two missing", Raw{text(goodName), Field{}, Field{}}, Person{}, []Finding{{Mobile, Missing}, {IDCard, Missing}}},
	{"a fault in each", Raw{text("张"), text("1"), text("1")}, Person{}, []Finding{{Name, NameTooShort}, {Mobile, MobileTooShort}, {IDCard, IDLength}}},
}

func wrongCheck(id string) string {
	if id[17] == '1' {
		return id[:17] + "2"
	}
	return id[:17] + "1"
}

func TestRules(t *testing.T) {
	for _, c := range ruleCases {
		t.Run(c.what, func(t *testing.T) {
			got, found := parseV1(c.raw)
			want := c.want
			if want != (Person{}) {
				want.Version = 1
			}
			if !slices.Equal(found, c.found) {
				t.Errorf("found %v, want %v", slugs(found), slugs(c.found))
			}
			if got != want {
				t.Errorf("person is %q %q %q, want %q %q %q", got.Name, got.Mobile, got.IDCard, want.Name, want.Mobile, want.IDCard)
			}
			if Valid(found) != (got != Person{}) {
				t.Error("a valid row must give a person, an invalid one none")
			}
		})
	}
}

func slugs(findings []Finding) []string {
	var all []string
	for _, f := range findings {
		all = append(all, f.Column.String()+":"+f.Code.String())
	}
	return all
}

// Each look-alike alone, by its number, so that no editor can change the test.
func TestEveryDotLookAlike(t *testing.T) {
	alikes := []rune{0x2022, 0x2027, 0x30FB, 0xFF65, 0x2219, 0x22C5, 0x0387, 0x16EB, 0x318D, 0xA78F}
	for _, r := range alikes {
		got, found := Parse(names("阿里" + string(r) + "木"))
		if got.Name != "阿里\u00B7木" || !slices.Equal(found, one(Name, NameDotFixed)) {
			t.Errorf("U+%04X: %q %v", r, got.Name, slugs(found))
		}
	}
}

// A full stop is a dot only between two Chinese characters.
func TestStopElsewhereIsNoDot(t *testing.T) {
	for _, name := range []string{".张三", "张三.", "张..三", "张三. ", "张.S"} {
		if _, found := Parse(names(name)); Valid(found) {
			t.Errorf("%q passed: %v", name, slugs(found))
		}
	}
}

func TestEveryProvince(t *testing.T) {
	known := map[int]bool{71: true, 81: true, 82: true, 83: true}
	for _, span := range [][2]int{{11, 15}, {21, 23}, {31, 37}, {41, 46}, {50, 54}, {61, 65}} {
		for n := span[0]; n <= span[1]; n++ {
			known[n] = true
		}
	}
	for n := 0; n < 90; n++ {
		id := withCheck(string(rune('0'+n/10)) + string(rune('0'+n%10)) + "000019900307001")
		_, found := Parse(ids(id))
		if Valid(found) != known[n] {
			t.Errorf("province %02d: valid is %v", n, Valid(found))
		}
	}
}

// One wrong digit or two neighbours changed over: the check digit sees both.
func TestChecksumSeesTypingErrors(t *testing.T) {
	tried := 0
	for i := 0; i < 17; i++ {
		for d := byte('0'); d <= '9'; d++ {
			if d == goodID[i] {
				continue
			}
			tried++
			if bad := goodID[:i] + string(d) + goodID[i+1:]; v1EighteenFault(bad) == codes {
				t.Errorf("digit %d changed to %c went unnoticed", i, d)
			}
		}
		if i < 16 && goodID[i] != goodID[i+1] {
			tried++
			bad := goodID[:i] + goodID[i+1:i+2] + goodID[i:i+1] + goodID[i+2:]
			if v1EighteenFault(bad) == codes {
				t.Errorf("digits %d and %d changed over went unnoticed", i, i+1)
			}
		}
	}
	if tried < 150 {
		t.Fatalf("only %d errors tried", tried)
	}
}

func TestColumnNames(t *testing.T) {
	if Name.String() != "name" || Mobile.String() != "mobile" || IDCard.String() != "idCard" {
		t.Error("the columns must have the service's names")
	}
}

// The quick way for clean names must not let through what the long way finds.
func TestPlainNameAgreesWithTheLongWay(t *testing.T) {
	quick := 0
	for _, c := range ruleCases {
		if c.raw.Name.Kind != Text || !v1PlainName(c.raw.Name.Text) {
			continue
		}
		quick++
		var p v1
		name, ok := p.nameText(c.raw.Name.Text)
		if !ok || name != c.raw.Name.Text || !p.nameShape(name, false) || len(p.findings) != 0 {
			t.Errorf("%s: the long way says %v", c.what, slugs(p.findings))
		}
	}
	if quick < 20 {
		t.Fatalf("only %d names took the quick way", quick)
	}
}
