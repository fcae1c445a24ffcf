package writer

import (
	"strconv"

	"github.com/xuri/excelize/v2"
)

// grid is rows under a header, over as many worksheets as they need.
type grid struct {
	book           *book
	base, fallback string
	hidden         []int  // columns out of sight
	tab            string // colour of the sheet's tab, "" for none
	parts          []*part
}

// part is one worksheet of a grid.
type part struct {
	name   string
	stream *excelize.StreamWriter
	last   int // the last row written, from 1
}

func (g *grid) add(values []any) error {
	p := g.parts[len(g.parts)-1]
	if p.last == g.book.limits.rows {
		p = &part{name: g.book.names.take(g.base, g.fallback, len(g.parts)+1)}
		g.parts = append(g.parts, p)
		if _, err := g.book.file.NewSheet(p.name); err != nil {
			return err
		}
		if err := g.begin(); err != nil {
			return err
		}
	}
	p.last++
	return p.stream.SetRow("A"+strconv.Itoa(p.last), values)
}

// begin opens the newest part's stream and writes its header. What the library
// writes at the head of a worksheet must be set before the stream is opened,
// widths and panes before the first row.
func (g *grid) begin() error {
	b, p := g.book, g.parts[len(g.parts)-1]
	if err := g.setUp(p.name); err != nil {
		return err
	}
	var err error
	if p.stream, err = b.file.NewStreamWriter(p.name); err != nil {
		return err
	}
	for i, w := range b.layout.Widths {
		if err := p.stream.SetColWidth(i+1, i+1, w); err != nil {
			return err
		}
		if !b.text[i] {
			continue
		}
		if err := p.stream.SetColStyle(i+1, i+1, b.styles.text); err != nil {
			return err
		}
	}
	for _, i := range g.hidden {
		if err := p.stream.SetColVisible(i+1, i+1, false); err != nil {
			return err
		}
	}
	err = p.stream.SetPanes(&excelize.Panes{
		Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft",
		Selection: []excelize.Selection{{SQRef: "A2", ActiveCell: "A2", Pane: "bottomLeft"}},
	})
	if err != nil {
		return err
	}
	header := make([]any, len(b.layout.Header))
	for i, h := range b.layout.Header {
		header[i] = excelize.Cell{StyleID: b.styles.header, Value: encode(h)}
	}
	p.last = 1
	return p.stream.SetRow("A1", header, excelize.RowOpts{Height: 24})
}

func (g *grid) setUp(name string) error {
	f := g.book.file
	// The library would say A1 here whatever the sheet holds, and some readers
	// believe it.
	if err := f.SetSheetDimension(name, ""); err != nil {
		return err
	}
	height, fit, wide, tall, landscape, a4 := 18.0, true, 1, 0, "landscape", 9
	props := &excelize.SheetPropsOptions{DefaultRowHeight: &height, CustomHeight: &fit, FitToPage: &fit}
	if g.tab != "" {
		props.TabColorRGB = &g.tab
	}
	if err := f.SetSheetProps(name, props); err != nil {
		return err
	}
	return f.SetPageLayout(name, &excelize.PageLayoutOptions{
		Size: &a4, Orientation: &landscape, FitToWidth: &wide, FitToHeight: &tall,
	})
}

// moveBefore puts the parts that were added late before the sheet of that name.
func (g *grid) moveBefore(name string) error {
	if name == "" {
		return nil
	}
	for _, p := range g.parts[1:] {
		if err := g.book.file.MoveSheet(p.name, name); err != nil {
			return err
		}
	}
	return nil
}

// end filters the used range and closes the streams: once, a second time
// would damage the sheet.
func (g *grid) end() error {
	if g == nil {
		return nil
	}
	f, right := g.book.file, columnLetter(len(g.book.layout.Header)-1)
	for _, p := range g.parts {
		if err := f.AutoFilter(p.name, "A1:"+right+strconv.Itoa(p.last), nil); err != nil {
			return err
		}
		err := f.SetDefinedName(&excelize.DefinedName{
			Name: "_xlnm.Print_Titles", RefersTo: "'" + p.name + "'!$1:$1", Scope: p.name,
		})
		if err != nil {
			return err
		}
		if err := p.stream.Flush(); err != nil {
			return err
		}
	}
	return nil
}
