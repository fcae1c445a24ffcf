package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"mobile3batch/checkpoint"
	"mobile3batch/person"
	"mobile3batch/pipeline"
	"mobile3batch/reader"
	"mobile3batch/writer"
)

// mostFaults is how many faults are printed; a report holds all of them.
const mostFaults = 1000

func planCommand(s Streams) *cli.Command {
	flags := append(readingFlags(), keepingFlags()...)
	flags = append(flags, serviceFlags()...)
	return &cli.Command{
		Name:      "plan",
		Usage:     "read, check and price a list; no call is made · 试算，不付费",
		UsageText: "mobile3batch plan people.xlsx -o report.xlsx",
		Description: `Names every fault with sheet, row and column, and says how many calls a run
would pay for and what they cost, after what the checkpoint knows already.
Needs no credentials, makes no call, writes and locks nothing but its report.`,
		ArgsUsage: "INPUT",
		Flags: append(flags, priceFlag(), rateFlag(), langFlag(),
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Category: aboutOutput, Usage: "write the plan row by row to `REPORT`.csv or .xlsx"},
			&cli.BoolFlag{Name: "force", Category: aboutOutput, Usage: "replace a REPORT that is there already"},
		),
		Action: func(c *cli.Context) error {
			o, err := readOptions(c)
			if err != nil {
				return err
			}
			return plan(s.Out, o)
		},
	}
}

// planner prints a survey's faults as it finds them, and writes the report.
type planner struct {
	source
	out     io.Writer
	sheet   string // in front of every place; empty for CSV
	report  *planReport
	printed int
	hidden  int
}

func plan(out io.Writer, o options) error {
	src, err := openSource(o)
	if err != nil {
		return err
	}
	defer src.table.Close()
	if o.checkpoint == "" {
		o.checkpoint = o.input + o.mark() + ".checkpoint"
	}
	b := &batch{options: o, source: src, began: time.Now(), service: o.service()}
	b.paths = paths{input: o.input, checkpoint: o.checkpoint}
	ledger, closeLedger, err := b.viewLedger()
	if err != nil {
		return err
	}
	defer closeLedger()
	b.identifyBy(ledger)
	b.batchFrom = batchStart(ledger, inputTag(b.identity.Keyer, o.input), b.began)
	policy, err := b.policy(ledger)
	if err != nil {
		return err
	}
	report, err := createPlanReport(o, b.source)
	if err != nil {
		return err
	}
	defer report.discard()

	for _, line := range b.found(o.input) {
		fmt.Fprintln(out, line)
	}
	p := &planner{source: b.source, out: out, sheet: b.table.Sheet(), report: report}
	s, err := pipeline.Inspect(b.table.Rows(), b.identity, policy, lookupIn(ledger), p.row)
	if err != nil {
		return err
	}
	if p.hidden > 0 {
		fmt.Fprintf(out, b.lang.of(text{"……另有 %d 处，用 -o 写出完整报告\n", "… and %d more: write them all with -o\n"}), p.hidden)
	}
	for _, line := range estimate(s, o, b.lang) {
		fmt.Fprintln(out, line)
	}
	if lost := lostIn(ledger); lost > 0 {
		fmt.Fprintln(out, b.lang.of(lostLine(lost, o.price)))
	}
	return report.commit(out)
}

// viewLedger reads a checkpoint without locking or changing it; nil if there is
// none.
func (b *batch) viewLedger() (past, func() error, error) {
	var secret []byte
	if b.keyFile != "" && exists(b.keyFile) {
		var err error
		if secret, err = checkpoint.ReadKeyFile(b.keyFile); err != nil {
			return nil, nil, refusedError{err}
		}
	}
	v, err := checkpoint.View(b.checkpoint, checkpoint.ViewOptions{Service: b.service, Secret: secret})
	if errors.Is(err, checkpoint.ErrMissing) {
		return nil, func() error { return nil }, nil
	}
	if err != nil {
		return nil, nil, err
	}
	return v, v.Close, nil
}

func (p *planner) row(r pipeline.Planned) error {
	for _, f := range r.Findings {
		if f.Severity() == person.Fix && r.Plan != pipeline.PlanInvalid {
			continue // mended by itself: the report and the sheet's note say so
		}
		if p.printed++; p.printed > mostFaults {
			p.hidden++
			continue
		}
		fmt.Fprintf(p.out, "%s: %s\n", p.place(r.Row, f.Column), f.Text(string(p.lang)))
	}
	return p.report.row(r)
}

