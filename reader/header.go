package reader

import (
	"fmt"
	"io"
	"iter"
	"strings"
	"unicode/utf8"
)

const (
	headerRows     = 20    // rows with content among which the header is looked for
	sampleRows     = 100   // further rows that tell what columns hold
	maxHeaderWidth = 1_024 // every row takes memory for as many cells
)

// header is the row that names the columns. line is 0 if the list has none: then texts are made up.
type header struct {
	line, last int // its first and last physical line
	texts      []string
	columns    map[string]int
	choices    []Choice
	above      [2]int // first and last line that are left out above it, 0 if none
}

// headerRow is a row in which the header may stand.
type headerRow struct {
	line, last int
	texts      []string
}

// topRows reads the first rows that hold something, and at least so many below HeaderRow if that is given.
func topRows(c cursor, o Options) ([]headerRow, error) {
	var rows []headerRow
	var rec record
	below, reached := 0, o.HeaderRow == 0
	for below < sampleRows {
		err := c.next(&rec)
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		if !reached && rec.line > o.HeaderRow {
			return rows, nil
		}
		row := headerRow{line: rec.line, last: rec.last, texts: make([]string, min(max(rec.width, rec.fields), maxHeaderWidth+1))}
		for _, cell := range rec.cells {
			if cell.column < len(row.texts) {
				row.texts[cell.column] = cell.Text
			}
		}
		if !reached && len(rows) > headerRows {
			rows = rows[:headerRows]
		}
		rows = append(rows, row)
		reached = reached || rec.line == o.HeaderRow
		switch {
		case o.AnyColumns && reached:
			return rows, nil
		case o.HeaderRow > 0 && reached, len(rows) > headerRows:
			below++
		}
	}
	return rows, nil
}

// findHeader finds the header and its columns among the top rows. found is false if none of them has all three columns.
func findHeader(rows []headerRow, o Options) (h header, found bool, err error) {
	for i, row := range candidates(rows, o) {
		columns := map[string]int{}
		var choices []Choice
		if !o.AnyColumns {
			matches, all := matchFields(row.texts, o)
			if !all {
				continue
			}
			if h, ok := headless(rows[i:], matches, o); ok && i == 0 {
				return h, true, nil
			}
			if o.NoHeader {
				return header{}, false, nil
			}
			if _, all := allByLetter(matches, o); all && o.HeaderRow == 0 && row.doubtful(o) {
				return header{}, false, row.unsure(rows[i+1:], o)
			}
			if columns, err = settle(row, matches, o); err != nil {
				return header{}, false, err
			}
			if choices, err = agree(row, rows[i+1:], matches, o); err != nil {
				return header{}, false, err
			}
		}
		h, err = row.header(columns, rows[:i], o)
		h.choices = choices
		return h, err == nil, err
	}
	return header{}, false, nil
}

// candidates are the rows that may be the header, by their place among rows.
func candidates(rows []headerRow, o Options) iter.Seq2[int, headerRow] {
	return func(yield func(int, headerRow) bool) {
		for i, row := range rows {
			if o.HeaderRow > 0 && row.line != o.HeaderRow || o.HeaderRow == 0 && i >= headerRows {
				continue
			}
			if !yield(i, row) {
				return
			}
		}
	}
}

// header makes this row the header, under the rows above it.
func (r headerRow) header(columns map[string]int, above []headerRow, o Options) (header, error) {
	if err := r.check(); err != nil {
		return header{}, err
	}
	h := header{line: r.line, last: r.last, texts: r.texts, columns: columns}
	if len(above) > 0 {
		h.above = [2]int{above[0].line, r.line - 1}
	}
	return h, checkAbove(above, columns, o)
}

func matchFields(texts []string, o Options) (matches map[string]match, all bool) {
	matches, all = map[string]match{}, true
	for _, field := range fields {
		m := matchField(field, o.Columns[field], texts)
		matches[field] = m
		all = all && m.rank > noMatch
	}
	return matches, all
}

// settle makes each field's match one column, and makes sure that the row is no person's.
func settle(row headerRow, matches map[string]match, o Options) (map[string]int, error) {
	columns, owner := map[string]int{}, map[int]string{}
	for _, field := range fields {
		m := matches[field]
		if len(m.columns) > 1 {
			return nil, ambiguous(field, row.line, m)
		}
		c := m.columns[0]
		if other, taken := owner[c]; taken {
			return nil, &Error{Row: row.line, Column: ColumnLetter(c), Problem: fmt.Sprintf("one column for both %q and %q", other, field), Do: "give each its own with --column"}
		}
		columns[field], owner[c] = c, field
		if like, ok := o.looks(row.texts[c]); ok && like != "name" {
			return nil, &Error{Row: row.line, Column: ColumnLetter(c), Problem: "this row looks like a person's and not like a header", Do: "put a header row above it, or name its row with --header-row"}
		}
	}
	return columns, nil
}

