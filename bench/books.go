package main

import (
	"archive/zip"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/xuri/excelize/v2"

	"mobile3batch/reader"
	"mobile3batch/writer"
)

// bookLevel is the compression of the program's own workbooks.
const bookLevel = 3

// wideHeader names the columns of a book and the nine of a run.
var wideHeader = append(bookColumns[:len(bookColumns):len(bookColumns)], "核验状态", "核验结果", "结果描述", "运营商", "是否计费", "流水号", "结果来源", "核验时间", "核验备注")

// ourRows reads a workbook strictly: BOOK ROWS.
func ourRows(args []string) error {
	t, err := reader.Open(args[0], reader.Options{})
	if err != nil {
		return err
	}
	defer t.Close()
	n := 0
	for _, err := range t.Rows() {
		if err != nil {
			return err
		}
		n++
	}
	return expect("rows", n, number(args[1]))
}

// ourBook writes rows of fifteen cells: OUT ROWS. It ends as the program does, with a sync and a rename.
func ourBook(args []string) error {
	s, err := writer.Create(args[0], writer.Layout{Lang: "zh", Sheet: "核验结果", Header: wideHeader, Text: []int{2, 3}, Status: 6, Note: 14}, writer.Options{})
	if err != nil {
		return err
	}
	defer s.Discard()
	cells := make([]writer.Cell, len(wideHeader))
	for i := range number(args[1]) {
		cells[0] = writer.Cell{Kind: writer.Number, Text: strconv.Itoa(i)}
		for j, text := range bookRow(i) {
			cells[j+1] = writer.Cell{Kind: writer.Text, Text: text}
		}
		for j, text := range resultCells {
			cells[j+6] = writer.Cell{Kind: writer.Text, Text: text}
		}
		if err := s.Append(writer.Row{Line: i + 2, Cells: cells}); err != nil {
			return err
		}
	}
	_, err = s.Commit(writer.Summary{})
	return err
}

// bareBookWriter is excelize's stream, with our compression.
type bareBookWriter struct {
	file   *excelize.File
	stream *excelize.StreamWriter
	style  int
	row    int
	cells  []excelize.Cell
	values []any
}

func newBareBook() (*bareBookWriter, error) {
	b := &bareBookWriter{file: excelize.NewFile()}
	var err error
	if b.style, err = b.file.NewStyle(&excelize.Style{Font: &excelize.Font{Color: "1F2933"}}); err != nil {
		return nil, err
	}
	b.file.SetZipWriter(func(w io.Writer) excelize.ZipWriter {
		z := zip.NewWriter(w)
		z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, bookLevel) })
		return z
	})
	b.stream, err = b.file.NewStreamWriter("Sheet1")
	return b, err
}

// add leaves empty cells out, as the program does.
func (b *bareBookWriter) add(row []any) error {
	b.row++
	b.cells, b.values = b.cells[:0], b.values[:0]
	for _, v := range row {
		b.cells = append(b.cells, excelize.Cell{StyleID: b.style, Value: v})
	}
	for i := range b.cells {
		if b.cells[i].Value == "" {
			b.values = append(b.values, nil)
			continue
		}
		b.values = append(b.values, &b.cells[i])
	}
	return b.stream.SetRow("A"+strconv.Itoa(b.row), b.values)
}

func (b *bareBookWriter) save(path string) error {
	if err := b.stream.Flush(); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = b.file.WriteTo(f)
	return errors.Join(err, syncAndClose(f), b.file.Close())
}

// bareBook writes the cells of ourBook: OUT ROWS.
func bareBook(args []string) error {
	b, err := newBareBook()
	if err != nil {
		return err
	}
	row := make([]any, len(wideHeader))
	for i, name := range wideHeader {
		row[i] = name
	}
	if err := b.add(row); err != nil {
		return err
	}
	for i := range number(args[1]) {
		row[0] = float64(i)
		for j, text := range bookRow(i) {
			row[j+1] = text
		}
		for j, text := range resultCells {
			row[j+6] = text
		}
		if err := b.add(row); err != nil {
			return fmt.Errorf("row %d: %w", i, err)
		}
	}
	return b.save(args[0])
}