// place says where a finding is: sheet, row and column.
func (p *planner) place(row reader.Row, c person.Column) string {
	i := p.table.Column(c.String())
	where := fmt.Sprintf(p.lang.of(text{"第 %d 行 %s 列（%s）", "row %d column %s (%s)"}), row.Line, reader.ColumnLetter(i), p.table.Header()[i])
	if p.sheet == "" {
		return where
	}
	return p.sheet + " " + where
}

// planReport is the plan row by row, in a file. The nil report writes nothing.
type planReport struct {
	sheet *writer.Sheet
	lang  lang
	width int
	rows  map[pipeline.Plan]int
}

var planWords = map[pipeline.Plan]text{
	pipeline.PlanAsk:       {"需付费核验", "to pay for"},
	pipeline.PlanDuplicate: {"与其他行重复", "duplicate"},
	pipeline.PlanKnown:     {"已有结果", "known"},
	pipeline.PlanHold:      {"存疑，不重发", "in doubt, held"},
	pipeline.PlanInvalid:   {"信息有误", "invalid"},
}

var planTones = map[pipeline.Plan]writer.Tone{
	pipeline.PlanAsk: writer.Good, pipeline.PlanDuplicate: writer.Muted, pipeline.PlanKnown: writer.Plain,
	pipeline.PlanHold: writer.Alarm, pipeline.PlanInvalid: writer.Warn,
}

func createPlanReport(o options, s source) (*planReport, error) {
	if o.output == "" {
		return nil, nil
	}
	if sameFile(o.output, o.input) || sameFile(o.output, o.checkpoint) {
		return nil, usageError{fmt.Errorf("--output %s is the input or the checkpoint: choose another name", o.output)}
	}
	if exists(o.output) && !o.force {
		return nil, refusedError{fmt.Errorf("%s is there already: choose another --output, or replace it with --force", o.output)}
	}
	header := s.table.Header()
	width := len(header)
	for _, t := range []text{{"计划", "plan"}, {"说明", "note"}} {
		header = append(header[:len(header):len(header)], free(s.lang.of(t), s.lang, header))
	}
	sheet, err := writer.Create(o.output, writer.Layout{
		Lang: string(s.lang), Sheet: s.lang.of(text{"试算", "Plan"}), TodoSheet: s.lang.of(text{"待处理", "To do"}),
		SummarySheet: s.lang.of(text{"汇总", "Summary"}),
		Header:       header, Status: width, Note: width + 1,
		Text: []int{s.table.Column("mobile"), s.table.Column("idCard")}, Widths: s.table.Widths(), Formats: s.table.Formats(),
	}, writer.Options{Lock: checkpoint.TryLock})
	if err != nil {
		return nil, err
	}
	return &planReport{sheet: sheet, lang: s.lang, width: width, rows: make(map[pipeline.Plan]int)}, nil
}

func (r *planReport) row(p pipeline.Planned) error {
	if r == nil {
		return nil
	}
	r.rows[p.Plan]++
	var notes []string
	for _, f := range p.Findings {
		notes = append(notes, f.Text(string(r.lang)))
	}
	row := writer.Row{Line: p.Row.Line, Tone: planTones[p.Plan], Todo: p.Plan == pipeline.PlanInvalid || p.Plan == pipeline.PlanHold}
	row.Cells = append(cells(p.Row, r.width), textCell(r.lang.of(planWords[p.Plan])), textCell(strings.Join(notes, r.lang.of(text{"；", "; "}))))
	return r.sheet.Append(row)
}

func (r *planReport) commit(out io.Writer) error {
	if r == nil {
		return nil
	}
	s := writer.Summary{Title: r.lang.of(text{"试算（没有发起任何调用）", "Plan (no call was made)"})}
	for _, p := range []pipeline.Plan{pipeline.PlanAsk, pipeline.PlanDuplicate, pipeline.PlanKnown, pipeline.PlanHold, pipeline.PlanInvalid} {
		s.Chart = append(s.Chart, writer.Slice{Label: r.lang.of(planWords[p]), Count: r.rows[p], Tone: planTones[p]})
	}
	path, err := r.sheet.Commit(s)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, path)
	return err
}

func (r *planReport) discard() {
	if r != nil {
		r.sheet.Discard()
	}
}
