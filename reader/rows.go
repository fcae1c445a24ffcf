package reader

import (
	"errors"
	"fmt"
	"io"
	"iter"
)

// maxGap bounds the wholly empty rows between two rows with content. More is a stray cell far below the list.
const maxGap = 10_000

// lookEvery: after so many rows a pass looks whether the file is still the one that was opened. Its rows may be paid for
// as they come: at the end is too late.
const lookEvery = 2048

// Rows reads the rows below the header, from the start at each call. An error, always an *Error, comes with a zero Row and
// ends it. Rows that are wholly empty are yielded where a row with content follows, so that every line has its row; those at
// the end are not. Only a pass that ends without an error has seen the whole file.
func (t *Table) Rows() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		if changed := t.file.unchanged(); changed != nil {
			yield(Row{}, locate(changed, Error{File: t.file.name, Sheet: t.sheet}))
			return
		}
		p := pass{table: t, cursor: t.source.open(), last: t.header.last}
		defer p.cursor.close()
		err := p.run(yield)
		if err == nil || errors.Is(err, errStopped) {
			return
		}
		if changed := t.file.unchanged(); changed != nil {
			err = changed
		}
		if err == io.EOF {
			t.learn(p.notes())
			return
		}
		yield(Row{}, locate(err, Error{File: t.file.name, Sheet: t.sheet}))
	}
}

// errStopped says that the receiver wants no more.
var errStopped = errors.New("stopped")

// pass is one reading of a table's rows.
type pass struct {
	table   *Table
	cursor  cursor
	records int
	last    int    // last line that has been yielded
	hidden  int    // rows
	arena   []Cell // what is left of the last allocation; rows are cut from it
}

func (p *pass) run(yield func(Row, error) bool) error {
	var rec record
	width := len(p.table.header.texts)
	for {
		if err := p.cursor.next(&rec); err != nil {
			return err
		}
		if p.records++; p.records%lookEvery == 0 {
			if err := p.table.file.unchanged(); err != nil {
				return err
			}
		}
		if rec.line <= p.table.header.line {
			continue
		}
		if rec.width > width {
			return p.table.tooWide(&rec)
		}
		if rec.line-p.last-1 > maxGap {
			return &Error{Row: p.last, Problem: fmt.Sprintf("%d empty rows follow, until row %d", rec.line-p.last-1, rec.line), Do: "delete the empty rows"}
		}
		for line := p.last + 1; line < rec.line; line++ {
			if !yield(Row{Line: line, Cells: p.cells(width)}, nil) {
				return errStopped
			}
		}
		cells := p.cells(width)
		for _, c := range rec.cells {
			cells[c.column] = c.Cell
		}
		p.last = rec.last
		if rec.hidden {
			p.hidden++
		}
		if !yield(Row{Line: rec.line, Cells: cells}, nil) {
			return errStopped
		}
	}
}

// notes are what a whole reading of a worksheet tells.
func (p *pass) notes() (notes []Note) {
	c, ok := p.cursor.(*sheetCursor)
	if !ok {
		return nil
	}
	if p.hidden > 0 {
		notes = append(notes, Note{Code: HiddenRows, Count: p.hidden})
	}
	width := len(p.table.header.texts)
	columns := make([]bool, width)
	mark := func(left, right int) {
		for i := left; i <= min(right, width-1); i++ {
			columns[i] = true
		}
	}
	for _, h := range c.hidden {
		mark(h.first, h.last)
	}
	if names := lettersOf(columns); len(names) > 0 {
		notes = append(notes, Note{Code: HiddenColumns, Names: names})
	}
	clear(columns)
	count := 0
	for _, m := range c.merged {
		if m.bottom > p.table.header.line && m.left < width {
			count++
			mark(m.left, m.right)
		}
	}
	if count > 0 {
		notes = append(notes, Note{Code: MergedCells, Count: count, Names: lettersOf(columns)})
	}
	return notes
}

func lettersOf(columns []bool) (letters []string) {
	for i, is := range columns {
		if is {
			letters = append(letters, ColumnLetter(i))
		}
	}
	return letters
}

// cells cuts a row's cells from the arena. Capacity ends with the row, so that an append can't reach its neighbour.
func (p *pass) cells(width int) []Cell {
	if len(p.arena) < width {
		p.arena = make([]Cell, max(width, min(64*width, 512)))
	}
	row := p.arena[:width:width]
	p.arena = p.arena[width:]
	return row
}

func (t *Table) tooWide(rec *record) error {
	width := len(t.header.texts)
	if t.format == formatCSV {
		return &Error{Row: rec.line, Column: ColumnLetter(width),
			Problem: fmt.Sprintf("the row has %d fields, the header only %d", rec.fields, width),
			Do:      "put the field that holds a comma in double quotes, or give the column a header"}
	}
	column := width
	for _, c := range rec.cells {
		if c.column >= width {
			column = c.column
			break
		}
	}
	return &Error{Row: rec.line, Column: ColumnLetter(column), Problem: "a cell stands right of the last header", Do: "give the column a header or clear it"}
}
