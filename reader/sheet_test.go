package reader

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// cellRow is row 2 with its last column in any form.
func cellRow(cell string) string { return `<row r="2">` + cell + `</row>` }

func TestCells(t *testing.T) {
	text := func(s string) string { return "t=" + s }
	for name, c := range map[string]struct{ cell, want string }{
		"shared":                        {`<c r="A2" t="s"><v>0</v></c>`, text("张三")},
		"shared, blanks":                {`<c r="A2" t="s"><v> 2 </v></c>`, text("11010519491231002X")},
		"shared, none":                  {`<c r="A2" t="s"/>`, ""},
		"shared, empty":                 {`<c r="A2" t="s"><v/></c>`, ""},
		"inline":                        {`<c r="A2" t="inlineStr"><is><t>a&amp;b&#x4E00;</t></is></c>`, text("a&b一")},
		"inline trimmed":                {`<c r="A2" t="inlineStr"><is><t> a </t></is></c>`, text("a")},
		"inline kept":                   {`<c r="A2" t="inlineStr"><is><t xml:space="preserve"> a </t></is></c>`, text(" a ")},
		"rich, phonetic left out":       {`<c r="A2" t="inlineStr"><is><r><rPr><b/></rPr><t>王</t></r><r><t>五</t></r><rPh sb="0" eb="1"><t>WANG</t></rPh></is></c>`, text("王五")},
		"cdata":                         {`<c r="A2" t="inlineStr"><is><t><![CDATA[<a&b>]]></t></is></c>`, text("<a&b>")},
		"comment inside":                {`<c r="A2" t="inlineStr"><is><t>a<!-- no -->b<?pi x?></t></is></c>`, text("ab")},
		"escapes":                       {`<c r="A2" t="inlineStr"><is><t>a_x000D_b_x005F_x0041_c_xD842__xDFB7__xD800_z_x00G0_</t></is></c>`, text("a\rb_x0041_c𠮷\uFFFDz_x00G0_")},
		"line ends":                     {"<c r=\"A2\" t=\"inlineStr\"><is><t>a\r\nb\rc</t></is></c>", text("a\nb\nc")},
		"formula string":                {`<c r="A2" t="str"><f>B2</f><v>x&lt;y</v></c>`, text("x<y")},
		"formula, empty string":         {`<c r="A2" t="str"><f>B2</f><v></v></c>`, ""},
		"formula, no value":             {`<c r="A2"><f>B2</f></c>`, "f="},
		"formula, empty value":          {`<c r="A2"><f>B2</f><v/></c>`, "f="},
		"formula of a string, no value": {`<c r="A2" t="str"><f>B2</f></c>`, "f="},
		"formula number":                {`<c r="A2"><f>B2</f><v>12</v></c>`, "n=12"},
		"old formula text":              {`<c r="A2" t="inlineStr"><f>B2</f><v>x</v></c>`, text("x")},
		"number":                        {`<c r="A2"><v>13800138000</v></c>`, "n=13800138000"},
		"number as stored":              {`<c r="A2" t="n"><v>1.1010519491231E+17</v></c>`, "n=1.1010519491231E+17"},
		"number 1.0":                    {`<c r="A2"><v>1.0</v></c>`, "n=1.0"},
		"empty number":                  {`<c r="A2" s="1"><v></v></c>`, ""},
		"styled only":                   {`<c r="A2" s="1"/>`, ""},
		"empty style":                   {`<c r="A2" s=""><v>1</v></c>`, "n=1"},
		"true":                          {`<c r="A2" t="b"><v>1</v></c>`, "b=TRUE"},
		"false":                         {`<c r="A2" t="b"><v>0</v></c>`, "b=FALSE"},
		"error":                         {`<c r="A2" t="e"><v>#N/A</v></c>`, "e=#N/A"},
		"date":                          {`<c r="A2" s="1"><v>32939</v></c>`, "d=1990-03-07"},
		"date, custom":                  {`<c r="A2" s="3"><v>32939</v></c>`, "d=1990-03-07"},
		"date with time":                {`<c r="A2" s="2"><v>32939.5</v></c>`, "d=1990-03-07 12:00:00"},
		"time":                          {`<c r="A2" s="4"><v>0.75</v></c>`, "d=18:00:00"},
		"leap bug":                      {`<c r="A2" s="1"><v>60</v></c>`, "d=1900-02-29"},
		"before the leap bug":           {`<c r="A2" s="1"><v>59</v></c>`, "d=1900-02-28"},
		"after the leap bug":            {`<c r="A2" s="1"><v>61</v></c>`, "d=1900-03-01"},
		"no date":                       {`<c r="A2" s="1"><v>110105194912310020</v></c>`, "n=110105194912310020"},
		"negative date":                 {`<c r="A2" s="1"><v>-1</v></c>`, "n=-1"},
		"iso date":                      {`<c r="A2" t="d"><v>2020-01-02T00:00:00</v></c>`, "d=2020-01-02"},
		"no place":                      {`<c t="inlineStr"><is><t>a</t></is></c>`, text("a")},
		"extension":                     {`<c r="A2"><v>1</v><extLst><ext uri="x"><v xmlns="other">9</v></ext></extLst></c>`, "n=1"},
	} {
		t.Run(name, func(t *testing.T) {
			_, rows, err := readAll(bookOf(headerXML+cellRow(c.cell)+`<row r="3"><c r="B3"><v>7</v></c></row>`).file(t), Options{})
			want := "2:" + c.want + "||\n3:|n=7|\n"
			if err != nil || show(rows) != want {
				t.Errorf("got %q %v, want %q", show(rows), err, want)
			}
		})
	}
}

