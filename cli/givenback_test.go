package cli

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"fmt"
	"html"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"mobile3batch/mobile3/sandbox"
	"mobile3batch/person"
	"mobile3batch/pipeline"
	"mobile3batch/reader"
)

// raw is a cell as a workbook stores it: what is in its tag, and what is between the tags.
type raw struct{ attrs, content string }

func rawText(s string) raw {
	return raw{` t="inlineStr"`, `<is><t xml:space="preserve">` + html.EscapeString(s) + `</t></is>`}
}
func rawNumber(s string) raw         { return raw{"", "<v>" + s + "</v>"} }
func rawKind(kind, value string) raw { return raw{` t="` + kind + `"`, "<v>" + value + "</v>"} }
func rawStyled(style int, s string) raw {
	return raw{fmt.Sprintf(` s="%d"`, style), "<v>" + s + "</v>"}
}

var rawFormula = raw{"", "<f>1+1</f>"}

// rawStyles are the number formats of rawStyled: none, a day, a day and a time, a time, hours that go on.
const rawStyles = `<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs count="5">` +
	`<xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/><xf numFmtId="21"/><xf numFmtId="46"/></cellXfs></styleSheet>`

// rawBook writes a workbook cell by cell, as programs do that no library for workbooks imitates.
func rawBook(t *testing.T, path string, header []string, rows [][]raw) {
	t.Helper()
	var sheet strings.Builder
	sheet.WriteString(`<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`)
	line := 0
	add := func(cells []raw) {
		line++
		fmt.Fprintf(&sheet, `<row r="%d">`, line)
		for i, c := range cells {
			fmt.Fprintf(&sheet, `<c r="%s%d"%s>%s</c>`, reader.ColumnLetter(i), line, c.attrs, c.content)
		}
		sheet.WriteString(`</row>`)
	}
	var head []raw
	for _, h := range header {
		head = append(head, rawText(h))
	}
	add(head)
	for _, row := range rows {
		add(row)
	}
	sheet.WriteString(`</sheetData></worksheet>`)
	const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	const rels = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`
	var file bytes.Buffer
	z := zip.NewWriter(&file)
	for _, part := range [][2]string{
		{"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
			`<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>` +
			`<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>` +
			`<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>`},
		{"_rels/.rels", rels + `<Relationship Id="r" Type="` + office + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="` + office + `"><sheets><sheet name="People" sheetId="1" r:id="s"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", rels + `<Relationship Id="s" Type="` + office + `/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="f" Type="` + office + `/styles" Target="styles.xml"/></Relationships>`},
		{"xl/styles.xml", rawStyles},
		{"xl/worksheets/sheet1.xml", sheet.String()},
	} {
		w, err := z.Create(part[0])
		if err == nil {
			_, err = w.Write([]byte(part[1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// counter is a service that keeps a bill, and a folder with one list and its checkpoint.
type counter struct {
	t      *testing.T
	dir    string
	server *sandbox.Server
}

func openCounter(t *testing.T) *counter {
	t.Helper()
	server, err := sandbox.Start(sandbox.Defaults(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	return &counter{t, t.TempDir(), server}
}

func (c *counter) path(name string) string { return filepath.Join(c.dir, name) }

// run runs input under the one checkpoint and tells how many calls were billed for it.
func (c *counter) run(input, output string, args ...string) int {
	c.t.Helper()
	_, before := c.server.Calls()
	all := append([]string{"run", c.path(input), "-o", c.path(output), "--checkpoint", c.path("checkpoint"), "--endpoint", c.server.URL(),
		"--rate", "0", "--workers", "8", "--yes", "--quiet", "--force"}, args...)
	if out, err := program(c.t, c.dir, all...).CombinedOutput(); err != nil {
		c.t.Fatalf("%s: %v\n%s", input, err, out)
	}
	_, after := c.server.Calls()
	return after - before
}

// plan tells what plan says of input, and writes its report.
func (c *counter) plan(input, report string, args ...string) string {
	c.t.Helper()
	all := append([]string{"plan", c.path(input), "-o", c.path(report), "--checkpoint", c.path("checkpoint"), "--endpoint", c.server.URL(), "--force"}, args...)
	out, err := program(c.t, c.dir, all...).CombinedOutput()
	if err != nil {
		c.t.Fatalf("plan %s: %v\n%s", input, err, out)
	}
	return string(out)
}

func (c *counter) wantNoCall(form, input, output string, args ...string) {
	c.t.Helper()
	if n := c.run(input, output, args...); n != 0 {
		c.t.Errorf("%s: %d calls were billed", form, n)
	}
}

// nobodyTwice asks the bill.
func (c *counter) nobodyTwice() {
	c.t.Helper()
	lines, err := c.server.Bill()
	if err != nil {
		c.t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, l := range lines {
		if seen[l.Person] {
			c.t.Error("somebody was billed twice")
		}
		seen[l.Person] = true
	}
}

// somebody is a person of a test: distinct for each n, nobody real.
func somebody(n int) (name, mobile, idCard string) {
	names := []rune("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平")
	name = "王" + string(names[n%len(names)]) + string(names[n/len(names)%len(names)])
	return name, fmt.Sprintf("154%08d", 12_345_671+n*7), checkedID(fmt.Sprintf("110101%04d%02d%02d%03d", 1960+n%40, 1+n%12, 1+n%28, 101+n%899))
}

// checkedID adds the check character to 17 digits.
func checkedID(body string) string {
	sum := 0
	for i, w := range [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += int(body[i]-'0') * w
	}
	return body + "10X98765432"[sum%11:][:1]
}

// roundings are the ways in which a workbook stores an ID number that a program took for a number.
func roundings(id string) []string {
	kept, whole := id[:15], id[:15]+"000"
	sci := kept[:1] + "." + kept[1:]
	return []string{whole, sci + "E+17", sci + "E17", sci + "0E+17", sci + "e+17", whole + ".0"}
}

// roundedPeople are ids people whose ID numbers, and mobiles people whose mobiles, were rounded, and ten with nothing wrong.
func roundedPeople(ids, mobiles int) (rows [][]raw, fits int) {
	n := 0
	for range ids {
		name, mobile, id := somebody(n)
		forms := roundings(id)
		if id[15:] == "000" || checkedID(id[:15] + "00")[17] == '0' {
			fits++
		}
		rows = append(rows, []raw{rawText(name), rawText(mobile), rawNumber(forms[n%len(forms)]), rawText("remark")})
		n++
	}
	for i := range mobiles {
		name, _, id := somebody(n)
		digits := fmt.Sprint(1540 + i)
		forms := []string{digits + "0000000", digits[:1] + "." + digits[1:] + "E+10", digits[:1] + "." + digits[1:] + "E10", digits + "0000000.0"}
		rows = append(rows, []raw{rawText(name), rawNumber(forms[i%len(forms)]), rawText(id), rawText("remark")})
		n++
	}
	for range 10 {
		name, mobile, id := somebody(n)
		rows = append(rows, []raw{rawText(name), rawText(mobile), rawText(id), rawText("remark")})
		n++
	}
	return rows, fits
}

var peopleHeader = []string{"姓名", "手机号", "身份证号", "备注"}

const toDo = "待处理"

// rowsOf are a worksheet's texts.
func rowsOf(t *testing.T, book, sheet string) [][]string {
	t.Helper()
	f, err := excelize.OpenFile(book, excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows(sheet)
	if err != nil || len(rows) < 2 {
		t.Fatalf("%s of %s: %d rows, %v", sheet, filepath.Base(book), len(rows), err)
	}
	for i := range rows {
		for len(rows[i]) < len(rows[0]) {
			rows[i] = append(rows[i], "")
		}
	}
	return rows
}

// asBook writes rows whose cells are what cell makes of them.
func asBook(t *testing.T, path string, rows [][]string, cell func(column int, s string) raw) {
	t.Helper()
	var out [][]raw
	for _, row := range rows[1:] {
		cells := make([]raw, len(row))
		for i, s := range row {
			cells[i] = cell(i, s)
		}
		out = append(out, cells)
	}
	rawBook(t, path, rows[0], out)
}

func asCSV(t *testing.T, path string, rows [][]string) {
	t.Helper()
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// stored are the ways in which programs and people store digits, all of them the same number.
var stored = map[string]func(s string) raw{
	"text":       rawText,
	"number":     rawNumber,
	"scientific": func(s string) raw { return rawNumber(s[:1] + "." + s[1:] + "E+" + fmt.Sprint(len(s)-1)) },
	"scientific text": func(s string) raw {
		return rawText(s[:1] + "." + strings.TrimRight(s[1:], "0") + "E+" + fmt.Sprint(len(s)-1))
	},
	"blanks":      func(s string) raw { return rawText(" " + s[:6] + " " + s[6:] + "\u00a0") },
	"apostrophe":  func(s string) raw { return rawText("'" + s) },
	"formula":     func(s string) raw { return rawText(`="` + s + `"`) },
	"point zero":  func(s string) raw { return rawText(s + ".0") },
	"full width":  func(s string) raw { return rawText(fullWidth(s)) },
	"zero width":  func(s string) raw { return rawText("\u200b" + s + "\ufeff") },
	"with dashes": func(s string) raw { return rawText(s[:3] + "-" + s[3:7] + "-" + s[7:]) },
}

func fullWidth(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r - '0' + '０'
		}
		return r
	}, s)
}

// TestRoundedNumbersGivenBackCostNothing: a list with ID numbers and mobiles that a spreadsheet has rounded is checked, and
// each sheet of the result is given back without a correction, in all the forms in which it may be stored by then.
func TestRoundedNumbersGivenBackCostNothing(t *testing.T) {
	t.Parallel()
	rows, fits := roundedPeople(300, 40)
	if fits < 15 {
		t.Fatalf("only %d of the rounded ID numbers have the right check digit: nothing is tested", fits)
	}
	for _, l := range []lang{zh, en} {
		if brief() && l != zh {
			continue
		}
		t.Run(string(l), func(t *testing.T) {
			c := openCounter(t)
			rawBook(t, c.path("people.xlsx"), peopleHeader, rows)
			tab, other := toDo, en
			if l == en {
				tab, other = "To do", zh
			}
			speak := []string{"--lang", string(l)}
			is(t, "people billed", c.run("people.xlsx", "sheet.xlsx", speak...), 10)
			is(t, "people billed for the CSV", c.run("people.xlsx", "sheet.csv", speak...), 0)
			is(t, "people billed for the old CSV", c.run("people.xlsx", "old.csv", append(speak, "--output-encoding", "gb18030")...), 0)

			for _, again := range []lang{l, other} {
				speak := []string{"--lang", string(again)}
				c.wantNoCall("the sheet", "sheet.xlsx", "again.xlsx", speak...)
				c.wantNoCall("the to-do sheet", "sheet.xlsx", "todo.xlsx", append(speak, "--sheet", tab)...)
				c.wantNoCall("the CSV", "sheet.csv", "again.csv", speak...)
				c.wantNoCall("the CSV in GB18030", "old.csv", "again.csv", speak...)
				c.wantNoCall("a sheet that was given back", "again.xlsx", "again2.xlsx", speak...)
				c.wantNoCall("a CSV that was given back", "again.csv", "again2.csv", speak...)
				c.wantNoCall("a to-do sheet that was given back", "todo.xlsx", "todo2.xlsx", speak...)
				c.wantNoCall("and once more", "todo2.xlsx", "todo3.csv", speak...)
			}
			invalid := 0
			for _, row := range readRows(t, c.path("todo3.csv"))[1:] {
				if slices.Contains(row, "invalid") || slices.Contains(row, "信息有误") {
					invalid++
				}
			}
			is(t, "rows still invalid", invalid, 340)

			todo := rowsOf(t, c.path("sheet.xlsx"), tab)
			for form, as := range stored {
				asBook(t, c.path("stored.xlsx"), todo, func(column int, s string) raw {
					if (column == 1 || column == 2) && strings.Trim(s, "0123456789") == "" {
						return as(s)
					}
					return rawText(s)
				})
				c.wantNoCall("stored as "+form, "stored.xlsx", "out.xlsx")
			}
			rng := rand.New(rand.NewPCG(1, 29))
			order := rng.Perm(len(todo[0]))
			var moved [][]string
			for _, row := range todo {
				var r []string
				for _, i := range order {
					r = append(r, row[i])
				}
				moved = append(moved, r)
			}
			asCSV(t, c.path("moved.csv"), moved)
			c.wantNoCall("columns in another order", "moved.csv", "out.csv")
			c.plan("people.xlsx", "plan.xlsx", speak...)
			c.plan("people.xlsx", "plan.csv", speak...)
			c.wantNoCall("a plan's report", "plan.xlsx", "out.xlsx")
			c.wantNoCall("its to-do sheet", "plan.xlsx", "out.xlsx", "--sheet", tab)
			c.wantNoCall("a plan's report as CSV", "plan.csv", "out.csv")
			c.wantNoCall("what came of it", "out.csv", "out2.csv")
			if said := c.plan("sheet.xlsx", "plan2.csv", append(speak, "--sheet", tab)...); !strings.Contains(said, "预计调用 0 次") && !strings.Contains(said, "calls to pay: 0") {
				t.Errorf("plan of the to-do sheet:\n%s", said)
			}
			c.wantNoCall("a plan's report of the to-do sheet", "plan2.csv", "out.csv")
			c.nobodyTwice()
		})
	}
}

// TestOnlyTheToDoSheetWasSaved: as a workbook and as a CSV of its own.
func TestOnlyTheToDoSheetWasSaved(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	rows, _ := roundedPeople(120, 20)
	rawBook(t, c.path("people.xlsx"), peopleHeader, rows)
	is(t, "people billed", c.run("people.xlsx", "sheet.xlsx"), 10)
	f, err := excelize.OpenFile(c.path("sheet.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, name := range f.GetSheetList() {
		if name != toDo {
			if err := f.DeleteSheet(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := f.SaveAs(c.path("alone.xlsx")); err != nil {
		t.Fatal(err)
	}
	asCSV(t, c.path("alone.csv"), rowsOf(t, c.path("sheet.xlsx"), toDo))
	c.wantNoCall("a workbook", "alone.xlsx", "out.xlsx")
	c.wantNoCall("a CSV", "alone.csv", "out.csv")
}

// TestCorrectedRowsAreBilledOnce: a row whose rounded number was corrected, or confirmed by clearing its note, is asked
// about. No other row is.
func TestCorrectedRowsAreBilledOnce(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	rows, _ := roundedPeople(220, 20)
	rawBook(t, c.path("people.xlsx"), peopleHeader, rows)
	is(t, "people billed", c.run("people.xlsx", "sheet.xlsx"), 10)
	todo := rowsOf(t, c.path("sheet.xlsx"), toDo)
	note := column(t, todo, "核验备注")
	is(t, "rows to do", len(todo)-1, 240)

	corrected := 0
	for i, row := range todo[1:] {
		_, _, id := somebody(i)
		switch {
		case i >= 220 && i%2 == 0:
			row[1] = row[1][:10] + "1" // one digit: it does not look rounded any more
		case i < 220 && i%3 == 0:
			row[2] = id
		case i < 220 && i%3 == 1: // one digit more: found by its check character
			for d := '0'; d <= '9' && checkedID(row[2][:17])[17:] != row[2][17:]; d++ {
				row[2] = row[2][:15] + string(d) + row[2][16:]
			}
			if checkedID(row[2][:17])[17:] != row[2][17:] || strings.HasSuffix(row[2], "000") {
				continue // there is no such digit
			}
		default:
			continue
		}
		corrected++
	}
	if corrected < 100 {
		t.Fatalf("only %d rows were corrected", corrected)
	}
	asCSV(t, c.path("corrected.csv"), todo)
	is(t, "people billed after the corrections", c.run("corrected.csv", "second.xlsx"), corrected)
	is(t, "people billed for the same once more", c.run("corrected.csv", "third.xlsx"), 0)

	// What is right although it looks rounded: the note says what to do.
	right := 0
	for _, row := range rowsOf(t, c.path("second.xlsx"), toDo)[1:] {
		if strings.Contains(row[note], "请清空本行") {
			right++
		}
	}
	if right < 10 {
		t.Errorf("only %d notes say what to do if the value is right", right)
	}
	cleared := rowsOf(t, c.path("second.xlsx"), toDo)
	for _, row := range cleared[1:] {
		row[note] = ""
	}
	asCSV(t, c.path("cleared.csv"), cleared)
	is(t, "people billed whose notes were cleared", c.run("cleared.csv", "fourth.xlsx"), right)
	c.nobodyTwice()
}

// kindCells are all kinds of cells with what may be in them, as a workbook stores them. A plus before a number is left out:
// no program writes it.
func kindCells(rng *rand.Rand) []raw {
	const mobile, id = "15400138009", "110101199003071233"
	numbers := []string{"0", "1", "-1", "42", "42.0", "0.1", "1E5", "1.5E-3", "1e300", "123456789012345", "1234567890123456",
		mobile, "-" + mobile, "86" + mobile, "-86" + mobile, mobile + ".0", mobile + ".00", "-" + mobile + ".0", mobile + ".5", mobile[:10] + ".9",
		"1.5400138009E10", "1.5400138009E+10", "1.5400138009e+10", "0.15400138009E11", "154001380090E-1", "15400138.009E3", "-1.5400138009E10",
		"15400000000", "1.54E10", "1.54E+10", "15400000000.0", "15470000000", "15412345000", "8615400000000", "8.6154E12",
		id, id[:17], id[:16], id[:15], id + "4", id + ".0", "-" + id, "110101199003071000", "1.10101199003071E17", "1.10101199003071E+17", "1.1010119900307123E17", "110101199003071232",
		"911101199003071000", "9.11101199003071E+17"}
	for range 60 { // ID numbers with all their digits and rounded, some of which fit by chance, and mobiles
		_, m, id := somebody(rng.IntN(9000))
		numbers = append(numbers, id[:17]+"0", id[:15]+"000", roundings(id)[rng.IntN(6)], m[:4]+"0000000", "-"+m, "9"+id[1:15]+"000",
			m+".0", m[:1]+"."+m[1:]+"E10")
	}
	var cells []raw
	for _, n := range numbers {
		cells = append(cells, rawNumber(n))
	}
	for style := 1; style <= 4; style++ {
		for _, serial := range []string{"0", "0.5", "1", "60", "32939", "32939.75", "2958465.99", "1540013.8009", "15400138009", "641672.4"} {
			cells = append(cells, rawStyled(style, serial))
		}
	}
	for _, d := range []string{"1990-03-07", "1990-03-07T10:20:30", "T10:20:30", "1990-03-07T10:20"} {
		cells = append(cells, rawKind("d", d))
	}
	for _, e := range []string{"#N/A", "#REF!", "#NAME?", "#FIELD!", "#GETTING_DATA", "~CIRCULAR~REF~", "Err:502", "Loading...", "TRUE", "Error", mobile, "张三丰", id[:17] + "X", checkedID(id[:17])} {
		cells = append(cells, rawKind("e", e))
	}
	cells = append(cells, rawKind("b", "1"), rawKind("b", "0"), rawFormula, raw{` t="str"`, "<f>1</f>"})
	for _, s := range []string{"", " ", "TRUE", "1.54E+10", "1.5412E+10", "1.54123E+10", "1.5412345E+10", "1.10101E+17", "1.10101199003071E+17", "#N/A", "张三", "Anna Lee", "-" + mobile, "+86" + mobile, "'" + mobile,
		"=" + mobile, "-", "@张三", "\t" + mobile, "154,0013,8009", mobile + ".0", id, "１５４００１３８００９", "张\u3164三", "无", "1990/3/7", "12:30"} {
		cells = append(cells, rawText(s))
	}
	return cells
}

// kindRows put each of the cells into each column, beside an ordinary ID number and beside a foreigner's.
func kindRows(rng *rand.Rand) (rows [][]raw) {
	n := 0
	for _, cell := range kindCells(rng) {
		for column := range 3 {
			for _, foreign := range []bool{false, true} {
				name, mobile, id := somebody(n)
				if n++; foreign {
					id = checkedID("9111011990" + fmt.Sprintf("%07d", n))
				}
				row := []raw{rawText(name), rawText(mobile), rawText(id), rawText("remark")}
				row[column] = cell
				rows = append(rows, row)
			}
		}
	}
	return rows
}

// statuses are a sheet's status column and notes, row by row.
func statuses(t *testing.T, path string) []string {
	t.Helper()
	var all []string
	rows := readRows(t, path)
	at, ok := ownColumns(rows[0])
	if !ok {
		t.Fatal("not our columns")
	}
	for _, row := range rows[1:] {
		all = append(all, statusNamed(row[at[columnStatus]]))
	}
	return all
}

// TestNoKindOfCellComesBackValid: every kind of cell in every column, with what may be in it. An invalid row stays invalid
// in every sheet that is given back, and people who were answered are known again.
func TestNoKindOfCellComesBackValid(t *testing.T) {
	t.Parallel()
	rows := kindRows(rand.New(rand.NewPCG(3, 29)))
	for _, l := range []lang{zh, en} {
		for _, mask := range []bool{false, true} {
			if brief() && (l != zh || mask) {
				continue
			}
			t.Run(fmt.Sprintf("%s, mask %t", l, mask), func(t *testing.T) {
				c := openCounter(t)
				rawBook(t, c.path("people.xlsx"), peopleHeader, rows)
				first := []string{"--lang", string(l)}
				if mask {
					first = append(first, "--mask")
				}
				billed := c.run("people.xlsx", "sheet.csv", first...)
				want := statuses(t, c.path("sheet.csv"))
				invalid := 0
				for _, s := range want {
					if s == pipeline.Invalid.String() {
						invalid++
					}
				}
				if is(t, "rows", len(want), len(rows)); billed < 100 || invalid < 1000 {
					t.Fatalf("%d billed, %d invalid of %d: too few of either", billed, invalid, len(rows))
				}
				is(t, "billed for the workbook", c.run("people.xlsx", "sheet.xlsx", first...), 0)
				is(t, "billed for the old CSV", c.run("people.xlsx", "old.csv", append(first, "--output-encoding", "gb18030")...), 0)
				tab := zh.of(text{toDo, ""})
				if l == en {
					tab = "To do"
				}
				for _, form := range []struct{ what, input, sheet string }{
					{"the sheet", "sheet.xlsx", ""}, {"the to-do sheet", "sheet.xlsx", tab}, {"the CSV", "sheet.csv", ""}, {"the CSV in GB18030", "old.csv", ""},
				} {
					args := []string{"--lang", string(l)}
					if form.sheet != "" {
						args = append(args, "--sheet", form.sheet)
					}
					c.wantNoCall(form.what, form.input, "again.csv", args...)
					c.wantNoCall(form.what+", twice", "again.csv", "again2.csv", "--lang", string(l))
					got := statuses(t, c.path("again2.csv"))
					if form.sheet != "" {
						is(t, "rows to do", len(got), invalid)
						continue
					}
					if mask {
						continue // nothing in it is whole
					}
					for i := range want {
						if got[i] != want[i] {
							t.Errorf("%s: row %d is %s and was %s: %v", form.what, i+2, got[i], want[i], rows[i][:3])
						}
					}
				}
				c.nobodyTwice()
			})
		}
	}
}

// TestEarlierSheetsAreUnderstood: what an earlier program wrote stands in people's folders. A text that is changed must
// still be found in its old words, else sheets with it lose their memory.
func TestEarlierSheetsAreUnderstood(t *testing.T) {
	for _, c := range []struct {
		column person.Column
		code   person.Code
		zh, en string
	}{
		{person.Name, person.CellDate, "姓名单元格是日期格式，请改成文本格式后重新填写", "the name cell is a date: format it as text and retype it"},
		{person.Mobile, person.CellDate, "手机号单元格是日期格式，请改成文本格式后重新填写", "the mobile cell is a date: format it as text and retype it"},
		{person.IDCard, person.CellDate, "身份证号单元格是日期格式，请改成文本格式后重新填写", "the ID number cell is a date: format it as text and retype it"},
		{person.Name, person.CellBool, "姓名单元格是逻辑值（TRUE/FALSE），请重新填写", "the name cell is TRUE or FALSE: retype it"},
		{person.Mobile, person.CellBool, "手机号单元格是逻辑值（TRUE/FALSE），请重新填写", "the mobile cell is TRUE or FALSE: retype it"},
		{person.IDCard, person.CellBool, "身份证号单元格是逻辑值（TRUE/FALSE），请重新填写", "the ID number cell is TRUE or FALSE: retype it"},
		{person.Name, person.CellError, "姓名单元格是公式错误值（如 #N/A），请修正公式或直接填写", "the name cell is a formula's error such as #N/A: mend the formula or type the value"},
		{person.Mobile, person.CellError, "手机号单元格是公式错误值（如 #N/A），请修正公式或直接填写", "the mobile cell is a formula's error such as #N/A: mend the formula or type the value"},
		{person.IDCard, person.CellError, "身份证号单元格是公式错误值（如 #N/A），请修正公式或直接填写", "the ID number cell is a formula's error such as #N/A: mend the formula or type the value"},
		{person.Name, person.CellFormula, "姓名单元格是公式，但没有保存计算结果，请用 Excel 打开并保存，或粘贴为数值", "the name cell is a formula without a saved value: open and save it in Excel, or paste it as a value"},
		{person.Mobile, person.CellFormula, "手机号单元格是公式，但没有保存计算结果，请用 Excel 打开并保存，或粘贴为数值", "the mobile cell is a formula without a saved value: open and save it in Excel, or paste it as a value"},
		{person.IDCard, person.CellFormula, "身份证号单元格是公式，但没有保存计算结果，请用 Excel 打开并保存，或粘贴为数值", "the ID number cell is a formula without a saved value: open and save it in Excel, or paste it as a value"},
		{person.Name, person.CellNumber, "姓名单元格是数字，请填写姓名", "the name cell is a number: fill in the name"},
		{person.Mobile, person.Scientific, "手机号已变成科学计数法（如 1.38E+10），数字已丢失，请改成文本格式后从原始资料重新填写", "mobile was turned into scientific notation and has lost digits: format the cell as text and retype it from the source"},
		{person.IDCard, person.Scientific, "身份证号已变成科学计数法（如 1.38E+10），数字已丢失，请改成文本格式后从原始资料重新填写", "ID number was turned into scientific notation and has lost digits: format the cell as text and retype it from the source"},
		{person.Mobile, person.MobileCharacters, "手机号里有数字以外的字符，请只填 11 位数字", "the mobile number has characters that are not digits: fill in the 11 digits only"},
		{person.Mobile, person.MobileRounded, "手机号后面全是 0，像是被 Excel 取整了，请改成文本格式后重新填写", "the mobile number ends in zeros only, as if Excel had rounded it: format the cell as text and retype it"},
		{person.IDCard, person.IDRounded, "身份证号末尾是 000 且校验不通过，像是被 Excel 取整了，请改成文本格式后从原始资料重新填写", "the ID number ends in 000 and its check digit is wrong, as if Excel had rounded it: format the cell as text and retype it from the source"},
		{person.IDCard, person.IDNumberCell, "身份证号存成了数字，Excel 已丢失最后几位，请改成文本格式后从原始资料重新填写", "the ID number was stored as a number and Excel has lost its last digits: format the cell as text and retype it from the source"},
	} {
		f := person.Finding{Column: c.column, Code: c.code}
		for _, l := range []struct {
			lang              lang
			status, note, end string
			header            [9]string
		}{
			{zh, "信息有误", "原第 7 行；已去掉姓名中的空格或不可见字符；" + c.zh, "；身份证号校验位不对，至少有一位输错了，请核对", [9]string{"核验状态", "核验结果", "结果描述", "运营商", "是否计费", "流水号", "结果来源", "核验时间", "核验备注"}},
			{en, "invalid", "row 7; spaces or invisible characters were removed from the name; " + c.en, "; the ID number's check digit is wrong, so at least one digit is: check it", [9]string{"status", "result", "resultDesc", "mobileChannel", "isFee", "seqNo", "source", "checkedAt", "checkNote"}},
		} {
			said := func(row reader.Row, f person.Finding) bool {
				of := saidIn(l.header[:])(row)
				return of != nil && of(f)
			}
			row := func(status, note string) reader.Row {
				cells := make([]reader.Cell, 9)
				cells[columnStatus].Text, cells[columnNote].Text = status, note
				return reader.Row{Line: 2, Cells: cells}
			}
			if !said(row(l.status, l.note), f) || !said(row(l.status, l.note+l.end), f) {
				t.Errorf("%s of %s is not found in the words of earlier sheets (%s)", c.code, c.column, l.lang)
			}
			if !said(row("", l.note), f) || !said(row(" "+l.status, l.note), f) {
				t.Errorf("%s of %s is forgotten once somebody touches the status (%s)", c.code, c.column, l.lang)
			}
			if said(row("需付费核验", l.note), f) || said(row("pending", l.note), f) {
				t.Errorf("%s of %s is found in a row that was not invalid (%s)", c.code, c.column, l.lang)
			}
			if said(row(l.status, ""), f) || said(row(l.status, l.end), f) || said(row("match", l.note), f) {
				t.Errorf("%s of %s is found where nobody said it (%s)", c.code, c.column, l.lang)
			}
		}
	}
	if saidIn([]string{"姓名", "手机号", "身份证号", "核验备注"}) != nil {
		t.Error("a list that is not ours has a memory")
	}
}

// TestTheNotesOfInputAreNotReadInOutput: INPUT is a sheet of ours, and OUTPUT is one with fewer columns in which somebody was
// answered whose mobile looks rounded. Where its verdicts are looked up, INPUT's notes have nothing to say.
func TestTheNotesOfInputAreNotReadInOutput(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	wide := append(slices.Clone(peopleHeader), "一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")
	name, mobile, id := somebody(1)
	rounded := []raw{rawText("王芳"), rawText("15400000000"), rawText(id)}
	rawBook(t, c.path("narrow.xlsx"), peopleHeader[:3], [][]raw{rounded})
	is(t, "people billed for the narrow list", c.run("narrow.xlsx", "sheet.xlsx"), 1)
	rawBook(t, c.path("wide.xlsx"), wide, [][]raw{{rawText(name), rawNumber("15400000000"), rawText(id), rawText("remark")}})
	is(t, "people billed for the wide list", c.run("wide.xlsx", "wide.checked.xlsx"), 0)
	corrected := rowsOf(t, c.path("wide.checked.xlsx"), toDo)
	corrected[1][1] = mobile
	asCSV(t, c.path("corrected.csv"), corrected)
	is(t, "people billed for the correction", c.run("corrected.csv", "sheet.xlsx"), 1)
	c.nobodyTwice()
}

// TestNumbersComeBackAsDigits: in the three columns, in every sheet; numbers in other columns as they are.
func TestNumbersComeBackAsDigits(t *testing.T) {
	t.Parallel()
	c := openCounter(t)
	var rows [][]raw
	var want [][3]string
	add := func(column int, stored, digits string) {
		name, mobile, id := somebody(len(rows))
		row := []raw{rawText(name), rawText(mobile), rawText(id), rawNumber(stored)}
		row[column] = rawNumber(stored)
		w := [3]string{name, mobile, id}
		w[column] = digits
		rows, want = append(rows, row), append(want, w)
	}
	for _, n := range [][2]string{
		{"1.5400138009E10", "15400138009"}, {"1.5400138010E+10", "15400138010"}, {"15400138011.0", "15400138011"}, {"15400138012.000", "15400138012"}, {"15400138013", "15400138013"},
		{"1.54E10", "15400000000"}, {"15400138014.5", "15400138014.5"}, {"42.0", "42"}, {"-42.0", "-42"}, {"1.10101199003070E+17", "110101199003070000"}, {"110101199003070000", "110101199003070000"},
		{"110101199003071234", "110101199003071000"}, {"1.1010119900307123E17", "110101199003071000"}, {"110101199003071999", "110101199003072000"}, {"911101199003071234.0", "911101199003071000"},
		{"110101199003071", "110101199003071"}, {"1.5E-3", "1.5E-3"},
	} {
		for column := range 3 {
			add(column, n[0], n[1])
		}
	}
	rawBook(t, c.path("people.xlsx"), peopleHeader, rows)
	c.run("people.xlsx", "sheet.xlsx")
	c.run("people.xlsx", "sheet.csv")
	todo := map[string]bool{}
	for _, row := range rowsOf(t, c.path("sheet.xlsx"), toDo)[1:] {
		todo[strings.Join(row[:3], ",")] = true
	}
	listed := 0
	for i, got := range rowsOf(t, c.path("sheet.xlsx"), "核验结果")[1:] {
		if line := strings.Join(want[i][:], ","); strings.Join(got[:3], ",") != line {
			t.Errorf("row %d of the workbook: %q, want %q", i+2, got[:3], line)
		} else if todo[line] {
			listed++
		}
	}
	is(t, "rows to do that look the same there", listed, len(todo))
	for i, got := range readRows(t, c.path("sheet.csv"))[1:] {
		if strings.Join(got[:3], ",") != strings.Join(want[i][:], ",") {
			t.Errorf("row %d of the CSV: %q, want %q", i+2, got[:3], want[i])
		}
		if other := strings.TrimSuffix(strings.TrimPrefix(rows[i][3].content, "<v>"), "</v>"); got[3] != other {
			t.Errorf("row %d: a number in another column is %q, and was %q", i+2, got[3], other)
		}
	}
}
