package writer

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

func layoutOf(columns int) Layout {
	l := Layout{Lang: "zh", Sheet: "核验结果", TodoSheet: "待处理", SummarySheet: "汇总", Status: -1, Note: -1}
	for i := range columns {
		l.Header = append(l.Header, fmt.Sprintf("列%d", i+1))
	}
	return l
}

func texts(line int, s ...string) Row {
	r := Row{Line: line}
	for _, c := range s {
		r.Cells = append(r.Cells, Cell{Kind: Text, Text: c})
	}
	return r
}

// written makes a file of rows in a new folder and returns its path.
func written(t testing.TB, ext string, l Layout, lim limits, sum Summary, rows []Row) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "名单.checked"+ext)
	s, err := create(path, l, Options{}, System, lim)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Discard()
	for _, r := range rows {
		if err := s.Append(r); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Commit(sum)
	if err != nil {
		t.Fatal(err)
	}
	if got != path {
		t.Fatalf("Commit says %s, want %s", got, path)
	}
	alone(t, path)
	return path
}

// alone checks that path is all there is in its folder, and private.
func alone(t testing.TB, path string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 || entries[0].Name() != filepath.Base(path) {
		t.Fatalf("the folder holds %v, want only %s", entries, filepath.Base(path))
	}
	private(t, path)
}

// sheet reads all of a sheet with the other program's eyes, trailing empty
// cells filled up to the width.
func sheet(t testing.TB, path, name string, width int) [][]string {
	t.Helper()
	f, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows(name, excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		for len(rows[i]) < width {
			rows[i] = append(rows[i], "")
		}
	}
	return rows
}

func csvRecords(t testing.TB, path string) [][]string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data, ok := bytes.CutPrefix(data, []byte("\xEF\xBB\xBF"))
	if !ok {
		t.Fatal("no byte order mark")
	}
	records, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	exact := splitCSV(string(data))
	if len(exact) != len(records) {
		t.Fatalf("encoding/csv sees %d records, there are %d", len(records), len(exact))
	}
	for _, r := range exact {
		for i := range r {
			r[i] = Unescape(r[i])
		}
	}
	return exact
}

// splitCSV reads to the byte, where encoding/csv would turn CRLF inside a cell
// into LF.
func splitCSV(s string) (records [][]string) {
	var record []string
	var field strings.Builder
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"' && quoted && i+1 < len(s) && s[i+1] == '"':
			field.WriteByte('"')
			i++
		case s[i] == '"':
			quoted = !quoted
		case !quoted && (s[i] == ',' || strings.HasPrefix(s[i:], "\r\n")):
			record = append(record, field.String())
			field.Reset()
			if s[i] == '\r' {
				records, record = append(records, record), nil
				i++
			}
		default:
			field.WriteByte(s[i])
		}
	}
	return records
}

func randomRows(n, width int) (rows []Row, want [][]string) {
	rnd := rand.New(rand.NewPCG(5, 6))
	for i := range n {
		r := Row{Line: i + 2, Todo: i%7 == 0, Tone: Tone(rnd.IntN(int(tones)))}
		var w []string
		for range width - 1 {
			s := randomText(rnd, 9)
			r.Cells = append(r.Cells, Cell{Kind: Kind(rnd.IntN(2)), Text: s})
			w = append(w, s)
		}
		// A last cell that is never empty keeps rows from being dropped by readers.
		r.Cells = append(r.Cells, Cell{Kind: Text, Text: "末"})
		rows, want = append(rows, r), append(want, append(w, "末"))
	}
	return rows, want
}

func TestXLSXGivesEveryTextBack(t *testing.T) {
	const width = 6
	rows, want := randomRows(5_000, width)
	l := layoutOf(width)
	l.Header[0], l.Header[1] = "=_x0041_x0042_", "\x02 列\n"
	l.Text = []int{0, 3}
	path := written(t, ".xlsx", l, excelLimits, Summary{}, rows)
	got := sheet(t, path, "核验结果", width)
	compare(t, got, append([][]string{l.Header}, want...))

	todo := [][]string{l.Header}
	for i, r := range rows {
		if r.Todo {
			todo = append(todo, want[i])
		}
	}
	compare(t, sheet(t, path, "待处理", width), todo)
	if xml := entry(t, path, "xl/worksheets/sheet1.xml"); bytes.Contains(xml, []byte("<f>")) || bytes.Contains(xml, []byte("<f ")) {
		t.Error("a formula cell")
	} else if bytes.Contains(xml, []byte(marker)) {
		t.Error("a marker stayed in the sheet")
	}
}

func TestCSVGivesEveryTextBack(t *testing.T) {
	const width = 6
	rows, want := randomRows(5_000, width)
	l := layoutOf(width)
	l.Header[0] = "=1+1"
	path := written(t, ".csv", l, excelLimits, Summary{}, rows)
	compare(t, csvRecords(t, path), append([][]string{l.Header}, want...))
}

func compare(t testing.TB, got, want [][]string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d rows, want %d", len(got), len(want))
	}
	for i := range want {
		if !slices.Equal(got[i], want[i]) {
			t.Fatalf("row %d:\n got %q\nwant %q", i+1, got[i], want[i])
		}
	}
}