func TestRefusedCells(t *testing.T) {
	for name, c := range map[string]struct {
		rows  string
		words []string
	}{
		"shared out of range": {headerXML + cellRow(`<c r="B2" t="s"><v>3</v></c>`), []string{`sheet "Sheet1"`, "xl/worksheets/sheet1.xml", "row 2, column B", "shared string that is not there"}},
		"shared negative":     {headerXML + cellRow(`<c r="B2" t="s"><v>-1</v></c>`), []string{"row 2, column B"}},
		"style out of range":  {headerXML + cellRow(`<c r="B2" s="5"><v>1</v></c>`), []string{"row 2, column B", "style"}},
		"rows descend":        {headerXML + personXML + `<row r="1"/>`, []string{"rows out of order"}},
		"row twice":           {headerXML + personXML + `<row r="2"/>`, []string{"rows out of order"}},
		"row zero":            {headerXML + `<row r="0"/>`, []string{"rows out of order"}},
		"row too far":         {headerXML + `<row r="1048577"><c><v>1</v></c></row>`, []string{"more rows than a worksheet has"}},
		"cells descend":       {headerXML + cellRow(`<c r="B2"/><c r="A2"/>`), []string{"row 2", "cells out of order"}},
		"cell twice":          {headerXML + cellRow(`<c r="B2"/><c r="B2"/>`), []string{"row 2", "cells out of order"}},
		"cell of another row": {headerXML + cellRow(`<c r="B3"/>`), []string{"row 2", "cells out of order"}},
		"cell A0":             {headerXML + cellRow(`<c r="A0"/>`), []string{"cell's place that is none"}},
		"cell XFE":            {headerXML + cellRow(`<c r="XFE2"/>`), []string{"more columns than a worksheet has"}},
		"attribute twice":     {headerXML + cellRow(`<c r="A2" r="B2"/>`), []string{"an attribute stands twice"}},
		"two values":          {headerXML + cellRow(`<c r="A2"><v>1</v><v>2</v></c>`), []string{"row 2, column A", "two values"}},
		"inline as number":    {headerXML + cellRow(`<c r="A2"><is><t>1</t></is></c>`), []string{"type does not fit"}},
		"no number":           {headerXML + cellRow(`<c r="A2"><v>张三</v></c>`), []string{"row 2, column A", "a number that is none"}},
		"infinite":            {headerXML + cellRow(`<c r="A2"><v>INF</v></c>`), []string{"a number that is none"}},
		"no truth":            {headerXML + cellRow(`<c r="A2" t="b"><v>2</v></c>`), []string{"truth value"}},
		"no date":             {headerXML + cellRow(`<c r="A2" t="d"><v>soon</v></c>`), []string{"a date that is none"}},
		"unknown type":        {headerXML + cellRow(`<c r="A2" t="x"><v>2</v></c>`), []string{"unknown type"}},
		"unknown element":     {headerXML + cellRow(`<c r="A2"><w>2</w></c>`), []string{"unknown element"}},
		"foreign row":         {headerXML + `<row xmlns="other" r="2"/>`, []string{"something other than a row"}},
		"alternative rows":    {headerXML + `<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"/>`, []string{"something other than a row"}},
		"text among rows":     {headerXML + `张三`, []string{"text between rows"}},
		"text among cells":    {headerXML + cellRow(`张三`), []string{"text between cells"}},
		"text beside value":   {headerXML + cellRow(`<c r="A2">张三<v>1</v></c>`), []string{"outside of a cell's value"}},
		"right of the header": {headerXML + cellRow(`<c r="A2"><v>1</v></c><c r="XFD2"><v>1</v></c>`), []string{"row 2, column XFD", "right of the last header", "give the column a header or clear it"}},
		"long text":           {headerXML + cellRow(`<c r="A2" t="inlineStr"><is><t>`+strings.Repeat("x", maxText+1)+`</t></is></c>`), []string{"row 2, column A", "longer than a cell can hold"}},
		"second rows section": {headerXML + `</sheetData><sheetData>`, []string{"a second rows section"}},
		"far row":             {headerXML + personXML + `<row r="1048576"><c r="A1048576"><v>1</v></c></row>`, []string{"row 2", "until row 1048576", "delete the empty rows"}},
		"after the root":      {headerXML + `</sheetData></worksheet><worksheet><sheetData>`, []string{"broken XML"}},
		"entity":              {headerXML + cellRow(`<c r="A2" t="inlineStr"><is><t>&nbsp;</t></is></c>`), []string{"entity"}},
		"numeric entity":      {headerXML + cellRow(`<c r="A2" t="inlineStr"><is><t>&#0;</t></is></c>`), []string{"entity"}},
		"control":             {headerXML + cellRow("<c r=\"A2\" t=\"inlineStr\"><is><t>a\x01</t></is></c>"), []string{"control character"}},
		"not UTF-8":           {headerXML + cellRow("<c r=\"A2\" t=\"inlineStr\"><is><t>a\xFF</t></is></c>"), []string{"not UTF-8"}},
		"wrong end":           {headerXML + `<row r="2"><c r="A2"></row></c>`, []string{"end tag does not fit"}},
		"undeclared prefix":   {headerXML + `<x:row r="2"/>`, []string{"prefix is not declared"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := readAll(bookOf(c.rows).file(t), Options{})
			refused(t, err, append(c.words, "people.xlsx: ")...)
		})
	}
}

