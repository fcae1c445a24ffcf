package reader

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

func openWorkbook(file *input, o Options) (*Table, error) {
	w, err := readWorkbook(file)
	if err != nil {
		return nil, err
	}
	t := &Table{file: file, format: formatXLSX}
	s, err := w.choose(t, o)
	if err != nil {
		return nil, err
	}
	if err := w.checkOthers(s.part); err != nil {
		return nil, err
	}
	t.source, t.sheet, t.formats = s, s.name, w.styles.codes
	t.notes = t.header.notes()
	others, err := w.others(s)
	t.notes = append(t.notes, others...)
	return t, err
}

// choose finds the sheet and fills the table's header and widths from it.
func (w *workbook) choose(t *Table, o Options) (*sheet, error) {
	if o.Sheet != "" {
		s, err := w.named(o.Sheet)
		if err != nil {
			return nil, err
		}
		found, why, err := t.tryHeader(s, false, o)
		if err == nil && !found {
			found, why, err = t.tryHeader(s, true, o)
		}
		if err == nil && !found {
			err = why
		}
		if err != nil {
			return nil, locate(err, Error{Sheet: s.name})
		}
		return s, nil
	}
	var none error
	// A sheet whose columns have their names goes before one that needs a look at its cells.
	for _, content := range []bool{false, true} {
		for i := range w.sheets {
			s := &w.sheets[i]
			if s.part == nil || s.hidden {
				continue
			}
			found, why, err := t.tryHeader(s, content, o)
			if err != nil {
				return nil, locate(err, Error{Sheet: s.name})
			}
			if found {
				return s, nil
			}
			if none == nil && why != nil {
				none = locate(why, Error{Sheet: s.name})
			}
		}
	}
	if none == nil {
		none = &Error{Problem: "no visible worksheet has rows", Do: "unhide the sheet, or name it with --sheet"}
	}
	return nil, none
}

// tryHeader looks for the header in a sheet, by the columns' names or by their content. why says what is missing if a
// sheet with rows has none.
func (t *Table) tryHeader(s *sheet, content bool, o Options) (found bool, why, err error) {
	c := &sheetCursor{sheet: s}
	defer c.close()
	rows, err := topRows(c, o)
	if err != nil {
		return false, nil, err
	}
	find := findHeader
	if content {
		find = findByContent
	}
	h, found, err := find(rows, o)
	if err != nil {
		return false, nil, err
	}
	if !found {
		if len(rows) == 0 && o.Sheet == "" {
			return false, nil, nil
		}
		return false, noHeader(rows, o), nil
	}
	t.header, t.widths = h, c.columnWidths(len(h.texts))
	return true, nil, nil
}

func (c *sheetCursor) columnWidths(n int) []float64 {
	if len(c.widths) == 0 {
		return nil
	}
	out := make([]float64, n)
	for _, w := range c.widths {
		for i := w.first; i <= min(w.last, n-1); i++ {
			out[i] = w.width
		}
	}
	return out
}

// named finds a sheet by name, by name regardless of case, or by its place among the visible tabs.
func (w *workbook) named(name string) (*sheet, error) {
	var s *sheet
	for i := range w.sheets {
		switch {
		case w.sheets[i].name == name:
			s = &w.sheets[i]
		case s == nil && strings.EqualFold(w.sheets[i].name, name):
			s = &w.sheets[i]
		}
		if s != nil && s.name == name {
			break
		}
	}
	if n, err := strconv.Atoi(name); s == nil && err == nil {
		for i := range w.sheets {
			if w.sheets[i].hidden {
				continue
			}
			if n--; n == 0 {
				s = &w.sheets[i]
				break
			}
		}
	}
	if s == nil {
		return nil, &Error{Problem: "there is no such sheet; the workbook has " + w.names(), Do: "choose one with --sheet"}
	}
	if s.part == nil {
		return nil, &Error{Sheet: s.name, Problem: "a chart or macro sheet, which has no rows", Do: "choose another with --sheet"}
	}
	return s, nil
}

func (w *workbook) names() string {
	var b strings.Builder
	for i, s := range w.sheets {
		if i == 20 {
			b.WriteString(" and more")
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%q", s.name)
	}
	return b.String()
}

// others names the sheets that have rows and are not read.
func (w *workbook) others(chosen *sheet) ([]Note, error) {
	visible, hidden := Note{Code: OtherSheets}, Note{Code: HiddenSheets}
	for i := range w.sheets {
		s := &w.sheets[i]
		if s == chosen || s.part == nil {
			continue
		}
		has, err := s.hasRows()
		if err != nil {
			return nil, err
		}
		switch {
		case has && s.hidden:
			hidden.Names = append(hidden.Names, s.name)
		case has:
			visible.Names = append(visible.Names, s.name)
		}
	}
	var notes []Note
	for _, n := range []Note{visible, hidden} {
		if len(n.Names) > 0 {
			notes = append(notes, n)
		}
	}
	return notes, nil
}

func (s *sheet) hasRows() (bool, error) {
	c := &sheetCursor{sheet: s}
	defer c.close()
	var rec record
	err := c.next(&rec)
	if err == io.EOF {
		return false, nil
	}
	return err == nil, err
}