func TestCSVBytes(t *testing.T) {
	l := layoutOf(3)
	path := written(t, ".CSV", l, excelLimits, Summary{Title: "nowhere"}, []Row{
		{Line: 2, Cells: []Cell{{Kind: Number, Text: "-1.5"}, {Kind: Text, Text: "-1.5"}, {Kind: Text, Text: "a\r\nb\rc\nd"}}},
		{Line: 3, Cells: []Cell{{Kind: Date, Text: "2024-01-02"}, {Kind: Bool, Text: "TRUE"}}},
		{Line: 4, Cells: []Cell{{Kind: Formula, Text: "=A1"}, {Kind: Number, Text: "=A1"}, {Kind: Error, Text: "#N/A"}}},
		{Line: 5},
	})
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := "\uFEFF列1,列2,列3\r\n-1.5,'-1.5,\"a\r\nb\rc\nd\"\r\n2024-01-02,TRUE,\r\n'=A1,'=A1,#N/A\r\n,,\r\n"
	if string(got) != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestCSVOneColumnKeepsEmptyRows(t *testing.T) {
	path := written(t, ".csv", layoutOf(1), excelLimits, Summary{}, []Row{texts(2, "甲"), {Line: 3}, texts(4, "乙")})
	compare(t, csvRecords(t, path), [][]string{{"列1"}, {"甲"}, {""}, {"乙"}})
}

func TestRefusedCells(t *testing.T) {
	long := strings.Repeat("长", maxUnits)
	astral := strings.Repeat("𠮷", maxUnits/2)
	control := strings.Repeat("\x01", maxUnits/7)
	for _, c := range []struct {
		name   string
		ext    string
		row    Row
		column int
		ok     bool
	}{
		{"fits", ".xlsx", texts(7, "a", long), 0, true},
		{"one too long", ".xlsx", texts(7, "a", long+"a"), 1, false},
		{"surrogates count twice", ".xlsx", texts(7, astral+"ab"), 0, false},
		{"surrogates that fit", ".xlsx", texts(7, astral+"a"), 0, true},
		{"escapes count in full", ".xlsx", texts(7, control+"\x01"), 0, false},
		{"escapes that fit", ".xlsx", texts(7, control), 0, true},
		{"no limit in csv", ".csv", texts(7, long+long), 0, true},
		{"not utf-8", ".xlsx", texts(7, "", "a\xff"), 1, false},
		{"not utf-8 in csv", ".csv", texts(7, "a\xff"), 0, false},
		{"too many cells", ".xlsx", texts(7, "a", "b", "c"), -1, false},
		{"too many cells in csv", ".csv", texts(7, "a", "b", "c"), -1, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a"+c.ext)
			s, err := Create(path, layoutOf(2), Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Discard()
			err = s.Append(c.row)
			if checked := Check(path, Options{}, 2, c.row); fmt.Sprint(checked) != fmt.Sprint(err) {
				t.Errorf("Check says %v, Append %v", checked, err)
			}
			if c.ok {
				if err != nil {
					t.Fatal(err)
				}
				if _, err := s.Commit(Summary{}); err != nil {
					t.Fatal(err)
				}
				return
			}
			var cell *CellError
			if !errors.As(err, &cell) {
				t.Fatalf("error %v, want a CellError", err)
			}
			if cell.Line != 7 || cell.Column != c.column || cell.File != path {
				t.Errorf("it points at %+v", cell)
			}
			if strings.Contains(err.Error(), "a\xff") || strings.ContainsAny(err.Error(), "长𠮷") || len(err.Error()) > len(path)+200 {
				t.Errorf("the error carries the value: %q", err)
			}
			if again := s.Append(texts(8, "a")); again != err {
				t.Errorf("the next Append says %v", again)
			}
			if at, again := s.Commit(Summary{}); again != err || at != "" {
				t.Errorf("Commit says %q, %v", at, again)
			}
			empty(t, filepath.Dir(path))
		})
	}
}

func TestLongTextsComeBack(t *testing.T) {
	want := []string{strings.Repeat("长", maxUnits), strings.Repeat("𠮷", maxUnits/2), strings.Repeat("\x01", maxUnits/7), strings.Repeat("_x0041_", 2000)}
	path := written(t, ".xlsx", layoutOf(4), excelLimits, Summary{}, []Row{texts(2, want...)})
	compare(t, sheet(t, path, "核验结果", 4)[1:], [][]string{want})
}

func TestCreateRefuses(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "folder.csv"), 0o700); err != nil {
		t.Fatal(err)
	}
	bad := layoutOf(2)
	bad.Header[1] = "\xff"
	wide := layoutOf(maxColumns + 1)
	for _, c := range []struct {
		name, path string
		layout     Layout
		is         error
	}{
		{"old excel", "a.xls", layoutOf(1), ErrFormat},
		{"no extension", "csv", layoutOf(1), ErrFormat},
		{"missing folder", "none/a.csv", layoutOf(1), os.ErrNotExist},
		{"a folder", "folder.csv", layoutOf(1), nil},
		{"no columns", "a.csv", Layout{}, nil},
		{"bad header", "a.csv", bad, nil},
		{"too wide", "a.xlsx", wide, nil},
	} {
		path := filepath.Join(dir, c.path)
		s, err := Create(path, c.layout, Options{})
		if err == nil {
			s.Discard()
			t.Errorf("%s: created", c.name)
			continue
		}
		if c.is != nil && !errors.Is(err, c.is) {
			t.Errorf("%s: %v, want %v", c.name, err, c.is)
		}
		if !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %q does not name the path", c.name, err)
		}
	}
	if err := os.Remove(filepath.Join(dir, "folder.csv")); err != nil {
		t.Fatal(err)
	}
	empty(t, dir)
}

func empty(t testing.TB, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) > 0 {
		t.Errorf("left behind: %v", entries)
	}
}
