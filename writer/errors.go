package writer

import (
	"errors"
	"fmt"
)

var (
	// ErrFormat: the path ends in neither .csv nor .xlsx.
	ErrFormat = errors.New("the name must end in .csv or .xlsx")
	// ErrEncoding: Options.Encoding is unknown, or given for a workbook, which has its own.
	ErrEncoding = errors.New("only a .csv has an encoding of its own, utf-8 or gb18030")
	// ErrBusy: another process is writing the same path.
	ErrBusy = errors.New("another run is writing this file")

	errCommitted = errors.New("the sheet is already written")
	errDiscarded = errors.New("the sheet was discarded")
)

// CellError is a cell, or a row, that the format can't hold as it is. It never
// carries the cell's value.
type CellError struct {
	File    string
	Line    int // as the row was numbered by the caller; 0: the header
	Column  int // 0-based; -1: the row as a whole
	Problem string
}

func (e *CellError) Error() string {
	row := "the header"
	if e.Line > 0 {
		row = fmt.Sprintf("row %d", e.Line)
	}
	if e.Column < 0 {
		return fmt.Sprintf("%s: %s: %s", e.File, row, e.Problem)
	}
	return fmt.Sprintf("%s: %s, column %s: %s", e.File, row, columnLetter(e.Column), e.Problem)
}

// HeldOpenError: the target could not be replaced, most often because Excel
// has it open; the new sheet stands whole at Kept.
type HeldOpenError struct {
	Path, Kept string
	Err        error
}

func (e *HeldOpenError) Error() string {
	return fmt.Sprintf("%s can't be replaced (is it open in a spreadsheet program?); the new sheet is %s: close the old one, then move the new one in its place: %v",
		e.Path, e.Kept, e.Err)
}

func (e *HeldOpenError) Unwrap() error { return e.Err }

func columnLetter(i int) string {
	s := ""
	for i++; i > 0; i = (i - 1) / 26 {
		s = string(rune('A'+(i-1)%26)) + s
	}
	return s
}
