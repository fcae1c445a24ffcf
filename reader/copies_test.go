package reader

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// tenBooks are workbooks as different programs write them, each with some people.
func tenBooks(t *testing.T) map[string]parts {
	const sheet = "xl/worksheets/sheet1.xml"
	shared, inline := strings.Builder{}, strings.Builder{}
	shared.WriteString(headerXML)
	inline.WriteString(headerXML)
	for i := 2; i < 30; i++ {
		fmt.Fprintf(&shared, `<row r="%d"><c r="A%d" t="s"><v>0</v></c><c r="B%d" t="s"><v>1</v></c><c r="C%d" t="s"><v>2</v></c></row>`, i, i, i, i)
		fmt.Fprintf(&inline, `<row r="%d"><c r="A%d" t="inlineStr"><is><t>张三</t></is></c><c r="B%d"><v>154%08d</v></c><c r="C%d" t="inlineStr"><is><r><t>11010519</t></r><r><t>491231%04d</t></r></is></c></row>`, i, i, i, i*7919, i, i)
	}
	wide := strings.NewReplacer(`</row>`, strings.Repeat(`<c t="inlineStr"><is><t>x</t></is></c>`, 40)+`</row>`).Replace(inline.String())
	dates := strings.ReplaceAll(inline.String(), `</row>`, `<c s="3"><v>45123.5</v></c><c s="1"><v>3</v></c></row>`)
	formulas := strings.ReplaceAll(inline.String(), `</row>`, `<c t="str"><f>A1</f><v>abc</v></c><c><f>B1</f><v>7</v></c><c t="b"><v>1</v></c><c t="e"><v>#N/A</v></c></row>`)
	books := map[string]parts{
		"shared": bookOf(shared.String()), "inline": bookOf(inline.String()), "wide": bookOf(wide),
		"1904":     bookOf(dates).with("xl/workbook.xml", "<sheets>", `<workbookPr date1904="1"/><sheets>`),
		"formulas": bookOf(formulas), "no references": bookOf(regexp.MustCompile(` r="[A-Z]*\d+"`).ReplaceAllString(inline.String(), "")),
	}
	strict := bookOf(inline.String())
	for name, text := range strict {
		strict[name] = strings.NewReplacer("http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main",
			"http://schemas.openxmlformats.org/officeDocument/2006/relationships", "http://purl.oclc.org/ooxml/officeDocument/relationships").Replace(text)
	}
	books["strict"] = strict
	prefixed := bookOf(inline.String())
	prefixed[sheet] = strings.NewReplacer("<?", "<?", "</", "</x:", "<", "<x:").Replace(strings.Replace(prefixed[sheet], xmlHead, "", 1))
	prefixed[sheet] = xmlHead + strings.Replace(prefixed[sheet], "xmlns=", "xmlns:x=", 1)
	books["prefixed"] = prefixed
	for name, hidden := range map[string]bool{"excelize": false, "excelize, two sheets": true} {
		f := excelize.NewFile()
		for i, h := range []string{"姓名", "手机号", "身份证号", "日期"} {
			for row := range 25 {
				at, _ := excelize.CoordinatesToCellName(i+1, row+1)
				var value any = h
				if row > 0 {
					value = []any{"张三", 15400000000 + row, fmt.Sprintf("11010519491231%04d", row), "2024-01-02"}[i]
				}
				if err := f.SetCellValue("Sheet1", at, value); err != nil {
					t.Fatal(err)
				}
			}
		}
		if hidden {
			f.NewSheet("二")
			f.SetCellValue("二", "A1", "x")
			f.SetSheetVisible("二", false)
			f.MergeCell("Sheet1", "D3", "D5")
		}
		b, err := f.WriteToBuffer()
		if err != nil {
			t.Fatal(err)
		}
		books[name] = partsOf(t, b.Bytes())
		f.Close()
	}
	return books
}

func partsOf(t *testing.T, book []byte) parts {
	z, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	if err != nil {
		t.Fatal(err)
	}
	p := parts{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		p[f.Name] = string(b)
	}
	return p
}