func TestPackages(t *testing.T) {
	const plain = "2:t=张三|t=15400000001|t=11010519491231002X\n"
	book := bookOf(headerXML + personXML)
	prefixed := func(p parts, name string) parts {
		s := strings.NewReplacer("<?", "<?", "</", "</x:", "<", "<x:").Replace(strings.TrimPrefix(p[name], xmlHead))
		return p.plus(name, strings.Replace(s, "xmlns=", "xmlns:x=", 1))
	}
	strict := maps.Clone(book)
	for name, s := range strict {
		s = strings.ReplaceAll(s, "http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main")
		strict[name] = strings.ReplaceAll(s, "http://schemas.openxmlformats.org/officeDocument/2006/relationships", "http://purl.oclc.org/ooxml/officeDocument/relationships")
	}
	moved := book.with("xl/_rels/workbook.xml.rels", `Target="worksheets/sheet1.xml"`, `Target="/odd%20place/rows.xml"`).plus("odd place/rows.xml", book["xl/worksheets/sheet1.xml"])
	delete(moved, "xl/worksheets/sheet1.xml")
	backslash := book.plus(`xl\worksheets\sheet1.xml`, book["xl/worksheets/sheet1.xml"])
	delete(backslash, "xl/worksheets/sheet1.xml")
	for name, p := range map[string]parts{
		"plain": book, "prefixed": prefixed(book, "xl/worksheets/sheet1.xml"), "prefixed workbook": prefixed(book, "xl/sharedStrings.xml"),
		"strict": strict, "moved": moved, "backslashes": backslash,
		"no r at all":  bookOf(strings.NewReplacer(` r="1"`, "", ` r="2"`, "", ` r="A1"`, "", ` r="B1"`, "", ` r="C1"`, "", ` r="A2"`, "", ` r="B2"`, "", ` r="C2"`, "").Replace(headerXML + personXML)),
		"utf-8 mark":   book.plus("xl/worksheets/sheet1.xml", "\uFEFF"+book["xl/worksheets/sheet1.xml"]),
		"alternatives": book.with("xl/styles.xml", `<xf numFmtId="0"/>`, `<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:Choice Requires="q"><xf/></mc:Choice><mc:Fallback><xf/></mc:Fallback></mc:AlternateContent>`),
	} {
		_, rows, err := readAll(p.file(t), Options{})
		if err != nil || show(rows) != plain {
			t.Errorf("%s: %q %v", name, show(rows), err)
		}
	}
	without := func(name string) parts { p := maps.Clone(book); delete(p, name); return p }
	for name, c := range map[string]struct {
		p     parts
		words []string
	}{
		"no sheet":          {without("xl/worksheets/sheet1.xml"), []string{`sheet "Sheet1"`, "part is missing"}},
		"no workbook":       {without("xl/workbook.xml"), []string{"xl/workbook.xml", "missing"}},
		"no relationships":  {without("xl/_rels/workbook.xml.rels"), []string{"missing"}},
		"no root relations": {without("_rels/.rels"), []string{"_rels/.rels", "missing"}},
		"no shared strings": {without("xl/sharedStrings.xml"), []string{"xl/sharedStrings.xml", "missing"}},
		"no styles":         {without("xl/styles.xml"), []string{"xl/styles.xml", "missing"}},
		"twice":             {book.plus("XL/Workbook.xml", "x"), []string{"stands twice"}},
		"utf-16":            {book.plus("xl/styles.xml", "\xFF\xFE<\x00"), []string{"xl/styles.xml", "UTF-16"}},
		"gbk":               {book.with("xl/styles.xml", `encoding="UTF-8"`, `encoding="GBK"`), []string{"not in UTF-8"}},
		"unknown sheet id":  {book.with("xl/workbook.xml", "rId1", "rId9"), []string{`sheet "Sheet1"`, "which part"}},
		"wrong root":        {book.plus("xl/worksheets/sheet1.xml", "<html/>"), []string{"root element"}},
		"beta namespace":    {book.with("xl/worksheets/sheet1.xml", "2006/main", "2006/5/main"), []string{"root element"}},
		"no rows section":   {book.plus("xl/worksheets/sheet1.xml", "<worksheet "+mainName+"/>"), []string{"no rows section"}},
		"no rows":           {bookOf(""), []string{"no visible worksheet has rows"}},
	} {
		_, _, err := readAll(c.p.file(t), Options{})
		if err == nil {
			t.Errorf("%s: not refused", name)
			continue
		}
		refused(t, err, c.words...)
	}
}

