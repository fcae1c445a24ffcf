package writer

import (
	"bufio"
	"bytes"
	"encoding/csv"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
)

const bom = "\uFEFF"

// table is a CSV file: UTF-8 with a byte order mark or GB18030, commas, CRLF.
type table struct {
	out    *bufio.Writer
	to     *encoding.Encoder // nil: UTF-8
	line   bytes.Buffer
	csv    *csv.Writer
	record []string
}

func newTable(file *sibling, f fileFormat, l Layout) (*table, error) {
	file.format, file.header = f, len(l.Header)
	t := &table{out: bufio.NewWriterSize(file, 1<<16), record: make([]string, len(l.Header))}
	t.csv = csv.NewWriter(&t.line)
	if f == csvGB18030 {
		t.to = simplifiedchinese.GB18030.NewEncoder()
	} else if _, err := t.out.WriteString(bom); err != nil {
		return nil, err
	}
	for i, h := range l.Header {
		t.record[i] = Escape(h)
	}
	return t, t.write()
}

func (t *table) append(r Row) error {
	clear(t.record)
	for i, c := range r.Cells {
		t.record[i] = csvCell(c)
	}
	return t.write()
}

// csvCell leaves numbers alone: -1.5 in a numeric cell is no formula.
func csvCell(c Cell) string {
	if c.Kind == Number {
		if _, ok := parseNumber(c.Text); ok {
			return c.Text
		}
	}
	return Escape(c.Text)
}

// write ends the record with CRLF by hand: csv.Writer's own UseCRLF would
// change line breaks inside cells as well, and drop carriage returns there.
func (t *table) write() error {
	t.line.Reset()
	if len(t.record) == 1 && t.record[0] == "" {
		t.line.WriteString("\"\"\n") // an empty line would not be read as a row
	} else if err := t.csv.Write(t.record); err != nil {
		return err
	}
	t.csv.Flush()
	if err := t.csv.Error(); err != nil {
		return err
	}
	t.line.Truncate(t.line.Len() - 1)
	t.line.WriteString("\r\n")
	line := t.line.Bytes()
	if t.to != nil {
		var err error
		if line, err = t.to.Bytes(line); err != nil {
			return err
		}
	}
	_, err := t.out.Write(line)
	return err
}

func (t *table) finish(Summary) error { return t.out.Flush() }

func (t *table) release() error { return nil }
