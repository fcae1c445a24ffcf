// Package reader turns a spreadsheet's bytes into rows: CSV in any of the encodings that people really send, and XLSX.
// It knows nothing of persons: what a cell's text looks like is told by a function it is handed.
//
// It is strict. It never yields fewer rows than the file holds and never a cell that differs from the file's. Whatever is
// damaged, ambiguous or unknown ends in an *Error that names the place and what to do, and never holds a cell's value.
//
//	Open   what kind of file it is (sniff.go), then its container (archive.go, opc.go, workbook.go, xlsx.go) or its encoding
//	       (encoding.go, score.go), then the sheet, the header row and the columns (header.go, columns.go, content.go)
//	Rows   a cursor over the records (csv.go behind guard.go; sheet.go and cells.go on xml.go), filled up to the header's width (rows.go)
//
// Apart from the row in hand only a workbook's shared strings (sharedstrings.go) and styles (styles.go) are in memory.
package reader

import (
	"slices"
	"strconv"
	"sync"
)

// Kind is what the file says of a cell.
type Kind uint8

// ErrorValue stands where person and writer say Error: here that name is the error type's.
const (
	Empty      Kind = iota
	Text            // every cell of a CSV that is not empty; a workbook's text cells
	Number          // Text holds the digits as the file stores them
	Date            // Text is 2006-01-02, 2006-01-02 15:04:05, 15:04:05, or hours:minutes:seconds of a duration
	Bool            // Text is TRUE or FALSE
	ErrorValue      // Text is an error value such as #N/A
	Formula         // a formula whose result was not saved; Text is empty
)

// Cell is one cell. The zero value is an empty one.
type Cell struct {
	Kind   Kind
	Format uint16 // place in Table.Formats of how the sheet shows a Number or Date; 0: as it is
	Text   string
}

// Row is one row below the header. Its cells are padded to the header's width and belong to the receiver.
type Row struct {
	Line  int // as a spreadsheet numbers its rows; for CSV the physical line on which the record starts; from 1
	Cells []Cell
}

// Options say what to look for. The zero value finds sheet, header, columns and encoding by itself.
type Options struct {
	Sheet     string            // a worksheet's name, else its place among the visible tabs, from 1
	HeaderRow int               // as in Row.Line; 0 finds it
	NoHeader  bool              // the list begins with its first row
	Columns   map[string]string // "name", "mobile", "idCard" to a header's text, else to a column letter
	Encoding  string            // of a CSV: "" or "auto", utf-8, gb18030, gbk, utf-16, utf-16le, utf-16be

	// Password opens an encrypted workbook. It must not be printed.
	Password string

	// Looks tells which field, if any, a cell's text looks like. It serves hints and keeps persons from being taken for a
	// header. It may be nil.
	Looks func(text string) (field string, ok bool)

	// AnyColumns takes the first row that is not empty for the header and looks for no columns.
	AnyColumns bool
}

// The fields that are looked for unless Options.AnyColumns is set.
var fields = []string{"name", "mobile", "idCard"}

// Table is an open file whose header is known. Its methods may be called from several goroutines.
type Table struct {
	file     *input
	source   source
	format   string
	sheet    string
	encoding string
	header   header
	widths   []float64
	formats  []string

	mu    sync.Mutex
	notes []Note
	whole bool // a pass has seen all of the file
}

// source starts a new reading of the records, header included.
type source interface {
	open() cursor
}

// cursor yields the records that hold something, in order, then io.EOF once the whole of it has been checked.
type cursor interface {
	next(*record) error
	close() error
}

// record is one row with only its cells that hold something. It is reused by next.
type record struct {
	line   int // of its first physical line
	last   int // of its last physical line
	fields int // in a CSV's record, the empty ones at its end included: Excel fills lines up with commas
	width  int // up to its last cell that holds something
	cells  []placed

	hidden bool // by a filter, or by hand
}

type placed struct {
	column int
	Cell
}

