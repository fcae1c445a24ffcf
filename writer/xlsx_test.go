package writer

import (
	"archive/zip"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// entry reads one part of the workbook, and the whole container with it: a bad
// checksum anywhere fails.
func entry(t testing.TB, path, name string) []byte {
	t.Helper()
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	var found []byte
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		if strings.HasSuffix(f.Name, ".xml") || strings.HasSuffix(f.Name, ".rels") {
			wellFormed(t, f.Name, data)
		}
		if f.Name == name {
			found = data
		}
	}
	if found == nil {
		t.Fatalf("there is no %s", name)
	}
	return found
}

func wellFormed(t testing.TB, name string, data []byte) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(string(data)))
	for {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
}

func people() (Layout, Summary, []Row) {
	l := Layout{
		Lang: "zh", Sheet: "核验结果", TodoSheet: "待处理", SummarySheet: "汇总",
		Header: []string{"姓名", "手机号", "身份证号", "入职日期", "金额", "核验状态", "核验备注"},
		Text:   []int{1, 2}, Status: 5, Note: 6, Widths: []float64{0, 30},
	}
	status := []struct {
		word string
		tone Tone
		todo bool
	}{{"一致", Good, false}, {"不一致", Bad, false}, {"无记录", Muted, false}, {"信息有误", Warn, true}, {"存疑", Alarm, true}, {"未核验", Plain, false}}
	var rows []Row
	counts := make([]Slice, len(status))
	for i := range 250 {
		s := status[i%len(status)]
		counts[i%len(status)] = Slice{s.word, counts[i%len(status)].Count + 1, s.tone}
		rows = append(rows, Row{Line: i + 2, Tone: s.tone, Todo: s.todo, Cells: []Cell{
			{Kind: Text, Text: fmt.Sprintf("测试员%d", i)}, {Kind: Number, Text: fmt.Sprintf("154%08d", i)}, {Kind: Text, Text: fmt.Sprintf("11010119900307%04d", i)},
			{Kind: Date, Text: "2024-03-05"}, {Kind: Number, Text: fmt.Sprintf("%d.5", i)}, {Kind: Text, Text: s.word}, {Kind: Text, Text: "请核对"},
		}})
	}
	sum := Summary{Title: "核验汇总 \x01", Chart: counts, Lines: []Line{
		{Label: "费用"}, {"本次费用（元）", Cell{Kind: Number, Text: "6.88"}}, {"服务", Cell{Kind: Text, Text: "_x0041_"}},
		{"调用", Cell{Kind: Number, Text: "12000"}}, {"沙箱", Cell{Kind: Bool, Text: "TRUE"}},
	}}
	return l, sum, rows
}

func TestWorkbook(t *testing.T) {
	l, sum, rows := people()
	path := written(t, ".xlsx", l, excelLimits, sum, rows)

	f, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got := f.GetSheetList(); !slices.Equal(got, []string{"核验结果", "待处理", "汇总"}) {
		t.Errorf("sheets %q", got)
	}
	if f.GetActiveSheetIndex() != 0 {
		t.Errorf("sheet %d is active", f.GetActiveSheetIndex())
	}
	props, err := f.GetDocProps()
	if err != nil {
		t.Fatal(err)
	}
	if props.Creator != "mobile3batch" || props.LastModifiedBy != "mobile3batch" || !strings.HasPrefix(props.Title, "核验汇总") {
		t.Errorf("properties %+v", props)
	}
	for cell, want := range map[string]string{
		"B1": sum.Title, "B3": "费用", "C4": "6.88", "C5": "_x0041_", "C6": "12000", "C7": "1",
		"E4": "一致", "F4": "42", "E9": "未核验", "F9": "41", "F8": "41",
	} {
		if got, _ := f.GetCellValue("汇总", cell, excelize.Options{RawCellValue: true}); got != want {
			t.Errorf("summary %s holds %q, want %q", cell, got, want)
		}
	}
	for cell, want := range map[string]excelize.CellType{
		"A2": excelize.CellTypeInlineString, "B2": excelize.CellTypeInlineString, "C2": excelize.CellTypeInlineString,
		"D2": excelize.CellTypeUnset, "E2": excelize.CellTypeUnset,
	} {
		if got, _ := f.GetCellType("核验结果", cell); got != want {
			t.Errorf("%s is of type %d, want %d", cell, got, want)
		}
	}
	if got, _ := f.GetCellValue("核验结果", "D2"); got != "2024-03-05" {
		t.Errorf("the date shows as %q", got)
	}
	if w, _ := f.GetColWidth("核验结果", "B"); w != 30 {
		t.Errorf("column B is %v wide", w)
	}
	if style, _ := f.GetColStyle("核验结果", "C"); numFmt(t, f, style) != numText {
		t.Error("column C is not kept as text")
	}
	fills := map[string]bool{}
	for i := range 6 {
		id, _ := f.GetCellStyle("核验结果", fmt.Sprintf("F%d", i+2))
		style, err := f.GetStyle(id)
		if err != nil {
			t.Fatal(err)
		}
		fills[strings.Join(style.Fill.Color, "")] = true
	}
	if len(fills) != 6 {
		t.Errorf("six tones look like %v", fills)
	}
}

