package cli

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"mobile3batch/person"
	"mobile3batch/pipeline"
	"mobile3batch/reader"
	"mobile3batch/writer"
)

// resultColumns are the nine that a sheet comes back with, in order.
var resultColumns = [...]text{
	{"核验状态", "status"},
	{"核验结果", "result"},
	{"结果描述", "resultDesc"},
	{"运营商", "mobileChannel"},
	{"是否计费", "isFee"},
	{"流水号", "seqNo"},
	{"结果来源", "source"},
	{"核验时间", "checkedAt"},
	{"核验备注", "checkNote"},
}

const (
	columnStatus = 0
	columnSource = 6
	columnNote   = len(resultColumns) - 1
)

// taken is put behind a result column's name that the input uses itself.
var taken = text{"（核验）", "_check"}

var statusWords = map[pipeline.Status]text{
	pipeline.Match:    {"一致", "match"},
	pipeline.Mismatch: {"不一致", "mismatch"},
	pipeline.NoRecord: {"无记录", "no_record"},
	pipeline.Invalid:  {"信息有误", "invalid"},
	pipeline.Rejected: {"接口拒绝", "rejected"},
	pipeline.Unusable: {"应答异常", "unusable"},
	pipeline.InDoubt:  {"存疑", "in_doubt"},
	pipeline.Pending:  {"未核验", "pending"},
}

var statusTones = map[pipeline.Status]writer.Tone{
	pipeline.Match:    writer.Good,
	pipeline.Mismatch: writer.Bad,
	pipeline.NoRecord: writer.Muted,
	pipeline.Invalid:  writer.Warn,
	pipeline.Rejected: writer.Warn,
	pipeline.Unusable: writer.Alarm,
	pipeline.InDoubt:  writer.Alarm,
	pipeline.Pending:  writer.Plain,
}

// china is the time zone of all times in a sheet.
var china = time.FixedZone("+08:00", 8*60*60)

// columns says where the nine stand in a header, whatever its language.
type columns [len(resultColumns)]int

// ownColumns finds the nine in a header; ok only if all stand there. A column
// with the suffix goes before one without, which is then the input's own.
func ownColumns(header []string) (at columns, ok bool) {
	for _, l := range []lang{zh, en} {
		if at, ok = ownColumnsIn(header, l); ok {
			return at, true
		}
	}
	return at, false
}

func ownColumnsIn(header []string, l lang) (at columns, ok bool) {
	for i, c := range resultColumns {
		at[i] = slices.Index(header, l.of(c)+l.of(taken))
		if at[i] < 0 {
			at[i] = slices.Index(header, l.of(c))
		}
		if at[i] < 0 {
			return at, false
		}
	}
	return at, true
}

// place puts the nine into an input's header: where they stand already if all
// do, else behind the last column, each under a name that is not taken.
func place(input []string, l lang) (header []string, at columns) {
	header = slices.Clone(input)
	if at, ok := ownColumns(input); ok {
		for i, c := range resultColumns {
			header[at[i]] = ""
			header[at[i]] = free(l.of(c), l, header)
		}
		return header, at
	}
	for i, c := range resultColumns {
		at[i] = len(header)
		header = append(header, free(l.of(c), l, header))
	}
	return header, at
}

func free(name string, l lang, header []string) string {
	for slices.Contains(header, name) {
		name += l.of(taken)
	}
	return name
}

// projector turns results into the rows of a sheet. It is the pipeline's sink.
type projector struct {
	sheet   *writer.Sheet
	beside  beside
	changes *changes
	own     ownCells
	lang    lang
	at      columns
	width   int
	sandbox bool // an answer came from the stand-in
}

func (p *projector) Append(res pipeline.Result) error {
	p.sandbox = p.sandbox || res.Answer.Sandbox
	row := writer.Row{
		Line:  res.Row.Line,
		Cells: p.own.of(res.Row, res.Findings, p.width),
		Tone:  statusTones[res.Status],
		Todo:  res.Status.NeedsPerson(),
	}
	for i, s := range p.results(res) {
		row.Cells[p.at[i]] = textCell(s)
	}
	if err := p.sheet.Append(row); err != nil {
		return err
	}
	if err := p.beside.append(row); err != nil {
		return err
	}
	return p.changes.append(res)
}