func TestDate1904(t *testing.T) {
	p := bookOf(headerXML+cellRow(`<c r="A2" s="1"><v>0</v></c><c r="B2" s="1"><v>60</v></c>`)).with("xl/workbook.xml", "<sheets>", `<workbookPr date1904="1"/><sheets>`)
	_, rows, err := readAll(p.file(t), Options{})
	if err != nil || show(rows) != "2:d=1904-01-01|d=1904-03-01|\n" {
		t.Errorf("%q %v", show(rows), err)
	}
}

func TestCodeForm(t *testing.T) {
	for code, want := range map[string]dateForm{
		"General": noDate, "0.00": noDate, "@": noDate, `0"days"`: noDate, `[Red]0`: noDate, `0\d`: noDate, "_d0": noDate, "0.00E+00": noDate, `[$-804]0`: noDate, `"unclosed d`: noDate, "[unclosed": noDate, "[]": noDate,
		"yyyy-mm-dd": calendar, `[$-804]yyyy"年"m"月"`: calendar, "mmm": calendar, "m/d h:mm": calendar, "D": calendar,
		"h:mm:ss": clock, "mm:ss": clock, "h:mm AM/PM": clock,
		"[h]:mm": duration, "[mm]:ss": duration, "[SS]": duration,
	} {
		if got := codeForm(code); got != want {
			t.Errorf("%s: %d, want %d", code, got, want)
		}
	}
	for _, c := range []struct {
		digits string
		form   dateForm
		want   string
	}{{"1.5", duration, "36:00:00"}, {"0", calendar, "1900-01-00"}, {"1", calendar, "1900-01-01"}, {"0.999999", clock, "1900-01-01 00:00:00"}, {"2958465", calendar, "9999-12-31"}, {"44197.000001", calendar, "2021-01-01"}} {
		if got, ok := serialDate(c.digits, c.form, false); !ok || got != c.want {
			t.Errorf("%s: %s, want %s", c.digits, got, c.want)
		}
	}
}

