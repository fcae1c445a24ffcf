package main

import (
	"archive/zip"
	"bytes"
	"cmp"
	"io"
	"iter"
	"regexp"
	"slices"
	"time"

	"github.com/xuri/excelize/v2"
)

// book is one workbook of one sheet, written from top to bottom.
type book struct {
	file   *excelize.File
	sheet  *excelize.StreamWriter
	row    int
	header int // style ids
	date   int
	text   int
}

// newBook starts a workbook whose columns have these widths. The caller closes
// its file.
func newBook(sheet string, widths []float64, headerRow int) (*book, error) {
	b := &book{file: excelize.NewFile()}
	if err := b.start(sheet, widths, headerRow); err != nil {
		b.file.Close()
		return nil, err
	}
	return b, nil
}

func (b *book) start(sheet string, widths []float64, headerRow int) (err error) {
	if err = b.file.SetSheetName("Sheet1", sheet); err != nil {
		return err
	}
	if err = b.file.SetDocProps(&excelize.DocProperties{Creator: "samples/generate", Created: "2026-01-01T00:00:00Z", Modified: "2026-01-01T00:00:00Z"}); err != nil {
		return err
	}
	day := "yyyy-mm-dd"
	for _, s := range []struct {
		id    *int
		style excelize.Style
	}{
		{&b.header, excelize.Style{Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"DDEBF7"}}}},
		{&b.date, excelize.Style{CustomNumFmt: &day}},
		{&b.text, excelize.Style{NumFmt: 49}}, // @
	} {
		if *s.id, err = b.file.NewStyle(&s.style); err != nil {
			return err
		}
	}
	if b.sheet, err = b.file.NewStreamWriter(sheet); err != nil {
		return err
	}
	for i, w := range widths {
		if err = b.sheet.SetColWidth(i+1, i+1, w); err != nil {
			return err
		}
	}
	below, err := excelize.CoordinatesToCellName(1, headerRow+1)
	if err != nil {
		return err
	}
	return b.sheet.SetPanes(&excelize.Panes{Freeze: true, YSplit: headerRow, TopLeftCell: below, ActivePane: "bottomLeft"})
}

func (b *book) add(cells ...any) error {
	b.row++
	if len(cells) == 0 {
		return nil
	}
	at, err := excelize.CoordinatesToCellName(1, b.row)
	if err != nil {
		return err
	}
	return b.sheet.SetRow(at, cells)
}

func (b *book) addHeader(names ...string) error {
	cells := make([]any, len(names))
	for i, name := range names {
		cells[i] = excelize.Cell{StyleID: b.header, Value: name}
	}
	return b.add(cells...)
}

func (b *book) asText(s string) excelize.Cell { return excelize.Cell{StyleID: b.text, Value: s} }

func (b *book) asDate(t time.Time) excelize.Cell { return excelize.Cell{StyleID: b.date, Value: t} }

var customerWidths = []float64{12, 24, 16, 24, 14, 28}

func (b *book) addCustomers(rows iter.Seq[customer]) error {
	if err := b.addHeader(customerHeader...); err != nil {
		return err
	}
	for c := range rows {
		var note any
		if c.note != "" {
			note = c.note
		}
		err := b.add(c.number, c.name, b.asText(c.mobile), b.asText(c.idCard), b.asDate(c.opened), note)
		if err != nil {
			return err
		}
	}
	return b.sheet.Flush()
}

func writeListXLSX(w io.Writer, rows iter.Seq[customer]) error {
	b, err := newBook("客户名单", customerWidths, 1)
	if err != nil {
		return err
	}
	defer b.file.Close()
	if err := b.addCustomers(rows); err != nil {
		return err
	}
	return b.file.Write(w)
}

// bytes gives the workbook with its parts in order and without the time of day,
// so that the same rows are the same bytes.
func (b *book) bytes() ([]byte, error) {
	var raw bytes.Buffer
	if err := b.file.Write(&raw); err != nil {
		return nil, err
	}
	in, err := zip.NewReader(bytes.NewReader(raw.Bytes()), int64(raw.Len()))
	if err != nil {
		return nil, err
	}
	parts := slices.Clone(in.File)
	slices.SortStableFunc(parts, func(a, b *zip.File) int { return cmp.Compare(rank(a.Name)+a.Name, rank(b.Name)+b.Name) })
	var tidy bytes.Buffer
	out := zip.NewWriter(&tidy)
	for _, part := range parts {
		if err := copyPart(out, part); err != nil {
			return nil, err
		}
	}
	if err := out.Close(); err != nil {
		return nil, err
	}
	return tidy.Bytes(), nil
}

// rank: some readers want the list of content types first.
func rank(name string) string {
	if name == "[Content_Types].xml" {
		return "0"
	}
	return "1"
}

func copyPart(out *zip.Writer, part *zip.File) error {
	r, err := part.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	content, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if part.Name == "xl/worksheets/sheet1.xml" {
		content = asOthersWrite(content)
	}
	w, err := out.CreateHeader(&zip.FileHeader{Name: part.Name, Method: zip.Deflate})
	if err != nil {
		return err
	}
	_, err = w.Write(content)
	return err
}

var (
	errorText  = regexp.MustCompile(`<c r="([A-Z]+[0-9]+)" t="inlineStr"><is><t>(#N/A)</t></is></c>`)
	javaNumber = regexp.MustCompile(`<v>1(5400138009)</v>`)
)

// asOthersWrite gives two cells the form that Excel and Java programs write and
// excelize can't: a formula's error, and a number in scientific notation.
func asOthersWrite(sheet []byte) []byte {
	sheet = errorText.ReplaceAll(sheet, []byte(`<c r="$1" t="e"><v>$2</v></c>`))
	return javaNumber.ReplaceAll(sheet, []byte(`<v>1.${1}E10</v>`))
}