// ownCells shows a row's own cells in a sheet.
type ownCells struct {
	columns [3]int // of name, mobile and idCard, in the order of person.Column
	mask    bool
}

func newOwnCells(t *reader.Table, mask bool) ownCells {
	return ownCells{[3]int{t.Column("name"), t.Column("mobile"), t.Column("idCard")}, mask}
}

// maskers hide most of a cell, in the order of person.Column.
var maskers = [3]func(string) string{person.MaskName, person.MaskMobile, person.MaskIDCard}

// of returns the cells with room up to width. What is wrong with the row is marked.
func (o ownCells) of(row reader.Row, findings []person.Finding, width int) []writer.Cell {
	out := make([]writer.Cell, width)
	for i, c := range row.Cells[:min(len(row.Cells), width)] {
		out[i] = writer.Cell{Kind: writer.Kind(c.Kind), Text: c.Text, Format: c.Format}
	}
	for _, column := range o.columns {
		if column >= 0 && column < min(len(row.Cells), width) {
			cell := row.Cells[column]
			out[column].Text = person.Field{Kind: person.Kind(cell.Kind), Text: cell.Text}.SheetText()
		}
	}
	for _, f := range findings {
		if f.Severity() == person.Fault && int(f.Column) < len(o.columns) && o.columns[f.Column] < width {
			out[o.columns[f.Column]].Mark = true
		}
	}
	for i, column := range o.columns {
		if o.mask && column < len(row.Cells) && column < width {
			out[column] = masked(out[column], maskers[i])
		}
	}
	return out
}

// masked hides most of a cell, and all of one that is not what its column is for: a
// name may stand in it where digits are expected.
func masked(c writer.Cell, mask func(string) string) writer.Cell {
	switch {
	case c.Text == "":
		return c
	case c.Mark:
		return writer.Cell{Kind: writer.Text, Text: strings.Repeat("*", utf8.RuneCountInString(c.Text)), Mark: true}
	}
	return writer.Cell{Kind: writer.Text, Text: mask(c.Text)}
}

func textCell(s string) writer.Cell {
	if s == "" {
		return writer.Cell{}
	}
	return writer.Cell{Kind: writer.Text, Text: s}
}

// results are the nine cells of a row.
func (p *projector) results(res pipeline.Result) (cells [len(resultColumns)]string) {
	cells[columnStatus] = p.lang.of(statusWords[res.Status])
	cells[columnNote] = note(res, p.lang)
	if res.Source == pipeline.NoSource {
		return cells
	}
	a := res.Answer
	if a.Result != 0 {
		cells[1] = strconv.Itoa(a.Result)
	}
	cells[2], cells[3], cells[4], cells[5] = a.ResultDesc, a.MobileChannel, a.IsFee, a.SeqNo
	cells[6] = res.Source.String()
	if a.Sandbox {
		cells[6] = "sandbox:" + cells[6]
	}
	cells[7] = res.At.In(china).Format(time.RFC3339)
	return cells
}

// usedColumns counts an input's columns up to the last that has a name or holds
// something: Excel fills the lines of a CSV up with commas.
type usedColumns int

func (u *usedColumns) look(row reader.Row) {
	for i := len(row.Cells) - 1; i >= int(*u); i-- {
		if row.Cells[i].Text != "" || row.Cells[i].Kind != reader.Empty {
			*u = usedColumns(i + 1)
		}
	}
}

func newUsedColumns(header []string) (u usedColumns) {
	for i, h := range header {
		if h != "" {
			u = usedColumns(i + 1)
		}
	}
	return u
}

// layout is how the sheet of an input looks, of which so many columns are used.
func layout(t *reader.Table, used usedColumns, l lang) (writer.Layout, columns) {
	header, at := place(t.Header()[:used], l)
	return writer.Layout{
		Lang:         string(l),
		Sheet:        l.of(text{"核验结果", "Results"}),
		TodoSheet:    l.of(text{"待处理", "To do"}),
		SummarySheet: l.of(text{"汇总", "Summary"}),
		Header:       header,
		Text:         []int{t.Column("mobile"), t.Column("idCard")},
		Status:       at[columnStatus],
		Note:         at[columnNote],
		TodoHidden:   at[columnStatus+1 : columnNote], // nearly always empty there, and the reason is to stand beside the cell
		Widths:       t.Widths(),
		Formats:      t.Formats(),
	}, at
}
