package writer

import (
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// TestFormats: a number is shown in the format that it came with, in every sheet, and what a spreadsheet would choke on
// is shown as usual.
func TestFormats(t *testing.T) {
	l := layoutOf(1)
	l.Text = nil
	l.Formats = []string{"", "000000", `yyyy"年"m"月"d"日"`, "0.00%", "mm-dd-yy", "[h]:mm", "General", "@", `0"`, "[Red", strings.Repeat("0", 256), `0\`}
	cells := []struct {
		in    Cell
		shown string
	}{
		{Cell{Kind: Number, Text: "17", Format: 1}, "000017"},
		{Cell{Kind: Date, Text: "2024-03-05", Format: 2}, "2024年3月5日"},
		{Cell{Kind: Date, Text: "2024-03-05"}, "2024-03-05"},
		{Cell{Kind: Number, Text: "0.255", Format: 3}, "25.50%"},
		{Cell{Kind: Date, Text: "2024-03-05", Format: 4}, "03-05-24"},
		{Cell{Kind: Date, Text: "30:15:00", Format: 5}, "30:15"},
		{Cell{Kind: Number, Text: "1.5", Format: 6}, "1.5"},
		{Cell{Kind: Number, Text: "123456789012", Format: 7}, "123456789012"},
		{Cell{Kind: Number, Text: "1.5", Format: 8}, "1.5"},
		{Cell{Kind: Number, Text: "1.5", Format: 9}, "1.5"},
		{Cell{Kind: Number, Text: "1.5", Format: 10}, "1.5"},
		{Cell{Kind: Number, Text: "1.5", Format: 11}, "1.5"},
		{Cell{Kind: Number, Text: "1.5", Format: 99}, "1.5"},
		{Cell{Kind: Text, Text: "17", Format: 1}, "17"},
		{Cell{Kind: Number, Text: "110101199003070000", Format: 1}, "110101199003070000"},
	}
	var rows []Row
	for i, c := range cells {
		rows = append(rows, Row{Line: i + 2, Cells: []Cell{c.in}, Todo: true})
	}
	f, err := excelize.OpenFile(written(t, ".xlsx", l, excelLimits, Summary{}, rows))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, sheet := range []string{l.Sheet, l.TodoSheet} {
		got, err := f.GetCols(sheet)
		if err != nil || len(got) != 1 || len(got[0]) != len(cells)+1 {
			t.Fatal(err, got)
		}
		for i, c := range cells {
			if shown := got[0][i+1]; shown != c.shown {
				t.Errorf("%s: %+v with %q shows %q, want %q", sheet, c.in, l.Formats[min(int(c.in.Format), len(l.Formats)-1)], shown, c.shown)
			}
		}
	}
}

// TestMarkedCells: they keep their text whatever their kind, empty ones are there, too, and a frame says it without colour.
func TestMarkedCells(t *testing.T) {
	l := layoutOf(3)
	row := Row{Line: 2, Todo: true, Cells: []Cell{{Kind: Date, Text: "2024-03-05", Mark: true}, {Mark: true}, {Kind: Text, Text: "x"}}}
	f, err := excelize.OpenFile(written(t, ".xlsx", l, excelLimits, Summary{}, []Row{row}))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, sheet := range []string{l.Sheet, l.TodoSheet} {
		for at, framed := range map[string]bool{"A2": true, "B2": true, "C2": false} {
			id, err := f.GetCellStyle(sheet, at)
			if err != nil {
				t.Fatal(err)
			}
			style, err := f.GetStyle(id)
			if err != nil || (len(style.Border) == 4) != framed {
				t.Errorf("%s %s: frame %+v, %v", sheet, at, style.Border, err)
			}
			if framed && style.NumFmt != numText {
				t.Errorf("%s %s can't be typed over as text: format %d", sheet, at, style.NumFmt)
			}
		}
		if v, _ := f.GetCellValue(sheet, "A2"); v != "2024-03-05" {
			t.Errorf("%s: %q", sheet, v)
		}
	}
}

// TestOutOfSight: columns that are nearly always empty in the to-do sheet stand between a cell and its reason there.
func TestOutOfSight(t *testing.T) {
	l := layoutOf(4)
	l.TodoHidden = []int{1, 2}
	f, err := excelize.OpenFile(written(t, ".xlsx", l, excelLimits, Summary{}, []Row{{Line: 2, Todo: true, Cells: texts(2, "a", "b", "c", "d").Cells}}))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for sheet, hides := range map[string]bool{l.Sheet: false, l.TodoSheet: true} {
		for column, within := range map[string]bool{"A": false, "B": true, "C": true, "D": false} {
			if shown, err := f.GetColVisible(sheet, column); err != nil || shown == (hides && within) {
				t.Errorf("%s %s: shown %v, %v", sheet, column, shown, err)
			}
		}
		if v, _ := f.GetCellValue(sheet, "B2"); v != "b" {
			t.Errorf("%s: B2 holds %q", sheet, v)
		}
	}
}
