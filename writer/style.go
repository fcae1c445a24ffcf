package writer

import "github.com/xuri/excelize/v2"

// styles are the ids of every look a cell can have.
type styles struct {
	family                         string // of the font
	header, plain, text, note      int
	marked                         int // what is wrong with a row
	number                         int
	whole                          int // a number too long for General
	moment                         [moments]int
	tone                           [tones]int
	title, section, label, value   int
	money, count, wholeCount, part int
	share                          int
}

type paint struct {
	fill, ink    string
	bold, italic bool
}

// Soft fills under dark ink: the fills differ in lightness, and weight and
// slant say it again for print and for people who do not see the colours.
var paints = [tones]paint{
	Plain: {ink: "1F2933"},
	Good:  {fill: "DDF1E1", ink: "17562B"},
	Bad:   {fill: "F8D4D0", ink: "8A1C12", bold: true},
	Muted: {fill: "E9ECEF", ink: "4A5560", italic: true},
	Warn:  {fill: "FFF2C7", ink: "6B4E00"},
	Alarm: {fill: "FFCF99", ink: "7A2E00", bold: true},
}

// Stronger twins of the fills, for the bars of the chart.
var bars = [tones]string{
	Plain: "8FA3B5", Good: "4C9F63", Bad: "C94F43", Muted: "A9B2BB", Warn: "E0B43A", Alarm: "E0802B",
}

const (
	numText     = 49 // @
	numWhole    = 1  // 0
	lineColour  = "C9D1D9"
	headFill    = "2F4858"
	sectionInk  = "2F4858"
	quietInk    = "4A5560"
	markInk     = "9C2A00"
	markFill    = "FFE3CC"
	dateFormat  = "yyyy-mm-dd"
	timeFormat  = "yyyy-mm-dd hh:mm:ss"
	milliFormat = "yyyy-mm-dd hh:mm:ss.000"
	clockFormat = "hh:mm:ss"
	hoursFormat = "[h]:mm:ss"
)

func font(lang string) string {
	if lang == "zh" {
		return "Microsoft YaHei"
	}
	return "Calibri"
}

// stylist collects styles and the first error.
type stylist struct {
	file   *excelize.File
	family string
	err    error
}

func (s *stylist) add(style excelize.Style) int {
	if style.Font == nil {
		style.Font = &excelize.Font{Color: paints[Plain].ink}
	}
	style.Font.Family = s.family
	if style.Font.Size == 0 {
		style.Font.Size = 10
	}
	if style.Alignment == nil {
		style.Alignment = &excelize.Alignment{}
	}
	if style.Alignment.Vertical == "" {
		style.Alignment.Vertical = "center"
	}
	id, err := s.file.NewStyle(&style)
	if s.err == nil {
		s.err = err
	}
	return id
}

func fill(colour string) excelize.Fill {
	if colour == "" {
		return excelize.Fill{}
	}
	return excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{colour}}
}

// frame is a thick line all around: a marked cell stands out without its colour, too.
func frame(colour string) (all []excelize.Border) {
	for _, side := range []string{"left", "right", "top", "bottom"} {
		all = append(all, excelize.Border{Type: side, Color: colour, Style: 2})
	}
	return all
}

func custom(format string) excelize.Style { return excelize.Style{CustomNumFmt: &format} }

// offEdge: text starts a little off the column's edge, so that it does not run into a
// number at the right edge of the column before.
func offEdge() *excelize.Alignment { return &excelize.Alignment{Horizontal: "left", Indent: 1} }

func newStyles(f *excelize.File, lang string) (styles, error) {
	s := &stylist{file: f, family: font(lang)}
	st := styles{family: s.family}
	st.header = s.add(excelize.Style{
		Font: &excelize.Font{Bold: true, Color: "FFFFFF"}, Fill: fill(headFill), NumFmt: numText,
		Alignment: offEdge(),
	})
	st.plain = s.add(excelize.Style{Alignment: offEdge()})
	st.text = s.add(excelize.Style{NumFmt: numText, Alignment: offEdge()})
	st.marked = s.add(excelize.Style{
		Font: &excelize.Font{Bold: true, Color: markInk}, Fill: fill(markFill), Border: frame(markInk),
		NumFmt: numText, Alignment: offEdge(),
	})
	st.note = s.add(excelize.Style{Font: &excelize.Font{Color: quietInk}, Alignment: offEdge()})
	st.number = s.add(excelize.Style{})
	st.whole = s.add(excelize.Style{NumFmt: numWhole})
	for m, format := range [...]string{day: dateFormat, dayTime: timeFormat, dayMilli: milliFormat, clock: clockFormat, duration: hoursFormat} {
		st.moment[m] = s.add(custom(format))
	}
	for t, p := range paints {
		st.tone[t] = s.add(excelize.Style{
			Font: &excelize.Font{Color: p.ink, Bold: p.bold, Italic: p.italic}, Fill: fill(p.fill),
			Alignment: &excelize.Alignment{Horizontal: "center"},
		})
	}
	st.addSummary(s)
	return st, s.err
}

func (st *styles) addSummary(s *stylist) {
	under := []excelize.Border{{Type: "bottom", Color: lineColour, Style: 1}}
	strong := []excelize.Border{{Type: "bottom", Color: sectionInk, Style: 2}}
	count, exact := "#,##0", "#,##0.00##"
	right := func() *excelize.Alignment { return &excelize.Alignment{Horizontal: "right"} }
	left := func() *excelize.Alignment { return &excelize.Alignment{Horizontal: "left", WrapText: true} }

	st.title = s.add(excelize.Style{Font: &excelize.Font{Bold: true, Size: 16, Color: sectionInk}})
	st.section = s.add(excelize.Style{Font: &excelize.Font{Bold: true, Size: 11, Color: sectionInk}, Border: strong})
	st.label = s.add(excelize.Style{Font: &excelize.Font{Color: quietInk}, Border: under, Alignment: left()})
	st.value = s.add(excelize.Style{Border: under, Alignment: left(), NumFmt: numText})
	st.count = s.add(excelize.Style{Border: under, CustomNumFmt: &count, Alignment: left()})
	st.money = s.add(excelize.Style{Border: under, CustomNumFmt: &exact, Alignment: left()})
	st.wholeCount = s.add(excelize.Style{Border: under, CustomNumFmt: &count, Alignment: right()})
	st.share = s.add(excelize.Style{Border: under, NumFmt: 10, Alignment: right()})
	st.part = s.add(excelize.Style{
		Font: &excelize.Font{Bold: true, Size: 11, Color: sectionInk}, Border: strong, Alignment: right(),
	})
}
