package writer

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/xuri/excelize/v2"
)

// The summary sheet: the title, on the left labels and values, on the right
// the rows by status as a table and as bars. It is small and built in memory.
const (
	firstLine   = 3
	labelColumn = "B"
	valueColumn = "C"
	nameColumn  = "E"
	countColumn = "F"
	shareColumn = "G"
)

type vocabulary struct{ status, rows, share, chart string }

func wordsFor(lang string) vocabulary {
	if lang == "zh" {
		return vocabulary{status: "状态", rows: "行数", share: "占比", chart: "各状态行数"}
	}
	return vocabulary{status: "Status", rows: "Rows", share: "Share", chart: "Rows by status"}
}

// page puts cells on the summary sheet and keeps the first error.
type page struct {
	book *book
	err  error
}

func (p *page) do(err error) {
	if p.err == nil {
		p.err = err
	}
}

func (p *page) set(column string, row int, c Cell, style int) {
	f, at := p.book.file, column+strconv.Itoa(row)
	value := p.book.value(c)
	switch v := value.(type) {
	case string:
		p.do(f.SetCellStr(p.book.summary, at, v))
	default:
		p.do(f.SetCellValue(p.book.summary, at, v))
	}
	p.do(f.SetCellStyle(p.book.summary, at, at, style))
}

func (p *page) height(row int, points float64) {
	p.do(p.book.file.SetRowHeight(p.book.summary, row, points))
}

// value is what a cell of the summary holds.
func (b *book) value(c Cell) any {
	switch c.Kind {
	case Number:
		if f, ok := parseNumber(c.Text); ok {
			return f
		}
	case Bool:
		if v, ok := parseBool(c.Text); ok {
			return v
		}
	}
	return encode(c.Text)
}

func (b *book) summarise(sum Summary) error {
	if b.summary == "" {
		return nil
	}
	if err := b.checkSummary(sum); err != nil {
		return err
	}
	p := &page{book: b}
	p.frame()
	p.set(labelColumn, 1, Cell{Text: sum.Title}, b.styles.title)
	p.height(1, 34)
	for i, l := range sum.Lines {
		p.line(firstLine+i, l)
	}
	if len(sum.Chart) > 0 {
		p.table(sum.Chart)
		p.chart(sum.Chart)
	}
	return p.err
}

func (b *book) checkSummary(sum Summary) error {
	texts := []string{sum.Title}
	for _, l := range sum.Lines {
		texts = append(texts, l.Label, l.Value.Text)
	}
	for _, s := range sum.Chart {
		texts = append(texts, s.Label)
	}
	for _, t := range texts {
		if problem := cellProblem(xlsx, t); problem != "" {
			return fmt.Errorf("the summary: %s", problem)
		}
	}
	return nil
}

func (p *page) frame() {
	f, name := p.book.file, p.book.summary
	off, fit, wide, landscape, a4, tab := false, true, 1, "landscape", 9, "4C7A9F"
	p.do(f.SetSheetView(name, 0, &excelize.ViewOptions{ShowGridLines: &off}))
	p.do(f.SetSheetProps(name, &excelize.SheetPropsOptions{FitToPage: &fit, TabColorRGB: &tab}))
	p.do(f.SetPageLayout(name, &excelize.PageLayoutOptions{
		Size: &a4, Orientation: &landscape, FitToWidth: &wide, FitToHeight: &wide,
	}))
	for _, c := range []struct {
		column string
		width  float64
	}{{"A", 2.5}, {labelColumn, 26}, {valueColumn, 50}, {"D", 4}, {nameColumn, 24}, {countColumn, 18}, {shareColumn, 16}} {
		p.do(f.SetColWidth(name, c.column, c.column, c.width))
	}
}

func (p *page) line(row int, l Line) {
	st := p.book.styles
	if l.Value.Text == "" {
		p.set(labelColumn, row, Cell{Text: l.Label}, st.section)
		p.set(valueColumn, row, Cell{}, st.section)
		p.height(row, 24)
		return
	}
	p.set(labelColumn, row, Cell{Text: l.Label}, st.label)
	style := st.value
	if l.Value.Kind == Number {
		style = st.money
		if allDigits(l.Value.Text) {
			style = st.count
		}
	}
	p.set(valueColumn, row, l.Value, style)
	lines := max(linesOf(l.Value.Text, 54), linesOf(l.Label, 28))
	p.height(row, float64(4+16*lines))
}