func (o Options) looks(text string) (string, bool) {
	if o.Looks == nil || text == "" {
		return "", false
	}
	return o.Looks(text)
}

func (r headerRow) check() error {
	if len(r.texts) > maxHeaderWidth {
		return &Error{Row: r.line, Problem: fmt.Sprintf("the header is wider than %d columns", maxHeaderWidth), Do: "delete the columns that the list does not need"}
	}
	for i, t := range r.texts {
		if strings.ContainsRune(t, utf8.RuneError) {
			return &Error{Row: r.line, Column: ColumnLetter(i), Problem: "the header holds characters that can't be decoded", Do: doEncoding}
		}
	}
	return nil
}

// checkAbove refuses to leave out a person: a list that was sorted together with its header.
// A mobile above the column of mobiles is half a person, unless the user has said where the header is.
func checkAbove(rows []headerRow, columns map[string]int, o Options) error {
	for _, row := range rows {
		for i, t := range row.texts {
			if like, ok := o.looks(t); ok && like == "idCard" {
				return &Error{Row: row.line, Column: ColumnLetter(i), Problem: "above the header stands what looks like an ID number", Do: "move the header to the top of the list"}
			}
		}
		if c, ok := columns["mobile"]; ok && o.HeaderRow == 0 && c < len(row.texts) {
			if like, ok := o.looks(row.texts[c]); ok && like == "mobile" {
				return &Error{Row: row.line, Column: ColumnLetter(c), Problem: "above the header stands what looks like a mobile, in its column", Do: "move the header to the top of the list, or give --header-row if that row is nobody's"}
			}
		}
	}
	return nil
}

func (h header) notes() []Note {
	if h.line == 0 {
		return []Note{{Code: NoHeader}}
	}
	if h.above[0] == 0 {
		return nil
	}
	return []Note{{Code: LinesAbove, First: h.above[0], Last: h.above[1]}}
}

// noHeader says which columns are missing and how to name them.
func noHeader(rows []headerRow, o Options) error {
	row, missing := closest(rows, o)
	if row == nil {
		if o.HeaderRow > 0 {
			return &Error{Row: o.HeaderRow, Problem: "there is no header: the row is empty", Do: "check --header-row"}
		}
		return &Error{Problem: "there are no rows", Do: "check that the right file and sheet were saved"}
	}
	var letters []string
	for i := range min(len(row.texts), 26) {
		letters = append(letters, ColumnLetter(i))
	}
	problem := fmt.Sprintf("no column found for %s; row %d has the columns %s", strings.Join(missing, ", "), row.line, strings.Join(letters, " "))
	if texts, ok := row.quotable(); ok {
		problem += " (" + texts + ")"
	}
	if len(row.texts) > 26 {
		problem += fmt.Sprintf(" and more, up to %s", ColumnLetter(len(row.texts)-1))
	}
	if len(row.texts) == 1 {
		problem += "; only one column: its delimiter may be none of comma, tab, semicolon and |"
	}
	return &Error{Row: 0, Problem: problem, Do: "name them, such as " + suggestion(rows, o)}
}

// closest is the row that lacks the fewest fields.
func closest(rows []headerRow, o Options) (best *headerRow, missing []string) {
	for i := range candidates(rows, o) {
		matches, _ := matchFields(rows[i].texts, o)
		var lacks []string
		for _, f := range fields {
			if matches[f].rank == noMatch {
				lacks = append(lacks, f)
			}
		}
		if best == nil || len(lacks) < len(missing) {
			best, missing = &rows[i], lacks
		}
	}
	return best, missing
}

// quotable joins a row's texts that are certainly headers; any other may be a person's.
func (r headerRow) quotable() (string, bool) {
	var texts []string
	quoted := false
	for i := range r.texts[:min(len(r.texts), 26)] {
		t := r.quote(i)
		quoted = quoted || t != ""
		if t == "" && r.texts[i] != "" {
			t = "…"
		}
		texts = append(texts, fmt.Sprintf("%q", t))
	}
	return strings.Join(texts, " "), quoted
}

// suggestion writes the flags, with letters where the cells below tell what a column holds.
func suggestion(rows []headerRow, o Options) string {
	seen := map[string]map[int]int{}
	for _, row := range rows {
		for i, t := range row.texts {
			if like, ok := o.looks(t); ok {
				if seen[like] == nil {
					seen[like] = map[int]int{}
				}
				seen[like][i]++
			}
		}
	}
	var flags []string
	for _, field := range fields {
		letter, most := "LETTER", 0
		for column := range maxHeaderWidth {
			if n := seen[field][column]; n > most {
				letter, most = ColumnLetter(column), n
			}
		}
		flags = append(flags, "--column "+field+"="+letter)
	}
	return strings.Join(flags, " ")
}
