package reader

import (
	"io"
	"strconv"
	"strings"
)

// The size of a worksheet.
const (
	maxRows    = 1_048_576
	maxColumns = 16_384
)

func (s *sheet) open() cursor { return &sheetCursor{sheet: s} }

// sheetCursor streams a worksheet. It never goes back, and holds one row.
type sheetCursor struct {
	sheet *sheet
	part  *part
	x     *xmlReader
	err   error // sticky

	inData, sawData bool
	row             int // the last one that was opened
	column          int // the last cell in it, -1 if none
	text            []byte
	spans           []span // where in text the record's cells lie; from < 0 for a cell whose text is set already
	widths          []columnWidth
	hidden          []columnWidth // columns
	merged          []mergedRange
}

type span struct{ from, to int }

// mergedRange is a rectangle of cells of which only the first holds something.
type mergedRange struct{ left, right, top, bottom int }

// maxMerged bounds what is kept of a sheet's merged ranges; the rest is not said.
const maxMerged = 1 << 16

type columnWidth struct {
	first, last int // from 0
	width       float64
}

func (c *sheetCursor) close() error {
	if c.part == nil {
		return nil
	}
	return c.part.Close()
}

func (c *sheetCursor) next(rec *record) error {
	if c.err == nil {
		c.err = c.advance(rec)
		if c.err != nil && c.err != io.EOF {
			c.err = locate(c.err, Error{Sheet: c.sheet.name, Part: partName(c.sheet.part.Name)})
		}
	}
	return c.err
}

func (c *sheetCursor) advance(rec *record) error {
	if c.x == nil {
		if err := c.start(); err != nil {
			return err
		}
	}
	for !c.inData {
		if err := c.outside(); err != nil {
			return err
		}
	}
	for {
		t, err := c.x.next()
		if err != nil {
			return c.at(err)
		}
		switch t {
		case charData:
			if !isBlank(c.x.text) {
				return c.at(c.x.fail("text between rows"))
			}
		case endTag:
			c.inData = false
			for {
				if err := c.outside(); err != nil {
					return err
				}
			}
		case startTag:
			if err := c.readRow(rec); err != nil {
				return c.at(err)
			}
			if len(rec.cells) > 0 {
				return nil
			}
		}
	}
}

func (c *sheetCursor) start() (err error) {
	if c.part, err = openPart(c.sheet.part, maxSheetBytes); err != nil {
		return err
	}
	c.x = newXML(c.part, c.part.file.UncompressedSize64)
	return root(c.x, mainSpace, "worksheet")
}

// at adds the row at which a sheet's content breaks.
func (c *sheetCursor) at(err error) error {
	if c.row == 0 {
		return err
	}
	return locate(err, Error{Row: c.row})
}

// outside handles one child of the worksheet, or its end: io.EOF once everything was seen and checked.
func (c *sheetCursor) outside() error {
	t, err := c.x.next()
	if err != nil {
		return err
	}
	switch t {
	case charData:
		if !isBlank(c.x.text) {
			return c.x.fail("text between the parts of the sheet")
		}
		return nil
	case endTag:
		if !c.sawData {
			return c.x.fail("the sheet has no rows section")
		}
		if err := finish(c.x); err != nil {
			return err
		}
		return io.EOF
	}
	if c.x.space != mainSpace {
		return c.x.skip()
	}
	switch string(c.x.name) {
	case "sheetData":
		if c.sawData {
			return c.x.fail("a second rows section")
		}
		c.inData, c.sawData = true, true
		return nil
	case "cols":
		return children(c.x, c.readWidth)
	case "mergeCells":
		return children(c.x, c.readMerged)
	}
	return c.x.skip()
}

func (c *sheetCursor) readMerged() error {
	ref, _, err := c.x.attr("ref")
	if err != nil {
		return err
	}
	// A range that makes no sense merges nothing, and no cell is another for it.
	from, to, _ := strings.Cut(ref, ":")
	left, top, ok := reference([]byte(from))
	right, bottom, too := reference([]byte(to))
	if ok && too && left <= right && top <= bottom && len(c.merged) < maxMerged {
		c.merged = append(c.merged, mergedRange{left, right, top, bottom})
	}
	return c.x.skip()
}