// Open checks what kind of file path is, checks its container, and finds sheet, header and columns. The errors are *Error.
// The caller closes the table. A chosen worksheet or a CSV is checked to its end by the first pass over Rows, not by Open.
func Open(path string, o Options) (*Table, error) {
	file, err := openInput(path)
	if err != nil {
		return nil, err
	}
	t, err := open(file, o)
	if err != nil {
		file.Close()
		return nil, locate(err, Error{File: file.name})
	}
	return t, nil
}

func open(file *input, o Options) (*Table, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	format, err := sniff(file)
	if err == nil && format == formatEncrypted {
		if err = file.unlock(o.Password); err == nil {
			format, err = sniff(file)
		}
	}
	if err != nil {
		return nil, err
	}
	if format == formatXLSX {
		return openWorkbook(file, o)
	}
	return openCSV(file, o)
}

func (o Options) check() error {
	if o.HeaderRow < 0 {
		return &Error{Problem: "the header's row number is negative", Do: "give --header-row a number from 1"}
	}
	for field := range o.Columns {
		if field != "name" && field != "mobile" && field != "idCard" {
			return &Error{Problem: "a column is given for an unknown field", Do: "use --column with name, mobile or idCard"}
		}
	}
	return nil
}

// Close closes the file. Rows must not be used afterwards.
func (t *Table) Close() error { return t.file.Close() }

// Format is "csv" or "xlsx".
func (t *Table) Format() string { return t.format }

// Sheet is the worksheet's name, "" for a CSV.
func (t *Table) Sheet() string { return t.sheet }

// Encoding is what a CSV was decoded from: "utf-8", "gb18030", "utf-16le" or "utf-16be". It is "" for a workbook.
func (t *Table) Encoding() string { return t.encoding }

// Header holds the header's texts, "" where a column has none. It must not be changed.
func (t *Table) Header() []string { return t.header.texts }

// HeaderWord is a column's header if it is one for certain, "" if it might be somebody's data.
func (t *Table) HeaderWord(column int) string { return headerRow{texts: t.header.texts}.quote(column) }

// HeaderLine is the header's row, as in Row.Line; 0 if the list has none. Then Header holds made-up texts.
func (t *Table) HeaderLine() int { return t.header.line }

// Column is the place, from 0, of "name", "mobile" or "idCard" in the header, or -1 if it was not looked for.
func (t *Table) Column(field string) int {
	if i, ok := t.header.columns[field]; ok {
		return i
	}
	return -1
}

// Choices say which columns serve the three fields, and why. They must not be changed.
func (t *Table) Choices() []Choice { return t.header.choices }

// Notes are what a person should know about how the file was read. What only a whole reading tells, of hidden rows and
// merged cells, is among them after the first pass over Rows that ended without an error.
func (t *Table) Notes() []Note {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.notes)
}

// learn adds the notes that a whole reading tells, once.
func (t *Table) learn(notes []Note) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.whole {
		t.whole, t.notes = true, append(t.notes, notes...)
	}
}

// Widths are the header's column widths in characters, 0 where the sheet says none; nil if it says none at all.
func (t *Table) Widths() []float64 { return t.widths }

// Formats are the number formats that cells refer to, as a workbook writes them, such as yyyy"年"m"月"d"日" or 0.00%; the
// first is "". nil for a CSV. They must not be changed.
func (t *Table) Formats() []string { return t.formats }

// ColumnLetter is a column's letters as a spreadsheet shows them: 0 is "A", 16383 is "XFD".
func ColumnLetter(i int) string {
	if i < 0 {
		return strconv.Itoa(i)
	}
	var b [16]byte
	n := len(b)
	for i++; i > 0; i = (i - 1) / 26 {
		n--
		b[n] = byte('A' + (i-1)%26)
	}
	return string(b[n:])
}

// columnIndex reads letters A to XFD, upper or lower case.
func columnIndex(letters string) (int, bool) {
	if len(letters) == 0 || len(letters) > 3 {
		return 0, false
	}
	n := 0
	for i := 0; i < len(letters); i++ {
		c := letters[i] &^ 0x20
		if c < 'A' || c > 'Z' {
			return 0, false
		}
		n = n*26 + int(c-'A') + 1
	}
	return n - 1, n <= maxColumns
}
