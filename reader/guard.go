package reader

import (
	"fmt"
	"io"
)

// maxRecord bounds one record of a CSV, in decoded bytes.
const maxRecord = 4 << 20

// guard passes a CSV's decoded bytes on up to the first thing that two programs might read differently: a quote in the
// wrong place or without its end, a carriage return alone, a NUL, a record without end. There it ends with an *Error.
type guard struct {
	src   io.Reader
	comma byte
	err   error

	state  guardState
	cr     bool  // the last byte was a carriage return outside of quotes
	line   int   // of the byte that comes next
	at     int64 // offset of the byte in hand
	start  int64 // offset at which the record begins
	column int   // field in the record, from 0
	opened int   // line on which the last quoted field was opened
}

type guardState uint8

const (
	fieldStart  guardState = iota
	afterEquals            // = at the start of a field
	unquoted
	quoted
	quoteSeen  // inside of quotes a quote: the end, or half of a doubled one
	formQuoted // inside of ="…"
	formEnded  // behind ="…"
)

func newGuard(src io.Reader, comma byte) *guard { return &guard{src: src, comma: comma, line: 1} }

func (g *guard) Read(b []byte) (int, error) {
	if g.err != nil {
		return 0, g.err
	}
	n, err := g.src.Read(b)
	good, bad := g.scan(b[:n])
	if bad != nil {
		g.err = bad
		return good, bad
	}
	if err == io.EOF {
		err = g.atEnd()
	}
	g.err = err
	return n, err
}

// scan returns how many bytes may pass.
func (g *guard) scan(b []byte) (int, error) {
	from := g.at
	for i, c := range b {
		if guardPlain[c] && c != g.comma && !g.cr && (g.state == unquoted || g.state == quoted) {
			continue
		}
		g.at = from + int64(i)
		if err := g.step(c); err != nil {
			return i, err
		}
	}
	g.at = from + int64(len(b))
	if g.at-g.start > maxRecord {
		return 0, g.endless()
	}
	return len(b), nil
}

// guardPlain marks the bytes that change no state.
var guardPlain = func() (t [256]bool) {
	for c := range t {
		t[c] = c != 0 && c != '"' && c != '\r' && c != '\n' && c != '='
	}
	return t
}()

func (g *guard) step(c byte) error {
	if c == 0 {
		return g.fail("a NUL byte", "the file is damaged or no text; "+doResave)
	}
	if g.cr && c != '\n' {
		return g.loneCR()
	}
	g.cr = false
	switch g.state {
	case quoted, formQuoted:
		return g.inQuotes(c)
	}
	switch {
	case c == '\n':
		g.line++
		g.state, g.column, g.start = fieldStart, 0, g.at+1
	case c == '\r':
		g.cr = true
	case c == g.comma:
		g.state = fieldStart
		g.column++
	case c == '"':
		return g.quote()
	case g.state == quoteSeen, g.state == formEnded:
		return g.fail(fmt.Sprintf("text behind the quote that ends a field; the field's first quote is on line %d", g.opened), "double the quotes inside of a quoted field, or close the field")
	case c == '=' && g.state == fieldStart:
		g.state = afterEquals
	default:
		g.state = unquoted
	}
	return nil
}

func (g *guard) inQuotes(c byte) error {
	switch {
	case c == '"' && g.state == quoted:
		g.state = quoteSeen
	case c == '"':
		g.state = formEnded
	case g.state == formQuoted && (c == '\n' || c == '\r' || c == g.comma):
		return g.fail(`a delimiter or line end inside of ="…"`, doFixRow)
	case c == '\n':
		g.line++
	}
	return nil
}

func (g *guard) quote() error {
	switch g.state {
	case fieldStart:
		g.state, g.opened = quoted, g.line
	case quoteSeen:
		g.state = quoted
	case afterEquals:
		g.state, g.opened = formQuoted, g.line
	default:
		return g.fail("a quote inside of a field that is not quoted", "put the whole field in quotes and double the quotes in it")
	}
	return nil
}

func (g *guard) atEnd() error {
	switch {
	case g.cr:
		return g.loneCR()
	case g.state == quoted, g.state == formQuoted:
		return g.unclosed("the end of the file")
	}
	return io.EOF
}

func (g *guard) endless() error {
	if g.state == quoted {
		return g.unclosed("4 MiB of text")
	}
	return g.fail("a record of more than 4 MiB", "the file is damaged or no CSV; "+doResave)
}

func (g *guard) unclosed(until string) error {
	return &Error{Row: g.opened, Column: g.letter(), Problem: "a quote is opened here and not closed until " + until, Do: "close or remove it"}
}

func (g *guard) loneCR() error {
	return g.fail("a carriage return without a line feed", "the line ends are those of an old Mac, or the file is damaged; "+doResave)
}

func (g *guard) fail(problem, do string) error {
	return &Error{Row: g.line, Column: g.letter(), Problem: problem, Do: do}
}

func (g *guard) letter() string {
	if g.column >= maxColumns {
		return ""
	}
	return ColumnLetter(g.column)
}