func numFmt(t testing.TB, f *excelize.File, id int) int {
	t.Helper()
	style, err := f.GetStyle(id)
	if err != nil {
		t.Fatal(err)
	}
	return style.NumFmt
}

func TestWorkbookParts(t *testing.T) {
	l, sum, rows := people()
	path := written(t, ".xlsx", l, excelLimits, sum, rows)
	for name, wants := range map[string][]string{
		"xl/worksheets/sheet1.xml": {`ySplit="1"`, `state="frozen"`, `<autoFilter ref="$A$1:$G$251">`, `fitToPage`, `tabSelected="true"`},
		"xl/worksheets/sheet2.xml": {`ySplit="1"`, `state="frozen"`, `<autoFilter ref="$A$1:$G$84">`},
		"xl/worksheets/sheet3.xml": {`showGridLines="false"`, `<drawing `},
		"xl/workbook.xml":          {`localSheetId="0" name="_xlnm._FilterDatabase"`, `localSheetId="1" name="_xlnm.Print_Titles"`},
		"xl/charts/chart1.xml":     {bars[Good], bars[Bad], bars[Muted], bars[Warn], bars[Alarm], `$E$4:$E$9`, `$F$4:$F$9`},
		"docProps/app.xml":         {"mobile3batch"},
	} {
		got := string(entry(t, path, name))
		for _, want := range wants {
			if !strings.Contains(got, want) {
				t.Errorf("%s has no %s", name, want)
			}
		}
		if strings.Contains(got, "<dimension") && name != "xl/worksheets/sheet3.xml" {
			t.Errorf("%s gives a dimension that is not its own", name)
		}
	}
}

func TestTodoSheetHoldsJustTheTodoRows(t *testing.T) {
	l, sum, rows := people()
	path := written(t, ".xlsx", l, excelLimits, sum, rows)
	all, todo := sheet(t, path, "核验结果", 7), sheet(t, path, "待处理", 7)
	want := [][]string{all[0]}
	for i, r := range rows {
		if r.Todo {
			want = append(want, all[i+1])
		}
	}
	if len(want) < 50 {
		t.Fatal("too few rows to do")
	}
	compare(t, todo, want)
}

func TestNoRows(t *testing.T) {
	l := layoutOf(2)
	path := written(t, ".xlsx", l, excelLimits, Summary{}, nil)
	for _, name := range []string{"核验结果", "待处理"} {
		compare(t, sheet(t, path, name, 2), [][]string{l.Header})
	}
}

func TestOnlyRows(t *testing.T) {
	l := layoutOf(1)
	l.Sheet, l.TodoSheet, l.SummarySheet = "", "", ""
	path := written(t, ".xlsx", l, limits{rows: 2, zip64: 1 << 32}, Summary{}, []Row{texts(2, "甲"), texts(3, "乙")})
	compare(t, sheet(t, path, "Rows", 1), [][]string{{"列1"}, {"甲"}})
	compare(t, sheet(t, path, "Rows 2", 1), [][]string{{"列1"}, {"乙"}})
}

