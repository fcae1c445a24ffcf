package reader

import (
	"bufio"
	"encoding/csv"
	"io"
	"strings"

	"golang.org/x/text/transform"
)

func openCSV(file *input, o Options) (*Table, error) {
	enc, judged, err := detect(file.content(), o.Encoding)
	if err != nil {
		return nil, err
	}
	s := &csvSource{file: file, encoding: enc}
	t := &Table{file: file, format: formatCSV, encoding: enc.name, source: s}
	if err := s.findHeader(t, o); err != nil {
		return nil, err
	}
	t.notes = t.header.notes()
	if judged {
		t.notes = append(t.notes, Note{Code: EncodingBest, Names: []string{enc.name}})
	}
	if name, other := delimiterNames[s.comma]; other {
		t.notes = append(t.notes, Note{Code: Delimiter, Names: []string{name}})
	}
	return t, nil
}

var delimiterNames = map[byte]string{'\t': "tab", ';': ";", '|': "|"}

// csvSource knows how to read the file once more.
type csvSource struct {
	file     *input
	encoding encoding
	comma    byte
}

// findHeader takes the first delimiter with which the header is found, the comma first.
func (s *csvSource) findHeader(t *Table, o Options) error {
	var best headerAttempt
	for _, comma := range delimiters {
		s.comma = comma
		a := s.try(comma, o)
		if a.err == nil && a.found && (!o.AnyColumns || len(a.header.texts) > 1) {
			t.header = a.header
			return nil
		}
		if best.comma == 0 || a.width() > best.width() {
			best = a
		}
	}
	s.comma, t.header = best.comma, best.header
	if best.err != nil || best.found {
		return best.err
	}
	return s.findByContent(t, best, o)
}

// findByContent looks at what the columns hold under each delimiter, once none has shown a header.
func (s *csvSource) findByContent(t *Table, best headerAttempt, o Options) error {
	var uncertain error
	for _, comma := range delimiters {
		a := s.try(comma, o)
		if a.err != nil {
			continue
		}
		h, found, err := findByContent(a.rows, o)
		if found {
			s.comma, t.header = comma, h
			return nil
		}
		if uncertain == nil {
			uncertain = err
		}
	}
	if uncertain != nil {
		return uncertain
	}
	return noHeader(best.rows, o)
}

var delimiters = []byte{',', '\t', ';', '|'}

// headerAttempt is what one delimiter makes of the top rows.
type headerAttempt struct {
	comma  byte
	rows   []headerRow
	header header
	found  bool
	err    error
}

func (a headerAttempt) width() int {
	if len(a.rows) == 0 {
		return 0
	}
	return len(a.rows[0].texts)
}

func (s *csvSource) try(comma byte, o Options) headerAttempt {
	c := s.open()
	defer c.close()
	a := headerAttempt{comma: comma}
	if a.rows, a.err = topRows(c, o); a.err == nil {
		a.header, a.found, a.err = findHeader(a.rows, o)
	}
	return a
}

func (s *csvSource) open() cursor {
	content := s.file.content()
	content.Seek(s.encoding.mark, io.SeekStart)
	var decoded io.Reader = content
	if s.encoding.decoder != nil {
		decoded = transform.NewReader(content, s.encoding.decoder())
	}
	g := newGuard(decoded, s.comma)
	r := csv.NewReader(bufio.NewReaderSize(g, 64<<10))
	r.Comma = rune(s.comma)
	r.FieldsPerRecord = -1
	r.ReuseRecord = true
	r.LazyQuotes = true // the guard has checked the quotes, and lets ="00123" pass, which Excel writes and reads
	return &csvCursor{guard: g, csv: r}
}

// csvCursor reads records. encoding/csv splits them; the guard under it has refused whatever it would read differently.
type csvCursor struct {
	guard *guard
	csv   *csv.Reader
}

func (c *csvCursor) close() error { return nil }

func (c *csvCursor) next(rec *record) error {
	for {
		texts, err := c.csv.Read()
		if err != nil {
			return c.failure(err)
		}
		rec.line, _ = c.csv.FieldPos(0)
		rec.last, rec.fields, rec.width, rec.cells = rec.line, len(texts), 0, rec.cells[:0]
		for i, t := range texts {
			if t == "" {
				continue
			}
			rec.cells = append(rec.cells, placed{i, Cell{Kind: Text, Text: t}})
			rec.width = i + 1
			if strings.IndexByte(t, '\n') >= 0 {
				rec.last += strings.Count(t, "\n")
			}
		}
		if len(rec.cells) > 0 {
			return nil
		}
	}
}

func (c *csvCursor) failure(err error) error {
	if err == io.EOF {
		return io.EOF
	}
	if c.guard.err != nil && c.guard.err != io.EOF {
		return c.guard.err
	}
	return err
}