func TestGapsAndTrailingRows(t *testing.T) {
	p := bookOf(headerXML + personXML + `<row r="3"/><row r="5"><c r="B5"><v>1</v></c></row><row r="6"><c r="A6" s="1"/></row><row r="1048576"><c r="A1048576" s="1"/></row>`)
	_, rows, err := readAll(p.file(t), Options{})
	if err != nil || show(rows) != "2:t=张三|t=15400000001|t=11010519491231002X\n3:||\n4:||\n5:|n=1|\n" {
		t.Errorf("%q %v", show(rows), err)
	}
	atLimit := headerXML + `<row r="10002"><c r="A10002"><v>1</v></c></row>`
	if _, rows, err := readAll(bookOf(atLimit).file(t), Options{}); err != nil || len(rows) != maxGap+1 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	_, _, err = readAll(bookOf(strings.ReplaceAll(atLimit, "10002", "10003")).file(t), Options{})
	refused(t, err, "row 1: 10001 empty rows follow, until row 10003")
}

// TestExcelize reads what another program wrote, and stands beside that program's own reading.
func TestExcelize(t *testing.T) {
	f := excelize.NewFile()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(f.SetSheetName("Sheet1", "封面"))
	for _, s := range []string{"名单", "旧名单", "藏"} {
		_, err := f.NewSheet(s)
		must(err)
	}
	must(f.SetCellStr("封面", "B2", "说明"))
	must(f.SetSheetVisible("藏", false))
	for _, s := range []string{"名单", "旧名单", "藏"} {
		must(f.SetSheetRow(s, "A3", &[]any{"姓名", "手机号", "身份证号", "日期", "备注"}))
	}
	must(f.SetCellStr("名单", "A1", "二〇二六年名单"))
	must(f.SetSheetRow("名单", "A4", &[]any{"张三", "15400000001", "11010519491231002X"}))
	must(f.SetCellRichText("名单", "A5", []excelize.RichTextRun{{Text: "李", Font: &excelize.Font{Bold: true}}, {Text: "四 "}}))
	must(f.SetCellInt("名单", "B5", 15400000002))
	must(f.SetCellBool("名单", "E5", true))
	style, err := f.NewStyle(&excelize.Style{NumFmt: 14})
	must(err)
	must(f.SetCellFloat("名单", "D5", 45292, -1, 64))
	must(f.SetCellStyle("名单", "D5", "D5", style))
	must(f.SetCellFormula("名单", "E7", "A4"))
	must(f.SetColWidth("名单", "B", "C", 21.5))
	path := filepath.Join(t.TempDir(), "excelize.xlsx")
	must(f.SaveAs(path))
	must(f.Close())

	table, rows, err := readAll(path, Options{})
	must(err)
	want := "4:t=张三|t=15400000001|t=11010519491231002X||\n5:t=李四 |n=15400000002||d=2024-01-01|b=TRUE\n6:||||\n7:||||f=\n"
	if show(rows) != want {
		t.Errorf("got\n%swant\n%s", show(rows), want)
	}
	if table.Sheet() != "名单" || table.HeaderLine() != 3 || table.Format() != "xlsx" || table.Encoding() != "" || len(table.Header()) != 5 {
		t.Errorf("sheet %q, header on %d, %q", table.Sheet(), table.HeaderLine(), table.Header())
	}
	if w := table.Widths(); len(w) != 5 || w[1] != 21.5 || w[2] != 21.5 || w[3] == 21.5 {
		t.Errorf("widths %v", w)
	}
	var codes []NoteCode
	var names []string
	for _, n := range table.Notes() {
		codes, names = append(codes, n.Code), append(names, n.Names...)
	}
	if !slices.Equal(codes, []NoteCode{LinesAbove, OtherSheets, HiddenSheets}) || !slices.Equal(names, []string{"封面", "旧名单", "藏"}) {
		t.Errorf("notes %+v", table.Notes())
	}
	for choice, sheet := range map[string]string{"旧名单": "旧名单", "3": "旧名单", "2": "名单", "藏": "藏"} {
		table, _, err := readAll(path, Options{Sheet: choice})
		if err != nil || table.Sheet() != sheet {
			t.Errorf("--sheet %s: %v", choice, err)
		}
	}
	_, _, err = readAll(path, Options{Sheet: "4"}) // the fourth is hidden: its number is not one that a person sees
	refused(t, err, "no such sheet", `"封面", "名单", "旧名单", "藏"`)
	_, _, err = readAll(path, Options{Sheet: "1"})
	refused(t, err, `sheet "封面"`, "no column found for name, mobile, idCard")
	if _, rows, err := readAll(path, Options{Sheet: "封面", AnyColumns: true}); err != nil || len(rows) != 0 {
		t.Error(rows, err)
	}
}

