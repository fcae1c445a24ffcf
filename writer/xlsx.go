package writer

import (
	"bufio"
	"cmp"
	"errors"
	"io"
	"os"
	"time"

	"github.com/xuri/excelize/v2"
)

// book is a workbook: sheets of rows, sheets of the rows to do, a summary.
// Rows are streamed; what does not fit in memory is spilled to the scratch
// folder and joins the container when the book is finished.
type book struct {
	sibling *sibling
	file    *excelize.File
	layout  Layout
	limits  limits
	styles  styles
	names   names
	summary string
	rows    *grid
	todo    *grid // nil: not wanted
	held    []Row // the first rows, until the widths are known
	started bool
	text    []bool          // by column
	formats map[uint16]int  // style ids of the layout's number formats, as they come up
	cells   []excelize.Cell // of the row being written
	values  []any           // pointers into cells, nil where a cell is left out
}

func newBook(s *sibling, l Layout, lim limits) (*book, error) {
	s.format, s.header = xlsx, len(l.Header)
	f := excelize.NewFile(excelize.Options{TmpDir: Scratch(s.path)})
	b := &book{
		sibling: s, file: f, layout: l, limits: lim, names: names{},
		text:   make([]bool, len(l.Header)),
		cells:  make([]excelize.Cell, len(l.Header)),
		values: make([]any, len(l.Header)), formats: map[uint16]int{},
	}
	for _, i := range l.Text {
		if i >= 0 && i < len(b.text) {
			b.text[i] = true
		}
	}
	var err error
	if b.styles, err = newStyles(f, l.Lang); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if err := f.SetDefaultFont(font(l.Lang)); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	b.nameSheets()
	return b, nil
}

func (b *book) nameSheets() {
	b.rows = &grid{book: b, base: b.layout.Sheet, fallback: "Rows"}
	b.rows.parts = []*part{{name: b.names.take(b.layout.Sheet, "Rows", 1)}}
	if b.layout.TodoSheet != "" {
		b.todo = &grid{book: b, base: b.layout.TodoSheet, fallback: "To do", tab: "E0802B", hidden: b.layout.TodoHidden}
		b.todo.parts = []*part{{name: b.names.take(b.layout.TodoSheet, "To do", 1)}}
	}
	if b.layout.SummarySheet != "" {
		b.summary = b.names.take(b.layout.SummarySheet, "Summary", 1)
	}
}

func (b *book) append(r Row) error {
	if b.started {
		return b.write(r)
	}
	r.Cells = append([]Cell(nil), r.Cells...)
	b.held = append(b.held, r)
	if len(b.held) < sampled {
		return nil
	}
	return b.start()
}

// start creates the sheets, in their order, and writes the rows held back.
func (b *book) start() error {
	b.started = true
	b.layout.Widths = b.layout.widths(b.held)
	if err := b.file.SetSheetName("Sheet1", b.rows.parts[0].name); err != nil {
		return err
	}
	if err := b.rows.begin(); err != nil {
		return err
	}
	if b.todo != nil {
		if _, err := b.file.NewSheet(b.todo.parts[0].name); err != nil {
			return err
		}
		if err := b.todo.begin(); err != nil {
			return err
		}
	}
	if b.summary != "" {
		if _, err := b.file.NewSheet(b.summary); err != nil {
			return err
		}
	}
	for _, r := range b.held {
		if err := b.write(r); err != nil {
			return err
		}
	}
	b.held = nil
	return nil
}

func (b *book) write(r Row) error {
	if err := b.fill(r); err != nil {
		return err
	}
	if err := b.rows.add(b.values); err != nil {
		return err
	}
	if r.Todo && b.todo != nil {
		return b.todo.add(b.values)
	}
	return nil
}

