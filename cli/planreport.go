package cli

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"mobile3batch/pipeline"
	"mobile3batch/writer"
)

// planReport is the plan row by row, in a file that can be handed on: what will
// be paid for, what not and why, and what it comes to. The nil report writes
// nothing.
type planReport struct {
	sheet *writer.Sheet
	own   ownCells
	lang  lang
	width int
}

var planWords = map[pipeline.Plan]text{
	pipeline.PlanAsk:       {"需付费核验", "to pay for"},
	pipeline.PlanDuplicate: {"与其他行重复", "duplicate"},
	pipeline.PlanKnown:     {"已有结果", "known"},
	pipeline.PlanHold:      {"存疑，不重发", "in doubt, held"},
	pipeline.PlanInvalid:   {"信息有误", "invalid"},
	pipeline.PlanLater:     {"本次不核验", "left for later"},
}

// planColumns are those of a plan's report, behind the input's own.
var planColumns = [...]text{{"计划", "plan"}, {"说明", "note"}}

// planColumnsIn finds them in a header. The last of a name is the report's own.
func planColumnsIn(header []string) (plan, note int, ok bool) {
	for _, l := range []lang{zh, en} {
		at := [len(planColumns)]int{-1, -1}
		for i, name := range planColumns {
			for j, h := range header {
				if h == l.of(name) || h == l.of(name)+l.of(taken) {
					at[i] = j
				}
			}
		}
		if at[0] >= 0 && at[1] >= 0 {
			return at[0], at[1], true
		}
	}
	return 0, 0, false
}

// planReasons say why nothing is paid for a row.
var planReasons = map[pipeline.Plan]text{
	pipeline.PlanDuplicate: {"与前面的某一行是同一个人，共用一次调用", "the same person as a row above: one call serves both"},
	pipeline.PlanKnown:     {"检查点里已有结果，不再付费", "the checkpoint holds the answer: not paid for again"},
	pipeline.PlanLater:     {"在 --limit 之后", "behind --limit"},
	pipeline.PlanHold:      {"曾发送、未收到答复，可能已计费；不会自动重发", "sent and never answered, may have been charged; never sent again by itself"},
}

var planTones = map[pipeline.Plan]writer.Tone{
	pipeline.PlanAsk: writer.Good, pipeline.PlanDuplicate: writer.Muted, pipeline.PlanKnown: writer.Plain,
	pipeline.PlanHold: writer.Alarm, pipeline.PlanInvalid: writer.Warn,
}

func createPlanReport(b *batch) (*planReport, error) {
	o, t, l := b.options, b.table, b.lang
	if o.output == "" {
		return nil, nil
	}
	if exists(o.output) && !o.force {
		return nil, refusedError{fmt.Errorf("%s is there already: choose another --output, or replace it with --force", o.output)}
	}
	header := t.Header()
	width := len(header)
	for _, name := range planColumns {
		header = append(header[:len(header):len(header)], free(l.of(name), l, header))
	}
	sheet, err := writer.Create(o.output, writer.Layout{
		Lang: string(l), Sheet: l.of(text{"试算", "Plan"}), TodoSheet: l.of(text{"待处理", "To do"}),
		SummarySheet: l.of(text{"汇总", "Summary"}),
		Header:       header, Status: width, Note: width + 1,
		Text: []int{t.Column("mobile"), t.Column("idCard")}, Widths: t.Widths(), Formats: t.Formats(),
	}, b.streams.whole())
	if err != nil {
		return nil, err
	}
	return &planReport{sheet: sheet, own: newOwnCells(t, o.mask), lang: l, width: width}, nil
}

func (r *planReport) row(p pipeline.Planned) error {
	if r == nil {
		return nil
	}
	var notes []string
	if why, ok := planReasons[p.Plan]; ok {
		notes = append(notes, r.lang.of(why))
	}
	for _, f := range p.Findings {
		notes = append(notes, f.Text(string(r.lang)))
	}
	row := writer.Row{Line: p.Row.Line, Tone: planTones[p.Plan], Todo: p.Plan == pipeline.PlanInvalid || p.Plan == pipeline.PlanHold}
	row.Cells = append(r.own.of(p.Row, p.Findings, r.width), textCell(r.lang.of(planWords[p.Plan])), textCell(strings.Join(notes, r.lang.of(text{"；", "; "}))))
	return r.sheet.Append(row)
}

func (r *planReport) commit(out io.Writer, b *batch) error {
	if r == nil {
		return nil
	}
	path, err := r.sheet.Commit(planSummary(b))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, path)
	return err
}

func planSummary(b *batch) writer.Summary {
	say := func(zhText, enText string) string { return b.lang.of(text{zhText, enText}) }
	s := writer.Summary{Title: say("试算（没有发起任何调用）", "Plan (no call was made)")}
	add := func(label, value string, kind writer.Kind) {
		s.Lines = append(s.Lines, writer.Line{Label: label, Value: writer.Cell{Kind: kind, Text: value}})
	}
	count := func(label string, n int64) { add(label, strconv.FormatInt(n, 10), writer.Number) }
	v := b.survey
	add(say("输入文件", "Input"), base(b.input), writer.Text)
	add(say("核验服务", "Service"), b.service, writer.Text)
	add(say("检查点", "Checkpoint"), base(b.paths.checkpoint), writer.Text)
	if b.mask {
		masked := maskedLine(b.lang)
		add(masked.label, masked.value, writer.Text)
	}
	add(say("试算时间", "Planned"), b.began.In(china).Format(time.DateTime+" -07:00"), writer.Text)
	count(say("总行数", "Rows"), v.Rows)
	count(say("预计调用", "Calls to pay"), v.ToAsk)
	add(say("单价", "Price of a call"), b.price.String(), writer.Text)
	add(say("预计费用", "Cost"), b.price.times(v.ToAsk).String(), writer.Text)
	if d := duration(v.ToAsk, b.options, b.lang); d != "" {
		add(say("预计用时", "Time"), strings.TrimLeft(d, "，, "), writer.Text)
	}
	if packages := advice(v.ToAsk, b.lang); packages != "" && !b.sandbox {
		add(say("套餐", "Packages"), packages, writer.Text)
	}
	if v.Resent > 0 {
		count(say("其中重发（存疑或应答异常）", "Of these, sent again"), v.Resent)
	}
	if v.Renewed > 0 {
		count(say("其中结果已过期", "Of these, answers too old"), v.Renewed)
	}
	for _, n := range b.table.Notes() {
		add(say("说明", "Note"), n.Text(string(b.lang)), writer.Text)
	}
	for _, p := range []struct {
		plan pipeline.Plan
		rows int64
	}{
		{pipeline.PlanAsk, v.ToAsk}, {pipeline.PlanDuplicate, v.Duplicates}, {pipeline.PlanKnown, v.Known},
		{pipeline.PlanHold, v.InDoubt}, {pipeline.PlanInvalid, v.Invalid}, {pipeline.PlanLater, v.Beyond},
	} {
		if p.plan == pipeline.PlanLater && p.rows == 0 {
			continue
		}
		s.Chart = append(s.Chart, writer.Slice{Label: b.lang.of(planWords[p.plan]), Count: int(p.rows), Tone: planTones[p.plan]})
	}
	return s
}

func (r *planReport) discard() {
	if r != nil {
		r.sheet.Discard()
	}
}