func TestMoreRowsThanASheetHolds(t *testing.T) {
	l := layoutOf(1)
	var rows []Row
	for i := range 1000 {
		r := texts(i+2, fmt.Sprint(i))
		r.Todo = i%2 == 0
		rows = append(rows, r)
	}
	const each = 400 // data rows of a sheet
	path := written(t, ".xlsx", l, limits{rows: each + 1, zip64: 1 << 32}, Summary{}, rows)
	f, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	names := []string{"核验结果", "核验结果 2", "核验结果 3", "待处理", "待处理 2", "汇总"}
	if got := f.GetSheetList(); !slices.Equal(got, names) {
		t.Fatalf("sheets %q", got)
	}
	if f.GetActiveSheetIndex() != 0 {
		t.Errorf("sheet %d is active", f.GetActiveSheetIndex())
	}
	at, todoAt := 0, 0
	for i, size := range []int{400, 400, 200, 400, 100} {
		got := sheet(t, path, names[i], 1)
		if len(got) != size+1 || got[0][0] != "列1" {
			t.Fatalf("%s has %d rows under %q", names[i], len(got)-1, got[0])
		}
		for _, r := range got[1:] {
			want := fmt.Sprint(at)
			if i >= 3 {
				want, todoAt = fmt.Sprint(todoAt), todoAt+2
			} else {
				at++
			}
			if r[0] != want {
				t.Fatalf("%s holds %s, want %s", names[i], r[0], want)
			}
		}
	}
	for _, d := range f.GetDefinedName() {
		if !strings.Contains(d.RefersTo, "'"+d.Scope+"'") {
			t.Errorf("a name of %q points to %q", d.Scope, d.RefersTo)
		}
	}
}

func TestKindsInAWorkbook(t *testing.T) {
	l := layoutOf(1)
	l.Text = nil
	cells := []struct {
		in    Cell
		value string
		kind  excelize.CellType
	}{
		{Cell{Kind: Number, Text: "12.50"}, "12.5", excelize.CellTypeUnset},
		{Cell{Kind: Number, Text: "123456789012345"}, "123456789012345", excelize.CellTypeUnset},
		{Cell{Kind: Number, Text: "110101199003070000"}, "110101199003070000", excelize.CellTypeInlineString},
		{Cell{Kind: Number, Text: "1.5e-7"}, "0.00000015", excelize.CellTypeUnset},
		{Cell{Kind: Number, Text: "=1+1"}, "=1+1", excelize.CellTypeInlineString},
		{Cell{Kind: Bool, Text: "TRUE"}, "1", excelize.CellTypeBool},
		{Cell{Kind: Bool, Text: "false"}, "0", excelize.CellTypeBool},
		{Cell{Kind: Bool, Text: "yes"}, "yes", excelize.CellTypeInlineString},
		{Cell{Kind: Date, Text: "2024-03-05 12:00:00"}, "45356.5", excelize.CellTypeUnset},
		{Cell{Kind: Date, Text: "5. März"}, "5. März", excelize.CellTypeInlineString},
		{Cell{Kind: Error, Text: "#DIV/0!"}, "#DIV/0!", excelize.CellTypeInlineString},
		{Cell{Kind: Formula, Text: "=A1"}, "=A1", excelize.CellTypeInlineString},
		{Cell{Kind: Empty, Text: "still text"}, "still text", excelize.CellTypeInlineString},
		{Cell{Kind: Text, Text: "1"}, "1", excelize.CellTypeInlineString},
		{Cell{Kind: Empty, Text: ""}, "", excelize.CellTypeUnset},
	}
	var rows []Row
	for i, c := range cells {
		rows = append(rows, Row{Line: i + 2, Cells: []Cell{c.in}})
	}
	path := written(t, ".xlsx", l, excelLimits, Summary{}, rows)
	f, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for i, c := range cells {
		at := fmt.Sprintf("A%d", i+2)
		value, _ := f.GetCellValue("核验结果", at, excelize.Options{RawCellValue: true})
		kind, _ := f.GetCellType("核验结果", at)
		if value != c.value || kind != c.kind {
			t.Errorf("%v is written as %q of type %d, want %q of type %d", c.in, value, kind, c.value, c.kind)
		}
	}
}