func (b *book) fill(r Row) error {
	clear(b.values)
	for i, c := range r.Cells {
		switch {
		case c.Mark: // an empty one, too
			b.cells[i] = excelize.Cell{StyleID: b.styles.marked, Value: encode(c.Text)}
			b.values[i] = &b.cells[i]
			continue
		case c.Text == "":
			continue
		}
		var err error
		if b.cells[i], err = b.cell(i, c); err != nil {
			return err
		}
		switch i {
		case b.layout.Status:
			b.cells[i].StyleID = b.styles.tone[min(r.Tone, tones-1)]
		case b.layout.Note:
			b.cells[i].StyleID = b.styles.note
		}
		b.values[i] = &b.cells[i]
	}
	return nil
}

func (b *book) cell(column int, c Cell) (excelize.Cell, error) {
	if b.text[column] {
		return excelize.Cell{StyleID: b.styles.text, Value: encode(c.Text)}, nil
	}
	switch c.Kind {
	case Number:
		if f, ok := parseNumber(c.Text); ok {
			style := b.styles.number
			if longWhole(c.Text) {
				style = b.styles.whole
			}
			style, err := b.formatted(c.Format, style)
			return excelize.Cell{StyleID: style, Value: f}, err
		}
	case Date:
		if serial, shows, ok := parseDate(c.Text); ok {
			style, err := b.formatted(c.Format, b.styles.moment[shows])
			return excelize.Cell{StyleID: style, Value: serial}, err
		}
	case Bool:
		if v, ok := parseBool(c.Text); ok {
			return excelize.Cell{StyleID: b.styles.number, Value: v}, nil
		}
	}
	return excelize.Cell{StyleID: b.styles.plain, Value: encode(c.Text)}, nil
}

func parseBool(s string) (value, ok bool) {
	switch s {
	case "TRUE", "true", "1":
		return true, true
	case "FALSE", "false", "0":
		return false, true
	}
	return false, false
}

func (b *book) finish(sum Summary) error {
	if !b.started {
		if err := b.start(); err != nil {
			return err
		}
	}
	for _, step := range []func() error{
		b.order,
		func() error { return b.rows.end() },
		func() error { return b.todo.end() },
		func() error { return b.summarise(sum) },
		func() error { return b.describe(sum.Title) },
		b.save,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// order puts the sheets that were added late where they belong. It must come
// before anything that names a sheet by its position.
func (b *book) order() error {
	before := b.summary
	if b.todo != nil {
		if err := b.todo.moveBefore(before); err != nil {
			return err
		}
		before = b.todo.parts[0].name
	}
	if err := b.rows.moveBefore(before); err != nil {
		return err
	}
	b.file.SetActiveSheet(0)
	return nil
}

func (b *book) describe(title string) error {
	now := time.Now().UTC().Format(time.RFC3339)
	lang := "en"
	if b.layout.Lang == "zh" {
		lang = "zh-CN"
	}
	err := b.file.SetDocProps(&excelize.DocProperties{
		Title: encode(title), Creator: program, LastModifiedBy: program,
		Created: now, Modified: now, Language: lang,
	})
	if err != nil {
		return err
	}
	return b.file.SetAppProps(&excelize.AppProperties{Application: program})
}

const program = "mobile3batch"

// save streams the container into the sibling. The library hands the container
// a buffer to fill, which stays empty.
func (b *book) save() error {
	out := bufio.NewWriterSize(b.sibling, 1<<18)
	c := newContainer(out, b.limits.zip64)
	defer c.wait()
	b.file.SetZipWriter(func(io.Writer) excelize.ZipWriter { return c })
	buffer, err := b.file.WriteToBuffer()
	if err = cmp.Or(err, c.err); err != nil {
		return err
	}
	if buffer.Len() != 0 || !c.closed {
		return errors.New("the workbook library did not write the container it was given")
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return c.declare64(b.sibling.file)
}

// release closes the spilled files and removes the folder that held them.
func (b *book) release() error {
	return errors.Join(b.file.Close(), os.RemoveAll(Scratch(b.sibling.path)))
}
