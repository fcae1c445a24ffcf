package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"mobile3batch/checkpoint"
	"mobile3batch/person"
	"mobile3batch/pipeline"
	"mobile3batch/reader"
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
		Flags: append(flags, priceFlag(), rateFlag(), limitFlag(), langFlag(),
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Category: aboutOutput, Usage: "write the plan row by row to `REPORT`.csv or .xlsx"},
			maskFlag(),
			&cli.BoolFlag{Name: "force", Category: aboutOutput, Usage: "replace a REPORT that is there already"},
		),
		Action: func(c *cli.Context) error {
			o, err := readOptions(c)
			if err != nil {
				return err
			}
			return plan(s, o)
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

func plan(s Streams, o options) error {
	out := s.Out
	src, err := openSource(o)
	if err != nil {
		return err
	}
	defer src.table.Close()
	b := &batch{options: o, source: src, began: s.now(), service: o.service(), talk: newTalker(s, o), streams: s}
	b.paths = o.planPaths()
	if o.checkpoint == "" {
		b.takeUpCheckpoint()
	}
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
	report, err := createPlanReport(b)
	if err != nil {
		return err
	}
	defer report.discard()

	for _, line := range b.found(o.input) {
		fmt.Fprintln(out, line)
	}
	p := &planner{source: b.source, out: out, sheet: b.table.Sheet(), report: report}
	fed := b.newFeedback()
	b.survey, err = pipeline.Inspect(b.table.Rows(), b.identity, policy, lookupIn(ledger), func(r pipeline.Planned) error {
		fed.look(r)
		return p.row(r)
	})
	if err != nil {
		return err
	}
	if err := fed.refusal(b); err != nil {
		return err
	}
	if p.hidden > 0 {
		fmt.Fprintf(out, b.lang.of(text{"……另有 %d 处，用 -o 写出完整报告\n", "… and %d more: write them all with -o\n"}), p.hidden)
	}
	lines := estimate(b.survey, o, b.lang)
	if packages := advice(b.survey.ToAsk, b.lang); packages != "" && !b.sandbox {
		lines = append(lines, packages)
	}
	if lost := lostIn(ledger); lost > 0 {
		lines = append(lines, b.lang.of(lostLine(lost, o.price)))
	}
	for _, line := range lines {
		fmt.Fprintln(out, line)
	}
	return report.commit(out, b)
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
	v, err := checkpoint.View(b.paths.checkpoint, checkpoint.ViewOptions{Service: b.service, Secret: secret})
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
