package reader

import (
	"archive/zip"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// ErrChanged is wrapped by the error that ends Rows when the file was changed since Open.
var ErrChanged = errors.New("the file was changed while it was read")

// errDamagedLock: an encrypted workbook's own description makes no sense.
var errDamagedLock = errors.New("the encryption's description is damaged")

// Error says where a file can't be read, why, and what to do. It never holds a cell's value.
type Error struct {
	File    string // base name
	Sheet   string
	Part    string // of a workbook's package, such as xl/worksheets/sheet1.xml
	Row     int    // as in Row.Line; 0 if none
	Column  string // its letters
	Problem string
	Do      string
	Err     error // what lies below, such as fs.ErrNotExist; its text is not shown
}

func (e *Error) Error() string {
	var b strings.Builder
	if e.File != "" {
		b.WriteString(printable(e.File) + ": ")
	}
	if e.Sheet != "" {
		fmt.Fprintf(&b, "sheet %q: ", e.Sheet)
	}
	if e.Part != "" {
		b.WriteString(printable(e.Part) + ": ")
	}
	switch {
	case e.Row > 0 && e.Column != "":
		fmt.Fprintf(&b, "row %d, column %s: ", e.Row, e.Column)
	case e.Row > 0:
		fmt.Fprintf(&b, "row %d: ", e.Row)
	case e.Column != "":
		fmt.Fprintf(&b, "column %s: ", e.Column)
	}
	b.WriteString(e.Problem)
	if e.Do != "" {
		b.WriteString(": " + e.Do)
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// What to do about a container that is not as it should be.
const (
	doRepair   = "get the file again, or open it in Excel or WPS and save it anew as .xlsx"
	doConvert  = "save it as .xlsx or CSV"
	doFixRow   = "correct this row and save the file again"
	doResave   = "save it anew as CSV from Excel or WPS"
	doPlain    = "save the rows alone in a new .xlsx"
	doEncoding = "save it as UTF-8, or name its encoding with --input-encoding"
)

// locate fills what err does not say yet from at. Errors of other types become an *Error around them.
func locate(err error, at Error) error {
	var e *Error
	if !errors.As(err, &e) {
		e = broken(err)
	}
	full := *e
	full.File = first(full.File, at.File)
	full.Sheet = first(full.Sheet, at.Sheet)
	full.Part = first(full.Part, at.Part)
	full.Column = first(full.Column, at.Column)
	if full.Row == 0 {
		full.Row = at.Row
	}
	return &full
}

// broken says what a failed read means.
func broken(err error) *Error {
	var corrupt flate.CorruptInputError
	switch {
	case errors.Is(err, zip.ErrChecksum):
		return &Error{Problem: "damaged: the checksum does not fit the content", Do: doRepair, Err: err}
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), errors.As(err, &corrupt):
		return &Error{Problem: "damaged: the content breaks off or can't be unpacked", Do: doRepair, Err: err}
	case errors.Is(err, zip.ErrAlgorithm):
		return &Error{Problem: "packed with an unknown method", Do: doRepair, Err: err}
	case errors.Is(err, zip.ErrFormat):
		return &Error{Problem: "not a whole zip archive", Do: doRepair, Err: err}
	}
	var p *fs.PathError
	why := err
	if errors.As(err, &p) {
		why = p.Err
	}
	return &Error{Problem: "can't be read (" + why.Error() + ")", Do: "check the disk or network drive and try again", Err: err}
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// printable keeps a name from moving the terminal's cursor.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7F || r == 0x2028 || r == 0x2029 {
			return '?'
		}
		return r
	}, s)
}