// damages spoil a book. The first five do it to the archive's bytes, as disks and networks do; the others to one part,
// packed with a right checksum, as programs do. nil: it has nothing to spoil there.
var damages = []struct {
	name string
	do   func(rng *rand.Rand, whole []byte, p parts, t *testing.T) []byte
}{
	{"a bit flipped", func(rng *rand.Rand, whole []byte, _ parts, _ *testing.T) []byte {
		b := bytes.Clone(whole)
		b[rng.IntN(len(b))] ^= 1 << rng.IntN(8)
		return b
	}},
	{"bytes overwritten", func(rng *rand.Rand, whole []byte, _ parts, _ *testing.T) []byte {
		b := bytes.Clone(whole)
		at := rng.IntN(len(b))
		for i := at; i < min(at+1+rng.IntN(64), len(b)); i++ {
			b[i] = byte(rng.Uint32())
		}
		return b
	}},
	{"the end cut off", func(rng *rand.Rand, whole []byte, _ parts, _ *testing.T) []byte { return whole[:rng.IntN(len(whole))] }},
	{"bytes dropped", func(rng *rand.Rand, whole []byte, _ parts, _ *testing.T) []byte {
		at := rng.IntN(len(whole))
		return append(bytes.Clone(whole[:at]), whole[min(at+1+rng.IntN(512), len(whole)):]...)
	}},
	{"bytes doubled", func(rng *rand.Rand, whole []byte, _ parts, _ *testing.T) []byte {
		at := rng.IntN(len(whole))
		end := min(at+1+rng.IntN(512), len(whole))
		return append(append(bytes.Clone(whole[:end]), whole[at:end]...), whole[end:]...)
	}},
	{"a part cut off", func(rng *rand.Rand, _ []byte, p parts, t *testing.T) []byte {
		name := anyPart(rng, p)
		return p.plus(name, p[name][:rng.IntN(len(p[name]))]).zip(t)
	}},
	{"a part dropped", func(rng *rand.Rand, _ []byte, p parts, t *testing.T) []byte {
		q := maps.Clone(p)
		delete(q, anyPart(rng, p))
		return q.zip(t)
	}},
	{"a part doubled", func(rng *rand.Rand, _ []byte, p parts, t *testing.T) []byte { return doubled(t, p, anyPart(rng, p)) }},
	{"an index out of range", func(rng *rand.Rand, _ []byte, p parts, t *testing.T) []byte {
		return spoilOne(t, rng, p, `t="s"><v>\d+`, func(s string) string { return s + fmt.Sprint(1000+rng.IntN(1000)) })
	}},
	{"a row in the wrong place", func(rng *rand.Rand, _ []byte, p parts, t *testing.T) []byte {
		return spoilOne(t, rng, p, `<(x:)?row r="\d+"`, func(s string) string { return regexp.MustCompile(`\d+`).ReplaceAllString(s, "1") })
	}},
	{"a piece of XML missing", func(rng *rand.Rand, _ []byte, p parts, t *testing.T) []byte {
		return spoilOne(t, rng, p, `</(x:)?(c|v|is|t|row|sheetData)>`, func(string) string { return "" })
	}},
}

func anyPart(rng *rand.Rand, p parts) string {
	names := slices.Sorted(maps.Keys(p))
	return names[rng.IntN(len(names))]
}

// spoilOne changes one match in the sheet, but none in the first row: spoiled headers are another matter.
func spoilOne(t *testing.T, rng *rand.Rand, p parts, pattern string, change func(string) string) []byte {
	const sheet = "xl/worksheets/sheet1.xml"
	text := p[sheet]
	first := strings.Index(text, "row>") + 4
	all := regexp.MustCompile(pattern).FindAllStringIndex(text[first:], -1)
	if len(all) == 0 {
		return nil
	}
	m := all[rng.IntN(len(all))]
	from, to := first+m[0], first+m[1]
	return p.plus(sheet, text[:from]+change(text[from:to])+text[to:]).zip(t)
}

func doubled(t *testing.T, p parts, name string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, n := range append(slices.Sorted(maps.Keys(p)), name) {
		w, err := z.Create(n)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, p[n])
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestDamagedCopies reads 20,000 spoiled copies of ten workbooks, or a sample of 1,500. Each is refused with the place,
// or reads as the whole one does: none is silently wrong.
func TestDamagedCopies(t *testing.T) {
	copies := 20_000
	if !proof || testing.Short() || raceEnabled {
		copies = 1_500
	}
	path := filepath.Join(t.TempDir(), "people.xlsx")
	rng := rand.New(rand.NewPCG(20, 26))
	refusals, same, kinds := 0, 0, map[string]int{}
	books := tenBooks(t)
	names := slices.Sorted(maps.Keys(books))
	if len(names) != 10 {
		t.Fatalf("%d books", len(names))
	}
	wholes, want := map[string][]byte{}, map[string]string{}
	for _, name := range names {
		wholes[name] = books[name].zip(t)
		var err error
		if want[name], err = picture(put(t, "people.xlsx", wholes[name])); err != nil || strings.Count(want[name], "\n") < 20 {
			t.Fatalf("%s: %v\n%s", name, err, want[name])
		}
	}
	for i := 0; refusals+same < copies && !t.Failed(); i++ {
		name, d := names[i%10], damages[i/10%len(damages)]
		b := d.do(rng, wholes[name], books[name], t)
		if b == nil || bytes.Equal(b, wholes[name]) {
			continue
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		kinds[d.name]++
		got, err := picture(path)
		var e *Error
		switch {
		case err == nil && got == want[name]:
			same++
		case err == nil:
			t.Errorf("%s, %s: silently wrong:\n%s\nwant\n%s", name, d.name, got, want[name])
		case errors.As(err, &e) && e.File != "" && e.Problem != "":
			inChinese(t, e)
			refusals++
		default:
			t.Errorf("%s, %s: not a clear refusal: %v", name, d.name, err)
		}
	}
	t.Logf("%d copies: %d refused, %d read as the whole one, 0 silently wrong; %v", refusals+same, refusals, same, kinds)
	if refusals < copies/2 || len(kinds) != len(damages) {
		t.Error("the test has lost its point")
	}
}