func TestSharedStringsAcrossChunks(t *testing.T) {
	var s sharedStrings
	var want []string
	for i := range 300 {
		want = append(want, strings.Repeat(string(rune('a'+i%26)), i*97%maxText))
		if err := s.add([]byte(want[i])); err != nil {
			t.Fatal(err)
		}
	}
	s.seal()
	if len(s.chunks) < 3 {
		t.Fatalf("only %d chunks: the test has lost its point", len(s.chunks))
	}
	for i, w := range want {
		if s.text(i) != w {
			t.Errorf("string %d differs", i)
		}
	}
}

// TestRowsBelongToReceiver appends to each row's cells, which must not reach the next row.
func TestRowsBelongToReceiver(t *testing.T) {
	table, err := Open(put(t, "a.csv", []byte("name,mobile,idCard\n"+strings.Repeat("a,b,c\n", 1000))), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	for range 2 {
		var rows []Row
		for r, err := range table.Rows() {
			if err != nil {
				t.Fatal(err)
			}
			_ = append(r.Cells, Cell{Kind: Text, Text: "mine"})
			rows = append(rows, r)
		}
		if len(rows) != 1000 {
			t.Fatalf("%d rows", len(rows))
		}
		for i, r := range rows {
			if r.Line != i+2 || len(r.Cells) != 3 || r.Cells[0].Text != "a" || r.Cells[2].Text != "c" {
				t.Fatalf("row %d: %+v", i, r)
			}
		}
	}
	for range table.Rows() { // a receiver that stops gets no error and no panic
		break
	}
}
