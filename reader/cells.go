package reader

import (
	"bytes"
	"fmt"
)

// cellType is the t attribute.
type cellType uint8

const (
	typeNumber cellType = iota
	typeShared
	typeInline
	typeString
	typeBool
	typeError
	typeDate
)

var cellTypes = map[string]cellType{
	"n": typeNumber, "s": typeShared, "inlineStr": typeInline, "str": typeString, "b": typeBool, "e": typeError, "d": typeDate,
}

func (c *sheetCursor) readCell(rec *record) error {
	kind, style, err := c.cellStart()
	if err != nil {
		return err
	}
	if err := c.cellContent(rec, kind, style); err != nil {
		return locate(err, Error{Column: ColumnLetter(c.column)})
	}
	return nil
}

// cellStart reads a cell's tag: its place, type and style.
func (c *sheetCursor) cellStart() (kind cellType, style look, err error) {
	column := c.column + 1
	for _, a := range c.x.attrs {
		switch string(a.name) {
		case "r":
			n, row, ok := reference(a.value)
			if !ok || row != c.row || n <= c.column {
				return 0, style, &Error{Problem: "cells out of order, or a cell's place that is none", Do: doRepair}
			}
			column = n
		case "t":
			k, ok := cellTypes[string(a.value)]
			if !ok {
				return 0, style, &Error{Column: ColumnLetter(column), Problem: "a cell of an unknown type", Do: doRepair}
			}
			kind = k
		case "s":
			n, ok := number(a.value)
			switch {
			case ok && n < len(c.sheet.book.styles.looks):
				style = c.sheet.book.styles.looks[n]
			case len(a.value) > 0 && (!ok || n > 0):
				return 0, style, &Error{Column: ColumnLetter(column), Problem: "a cell's style is not in the workbook", Do: doRepair}
			}
		}
	}
	if column >= maxColumns {
		return 0, style, &Error{Problem: "more columns than a worksheet has", Do: doRepair}
	}
	c.column = column
	return kind, style, nil
}

// reference reads a cell's place such as XFD1048576: its column from 0, its row from 1.
func reference(b []byte) (column, row int, ok bool) {
	i := 0
	for i < len(b) && 'A' <= b[i] && b[i] <= 'Z' {
		if i == 3 {
			return 0, 0, false
		}
		column = column*26 + int(b[i]-'A') + 1
		i++
	}
	row, ok = number(b[i:])
	return column - 1, row, ok && i > 0 && b[i] != '0'
}

// cellContent reads a cell's children and adds the cell to the record unless it is empty.
func (c *sheetCursor) cellContent(rec *record, kind cellType, style look) error {
	x := c.x
	from := len(c.text)
	var formula, value, inline bool
	for {
		t, err := x.next()
		if err != nil {
			return err
		}
		if t == endTag {
			break
		}
		if t == charData {
			if !isBlank(x.text) {
				return x.fail("text outside of a cell's value")
			}
			continue
		}
		if x.space != mainSpace {
			return x.fail("a foreign element inside of a cell")
		}
		switch string(x.name) {
		case "v":
			if value || inline {
				return x.fail("a cell with two values")
			}
			value = true
			c.text, err = content(x, c.text, from)
		case "is":
			if value || inline {
				return x.fail("a cell with two values")
			}
			inline = true
			c.text, err = richText(x, c.text)
		case "f":
			formula = true
			err = x.skip()
		case "extLst":
			err = x.skip()
		default:
			err = x.fail("an unknown element inside of a cell")
		}
		if err != nil {
			return err
		}
	}
	if value && kind == typeInline { // old LibreOffice writes the text of a formula like this
		kind = typeString
	}
	if inline && kind != typeInline {
		return &Error{Problem: "the cell's type does not fit its content", Do: doRepair}
	}
	if formula && !value && !inline || formula && kind != typeString && len(c.text) == from {
		c.add(rec, Formula, from)
		return nil
	}
	if !value && !inline {
		return nil
	}
	return c.cellValue(rec, kind, style, from)
}

// cellValue turns the stored value, which stands in text from from on, into a cell.
func (c *sheetCursor) cellValue(rec *record, kind cellType, style look, from int) error {
	if kind == typeString {
		c.text = unescapeFrom(c.text, from)
	}
	if kind == typeString || kind == typeInline {
		if len(c.text) > from {
			c.add(rec, Text, from)
		}
		return nil
	}
	raw := bytes.Trim(c.text[from:], " \t\r\n")
	switch kind {
	case typeShared:
		return c.sharedString(rec, raw, from)
	case typeBool:
		v, ok := map[string]string{"0": "FALSE", "1": "TRUE", "false": "FALSE", "true": "TRUE"}[string(raw)]
		if !ok {
			return &Error{Problem: "a truth value that is none", Do: doRepair}
		}
		c.text = append(c.text[:from], v...)
		c.add(rec, Bool, from)
	case typeError:
		c.text = append(c.text[:from], raw...)
		c.add(rec, ErrorValue, from)
	case typeDate:
		v, ok := isoDate(string(raw))
		if !ok {
			return &Error{Problem: "a date that is none", Do: doRepair}
		}
		c.text = append(c.text[:from], v...)
		c.add(rec, Date, from)
		rec.cells[len(rec.cells)-1].Format = style.format
	default:
		return c.numeric(rec, raw, style, from)
	}
	return nil
}

func (c *sheetCursor) sharedString(rec *record, raw []byte, from int) error {
	if len(raw) == 0 { // some programs write an empty cell like this
		c.text = c.text[:from]
		return nil
	}
	all := &c.sheet.book.strings
	i, ok := number(raw)
	if !ok || i >= all.len() {
		return &Error{Problem: fmt.Sprintf("the cell points to a shared string that is not there (the workbook has %d)", all.len()), Do: doRepair}
	}
	c.text = c.text[:from]
	if s := all.text(i); s != "" {
		rec.cells = append(rec.cells, placed{c.column, Cell{Kind: Text, Text: s}})
		c.spans = append(c.spans, span{-1, -1})
	}
	return nil
}

func (c *sheetCursor) numeric(rec *record, raw []byte, style look, from int) error {
	if len(raw) == 0 {
		c.text = c.text[:from]
		return nil
	}
	if !isNumber(raw) {
		return &Error{Problem: "a number that is none", Do: doRepair}
	}
	c.text = append(c.text[:from], raw...)
	kind := Number
	if style.form != noDate {
		if v, ok := serialDate(string(raw), style.form, c.sheet.book.from1904); ok {
			c.text = append(c.text[:from], v...)
			kind = Date
		}
	}
	c.add(rec, kind, from)
	rec.cells[len(rec.cells)-1].Format = style.format
	return nil
}

func (c *sheetCursor) add(rec *record, kind Kind, from int) {
	rec.cells = append(rec.cells, placed{c.column, Cell{Kind: kind}})
	c.spans = append(c.spans, span{from, len(c.text)})
}