// linesOf is how many lines of that many characters s wraps to.
func linesOf(s string, room int) int {
	n := 1
	used := 0
	for _, r := range s {
		w := columns(string(r))
		if r == '\n' || used+w > room {
			n, used = n+1, 0
		}
		used += w
	}
	return min(n, 24)
}

func (p *page) table(slices []Slice) {
	st, w := p.book.styles, wordsFor(p.book.layout.Lang)
	p.set(nameColumn, firstLine, Cell{Text: w.status}, st.section)
	p.set(countColumn, firstLine, Cell{Text: w.rows}, st.part)
	p.set(shareColumn, firstLine, Cell{Text: w.share}, st.part)
	total := 0
	for _, s := range slices {
		total += s.Count
	}
	for i, s := range slices {
		row := firstLine + 1 + i
		p.set(nameColumn, row, Cell{Text: s.Label}, st.tone[min(s.Tone, tones-1)])
		p.set(countColumn, row, Cell{Kind: Number, Text: strconv.Itoa(s.Count)}, st.wholeCount)
		share := 0.0
		if total > 0 {
			share = float64(s.Count) / float64(total)
		}
		p.set(shareColumn, row, Cell{Kind: Number, Text: strconv.FormatFloat(share, 'f', 4, 64)}, st.share)
	}
}

func (p *page) chart(slices []Slice) {
	first, last := firstLine+1, firstLine+len(slices)
	span := func(column string) string {
		return fmt.Sprintf("'%s'!$%s$%d:$%s$%d", p.book.summary, column, first, column, last)
	}
	family, vary, gap := font(p.book.layout.Lang), false, uint(45)
	small := excelize.Font{Family: family, Size: 10, Color: quietInk}
	zero := 0.0
	p.do(p.book.file.AddChart(p.book.summary, nameColumn+strconv.Itoa(last+2), &excelize.Chart{
		Type: excelize.Bar,
		Series: []excelize.ChartSeries{{
			Name:       fmt.Sprintf("'%s'!$%s$%d", p.book.summary, countColumn, firstLine),
			Categories: span(nameColumn), Values: span(countColumn),
			Fill:      fill(bars[Plain]),
			DataLabel: excelize.ChartDataLabel{Font: small},
		}},
		Title: excelize.ChartTitle{Paragraph: []excelize.RichTextRun{{
			Text: wordsFor(p.book.layout.Lang).chart,
			Font: &excelize.Font{Family: family, Size: 12, Bold: true, Color: sectionInk},
		}}},
		Legend:     excelize.ChartLegend{Position: "none"},
		VaryColors: &vary, GapWidth: &gap,
		XAxis:     excelize.ChartAxis{ReverseOrder: true, Font: small},
		YAxis:     excelize.ChartAxis{None: true, Minimum: &zero, Font: small},
		PlotArea:  excelize.ChartPlotArea{ShowVal: true, NumFmt: excelize.ChartNumFmt{CustomNumFmt: "#,##0"}},
		Dimension: excelize.ChartDimension{Width: 460, Height: uint(90 + 30*len(slices))},
		Border:    excelize.LineOptions{Type: excelize.LineNone},
	}))
	p.book.colourBars(slices)
}

// colourBars gives each bar its status's colour. The library can do that for
// pies only, so it is put into the finished part; without it the bars are grey.
func (b *book) colourBars(slices []Slice) {
	const chart = "xl/charts/chart1.xml"
	after := []byte(`<invertIfNegative val="0"></invertIfNegative>`)
	part, ok := b.file.Pkg.Load(chart)
	if !ok {
		return
	}
	var points bytes.Buffer
	points.Write(after)
	for i, s := range slices {
		fmt.Fprintf(&points, `<dPt><idx val="%d"/><invertIfNegative val="0"/><bubble3D val="0"/>`+
			`<spPr><a:solidFill><a:srgbClr val="%s"/></a:solidFill></spPr></dPt>`, i, bars[min(s.Tone, tones-1)])
	}
	b.file.Pkg.Store(chart, bytes.Replace(part.([]byte), after, points.Bytes(), 1))
}