func (c *sheetCursor) readWidth() error {
	if err := c.readHidden(); err != nil {
		return err
	}
	var v [3]float64
	for i, name := range []string{"min", "max", "width"} {
		s, ok, err := c.x.attr(name)
		if err != nil {
			return err
		}
		if !ok {
			return c.x.skip()
		}
		if v[i], err = strconv.ParseFloat(s, 64); err != nil {
			return c.x.fail("a column's width that is no number")
		}
	}
	if v[0] >= 1 && v[0] <= v[1] && v[1] <= maxColumns && v[2] >= 0 && v[2] <= 255 && len(c.widths) < maxColumns {
		c.widths = append(c.widths, columnWidth{int(v[0]) - 1, int(v[1]) - 1, v[2]})
	}
	return c.x.skip()
}

// readHidden notes the columns of an open col element that are not shown.
func (c *sheetCursor) readHidden() error {
	var text [3]string
	for i, name := range []string{"min", "max", "hidden"} {
		var err error
		if text[i], _, err = c.x.attr(name); err != nil {
			return err
		}
	}
	first, ok := number([]byte(text[0]))
	last, too := number([]byte(text[1]))
	if isTrue(text[2]) && ok && too && first >= 1 && first <= last && last <= maxColumns && len(c.hidden) < maxColumns {
		c.hidden = append(c.hidden, columnWidth{first: first - 1, last: last - 1})
	}
	return nil
}

func isTrue(s string) bool { return s == "1" || s == "true" || s == "on" }

func (c *sheetCursor) readRow(rec *record) error {
	x := c.x
	if x.space != mainSpace || string(x.name) != "row" {
		return x.fail("something other than a row among the rows")
	}
	if err := c.rowNumber(); err != nil {
		return err
	}
	hidden, _, err := x.attr("hidden")
	if err != nil {
		return err
	}
	rec.line, rec.last, rec.width, rec.cells, rec.hidden = c.row, c.row, 0, rec.cells[:0], isTrue(hidden)
	c.text, c.spans, c.column = c.text[:0], c.spans[:0], -1
	for {
		t, err := x.next()
		if err != nil {
			return err
		}
		switch t {
		case charData:
			if !isBlank(x.text) {
				return x.fail("text between cells")
			}
		case endTag:
			c.cutTexts(rec)
			return nil
		case startTag:
			switch {
			case x.space == mainSpace && string(x.name) == "c":
				err = c.readCell(rec)
			case x.space == mainSpace && string(x.name) == "extLst":
				err = x.skip()
			default:
				err = x.fail("something other than a cell among the cells")
			}
			if err != nil {
				return err
			}
		}
	}
}

// cutTexts makes one string of the row and gives the cells their parts of it.
func (c *sheetCursor) cutTexts(rec *record) {
	all := string(c.text)
	for i, s := range c.spans {
		if s.from >= 0 {
			rec.cells[i].Text = all[s.from:s.to]
		}
	}
	if n := len(rec.cells); n > 0 {
		rec.width = rec.cells[n-1].column + 1
	}
}

func (c *sheetCursor) rowNumber() error {
	row := c.row + 1
	for _, a := range c.x.attrs {
		if string(a.name) != "r" {
			continue
		}
		n, ok := number(a.value)
		if !ok || n <= c.row {
			return &Error{Problem: "rows out of order, or a row number that is none", Do: doRepair}
		}
		row = n
	}
	if row > maxRows {
		return &Error{Problem: "more rows than a worksheet has", Do: doRepair}
	}
	c.row = row
	return nil
}

// number reads a whole number of at most nine digits.
func number(b []byte) (int, bool) {
	if len(b) == 0 || len(b) > 9 {
		return 0, false
	}
	n := 0
	for _, d := range b {
		if d < '0' || d > '9' {
			return 0, false
		}
		n = n*10 + int(d-'0')
	}
	return n, true
}
