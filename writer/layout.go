package writer

import (
	"fmt"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// Kind is what a cell holds.
type Kind uint8

const (
	Empty Kind = iota
	Text
	Number
	Date
	Bool
	Error
	Formula // written as text: no formula ever leaves this package
)

// Cell is one cell. Text of a Number is its plain decimal text, of a Date its
// ISO form (2006-01-02, 2006-01-02 15:04:05, 15:04:05), of a Bool TRUE or
// FALSE; text that does not parse as its kind is written as text. An Empty
// cell that has text all the same counts as Text: nothing is left out unseen.
type Cell struct {
	Kind   Kind
	Format uint16 // place in Layout.Formats of how a Number or Date is to be shown; 0: as this package shows it
	Mark   bool   // the cell is what is wrong with the row: it stands out, as text that can be typed over
	Text   string
}

// Tone is how the status of a row looks. Colour only supports the word in the
// cell; Bad and Alarm are bold and Muted is italic, so print shows them too.
type Tone uint8

const (
	Plain Tone = iota
	Good
	Bad
	Muted
	Warn
	Alarm
	tones
)

// Row is one row of the sheet.
type Row struct {
	Line  int // the row's number in the input, for errors; 1 or more
	Cells []Cell
	Tone  Tone
	Todo  bool // the row stands in the to-do sheet as well
}

// Layout is what every sheet of the file has in common. A CSV file uses only
// the header.
type Layout struct {
	Lang                           string // "zh" or "en": the few words of the summary sheet, and the font
	Sheet, TodoSheet, SummarySheet string // made valid and unique; "" for the latter two: no such sheet
	Header                         []string
	Text                           []int     // 0-based columns kept as text, whatever the cell's kind
	Status                         int       // 0-based column whose cell takes the tone; -1: none
	Note                           int       // 0-based column of remarks, wider and quieter; -1: none
	TodoHidden                     []int     // 0-based columns that the to-do sheet keeps out of sight
	Widths                         []float64 // in characters, by column; 0 or missing: from header and first rows
	Formats                        []string  // number formats that cells refer to; the first is not used
}

// Summary is the last sheet of a workbook.
type Summary struct {
	Title string
	Lines []Line
	Chart []Slice // the rows by status; none: no table, no chart
}

// Line is a label and what it says. A line without a value is a heading.
type Line struct {
	Label string
	Value Cell
}

// Slice is one bar of the chart.
type Slice struct {
	Label string
	Count int
	Tone  Tone
}

// limits are what one worksheet and one zip entry can hold; tests lower them.
type limits struct {
	rows  int   // rows of one worksheet, the header included
	zip64 int64 // an entry of this many bytes or more needs 64-bit sizes
}

var excelLimits = limits{rows: 1_048_576, zip64: 1<<32 - 1}

const (
	maxColumns = 16_384
	maxUnits   = 32_767 // UTF-16 units of one cell
)

type fileFormat uint8

const (
	csvText fileFormat = iota
	csvGB18030
	xlsx
)

func format(path string, o Options) (fileFormat, error) {
	switch ext := strings.ToLower(filepath.Ext(path)); {
	case ext == ".csv" && o.Encoding == GB18030:
		return csvGB18030, nil
	case ext == ".csv" && o.Encoding == "":
		return csvText, nil
	case ext == ".xlsx" && o.Encoding == "":
		return xlsx, nil
	case o.Encoding != "":
		return 0, fmt.Errorf("%s: %w", path, ErrEncoding)
	}
	return 0, fmt.Errorf("%s: %w", path, ErrFormat)
}

// Check reports what Append to a sheet at path would refuse about r, without
// writing: so that a cell nothing can hold is known before money is spent.
// header is the number of columns. The error is ErrFormat, ErrEncoding or a *CellError.
func Check(path string, o Options, header int, r Row) error {
	f, err := format(path, o)
	if err != nil {
		return err
	}
	return checkRow(path, f, header, r)
}

func (l Layout) check(path string, f fileFormat) error {
	if len(l.Header) == 0 {
		return &CellError{File: path, Column: -1, Problem: "there are no columns"}
	}
	if f == xlsx && len(l.Header) > maxColumns {
		return &CellError{File: path, Column: -1,
			Problem: fmt.Sprintf("%d columns are more than a worksheet's %d; write a .csv file", len(l.Header), maxColumns)}
	}
	for i, h := range l.Header {
		if p := cellProblem(f, h); p != "" {
			return &CellError{File: path, Column: i, Problem: p}
		}
	}
	return nil
}

func checkRow(path string, f fileFormat, header int, r Row) error {
	if len(r.Cells) > header {
		return &CellError{File: path, Line: r.Line, Column: -1,
			Problem: fmt.Sprintf("%d cells, but the header has %d", len(r.Cells), header)}
	}
	for i, c := range r.Cells {
		if p := cellProblem(f, c.Text); p != "" {
			return &CellError{File: path, Line: r.Line, Column: i, Problem: p}
		}
	}
	return nil
}

func cellProblem(f fileFormat, s string) string {
	if !utf8.ValidString(s) {
		return "the text is not valid utf-8; correct the cell in the input"
	}
	if f == csvGB18030 && strings.ContainsFunc(s, localFont) {
		return "a character of a local font (private use area) has no certain place in GB18030; leave --output-encoding out, or write an .xlsx file"
	}
	// A unit takes at least one byte, an escape seven of them at most.
	if f == xlsx && len(s) > maxUnits/7 && units(encode(s)) > maxUnits {
		return fmt.Sprintf("the text is longer than a cell's %d characters; shorten it, or write a .csv file", maxUnits)
	}
	return ""
}

// localFont: programs do not agree on where these stand in GB18030.
func localFont(r rune) bool { return r >= 0xE000 && r <= 0xF8FF }

// units is the length of s as a spreadsheet counts it, in UTF-16.
func units(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xFFFF {
			n++
		}
	}
	return n
}
