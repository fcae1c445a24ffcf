package reader

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// TestFormats: a number and a date bring the code along by which the sheet shows them, and nothing else does.
func TestFormats(t *testing.T) {
	styles := xmlHead + `<styleSheet ` + mainName + `><numFmts><numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;m&quot;月&quot;"/>` +
		`<numFmt numFmtId="165" formatCode="000000"/><numFmt numFmtId="166" formatCode="` + strings.Repeat("0", 256) + `"/><numFmt numFmtId="167" formatCode="General"/></numFmts>` +
		`<cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="10"/><xf numFmtId="31"/><xf numFmtId="14"/><xf numFmtId="165"/><xf numFmtId="166"/><xf numFmtId="167"/></cellXfs></styleSheet>`
	var cells strings.Builder
	for i := range 9 {
		fmt.Fprintf(&cells, `<c s="%d"><v>45000</v></c>`, i)
	}
	cells.WriteString(`<c s="1" t="str"><v>45000</v></c><c s="1" t="d"><v>2023-03-15</v></c><c s="1" t="b"><v>1</v></c>`)
	book := bookOf(`<row r="1">`+strings.Repeat(`<c t="inlineStr"><is><t>x</t></is></c>`, 12)+`</row><row r="2">`+cells.String()+`</row>`).plus("xl/styles.xml", styles)
	table, rows, err := readAll(book.file(t), Options{AnyColumns: true})
	if err != nil || len(rows) != 1 {
		t.Fatal(err, rows)
	}
	var got []string
	for _, c := range rows[0].Cells {
		got = append(got, table.Formats()[c.Format])
	}
	want := []string{"", `yyyy"年"m"月"`, "000000", "0.00%", `yyyy"年"m"月"d"日"`, "mm-dd-yy", "000000", "", "", "", `yyyy"年"m"月"`, ""}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
	if show(rows) != "2:n=45000|d=2023-03-15|n=45000|n=45000|d=2023-03-15|d=2023-03-15|n=45000|n=45000|n=45000|t=45000|d=2023-03-15|b=TRUE\n" {
		t.Error(show(rows))
	}
}

// TestFormatsAreBounded: a workbook with more formats than anybody uses is read all the same.
func TestFormatsAreBounded(t *testing.T) {
	var formats, xfs strings.Builder
	for i := range maxFormats + 10 {
		fmt.Fprintf(&formats, `<numFmt numFmtId="%d" formatCode="0&quot;%d&quot;"/>`, 200+i, i)
		fmt.Fprintf(&xfs, `<xf numFmtId="%d"/>`, 200+i)
	}
	styles := xmlHead + `<styleSheet ` + mainName + `><numFmts>` + formats.String() + `</numFmts><cellXfs>` + xfs.String() + `</cellXfs></styleSheet>`
	row := fmt.Sprintf(`<row r="1"><c t="inlineStr"><is><t>x</t></is></c></row><row r="2"><c s="%d"><v>7</v></c></row><row r="3"><c s="3"><v>7</v></c></row>`, maxFormats+5)
	table, rows, err := readAll(bookOf(row).plus("xl/styles.xml", styles).file(t), Options{AnyColumns: true})
	if err != nil || len(table.Formats()) != maxFormats {
		t.Fatalf("%v, %d formats", err, len(table.Formats()))
	}
	if rows[0].Cells[0].Format != 0 || table.Formats()[rows[1].Cells[0].Format] != `0"3"` {
		t.Errorf("%+v", rows)
	}
}

// TestWhatIsHiddenIsSaid: hidden rows and columns and merged cells are read like any others, and noted once a pass has
// seen all of the sheet.
func TestWhatIsHiddenIsSaid(t *testing.T) {
	person := func(row int, more string) string {
		return strings.NewReplacer(`r="2"`, fmt.Sprintf(`r="%d"%s`, row, more), "A2", fmt.Sprint("A", row), "B2", fmt.Sprint("B", row), "C2", fmt.Sprint("C", row)).Replace(personXML)
	}
	rows := headerXML + person(2, ` hidden="1"`) + person(3, "") + person(4, ` hidden="true"`) + person(5, ` hidden="0"`) + `<row r="6" hidden="1"/>`
	book := bookOf(rows).with("xl/worksheets/sheet1.xml", "<sheetData>", `<cols><col min="2" max="2" hidden="1"/><col min="5" max="9" width="9" hidden="1"/></cols><sheetData>`)
	book = book.with("xl/worksheets/sheet1.xml", "</sheetData>", `</sheetData><mergeCells><mergeCell ref="A1:C1"/><mergeCell ref="A3:B4"/><mergeCell ref="C2:C9"/><mergeCell ref="F2:F3"/><mergeCell ref="nonsense"/></mergeCells>`)
	table, err := Open(book.file(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	if n := table.Notes(); len(n) > 0 {
		t.Errorf("before the pass: %+v", n)
	}
	for range 2 {
		got, err := drainRows(table)
		if err != nil || len(got) != 4 {
			t.Fatal(err, show(got))
		}
		want := []Note{{Code: HiddenRows, Count: 2}, {Code: HiddenColumns, Names: []string{"B"}}, {Code: MergedCells, Count: 2, Names: []string{"A", "B", "C"}}}
		if n := table.Notes(); !reflect.DeepEqual(n, want) {
			t.Errorf("%+v", n)
		}
	}
}