// TestLargePartsSayTheyAreLarge: Excel wants version 4.5 in the local header
// of a part beyond 4 GiB. Here every part beyond 10,000 bytes counts as such.
func TestLargePartsSayTheyAreLarge(t *testing.T) {
	l, sum, rows := people()
	path := written(t, ".xlsx", l, limits{rows: 1000, zip64: 10_000}, sum, rows)
	entry(t, path, "xl/worksheets/sheet1.xml")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	large := 0
	for _, f := range z.File {
		at, err := f.DataOffset()
		if err != nil {
			t.Fatal(err)
		}
		header := at - 30 - int64(len(f.Name))
		if string(data[header:header+4]) != "PK\x03\x04" {
			t.Fatalf("no header of %s at %d", f.Name, header)
		}
		want := uint16(20)
		if f.UncompressedSize64 >= 10_000 {
			want, large = 45, large+1
		}
		if got := binary.LittleEndian.Uint16(data[header+4:]); got != want {
			t.Errorf("%s of %d bytes says version %d, want %d", f.Name, f.UncompressedSize64, got, want)
		}
	}
	if large < 2 {
		t.Fatal("no large part: the test has lost its point")
	}
}

func TestTheCallerMayReuseTheCells(t *testing.T) {
	dir := t.TempDir()
	s, err := Create(dir+"/a.xlsx", layoutOf(1), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Discard()
	cells := []Cell{{Kind: Text, Text: ""}}
	for i := range 3 {
		cells[0].Text = fmt.Sprint(i)
		if err := s.Append(Row{Line: i + 2, Cells: cells}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Commit(Summary{}); err != nil {
		t.Fatal(err)
	}
	compare(t, sheet(t, dir+"/a.xlsx", "核验结果", 1), [][]string{{"列1"}, {"0"}, {"1"}, {"2"}})
}

func TestWidths(t *testing.T) {
	l := Layout{Header: []string{"a", "很长的列名字", "x", "note", "set"}, Note: 3, Widths: []float64{0, 0, -1, 0, 300}}
	long := strings.Repeat("长", 100)
	got := l.widths([]Row{texts(2, "甲乙丙丁戊己", "", long, long)})
	if want := []float64{13, 15, 40, 60, 255}; !slices.Equal(got, want) {
		t.Errorf("widths %v, want %v", got, want)
	}
}

func BenchmarkXLSX(b *testing.B) { benchmark(b, ".xlsx") }
func BenchmarkCSV(b *testing.B)  { benchmark(b, ".csv") }

// benchmark writes as many rows as one worksheet holds, and one more.
func benchmark(b *testing.B, ext string) {
	l := layoutOf(15)
	l.Text, l.Status = []int{1, 2}, 6
	row := Row{Line: 2, Tone: Good}
	for range 15 {
		row.Cells = append(row.Cells, Cell{Kind: Text, Text: "测试员一"})
	}
	for b.Loop() {
		path := b.TempDir() + "/a" + ext
		s, err := Create(path, l, Options{})
		if err != nil {
			b.Fatal(err)
		}
		for i := range excelLimits.rows {
			row.Cells[1].Text, row.Todo = fmt.Sprintf("154%08d", i), i%20 == 0
			if err := s.Append(row); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := s.Commit(Summary{}); err != nil {
			b.Fatal(err)
		}
	}
}

// TestNothingNamesTheMachine: a workbook is forwarded to people who need not know where it was made.
func TestNothingNamesTheMachine(t *testing.T) {
	l, sum, rows := people()
	path := written(t, ".xlsx", l, excelLimits, sum, rows)
	var names []string
	if host, err := os.Hostname(); err == nil && len(host) >= 8 { // a shorter one might stand there by chance
		names = append(names, host)
	}
	wd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	names = append(names, wd, filepath.Dir(path), os.TempDir()+string(os.PathSeparator))
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if strings.Contains(string(b), name) {
				t.Errorf("%s names %s", f.Name, name)
			}
		}
	}
	if len(z.File) < 8 || len(names) < 3 {
		t.Errorf("%d parts, %d names: nothing was tested", len(z.File), len(names))
	}
}
