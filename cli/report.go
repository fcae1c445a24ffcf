package cli

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"mobile3batch/checkpoint"
	"mobile3batch/pipeline"
	"mobile3batch/writer"
)

// endFinished is the end of a run that left nothing to ask.
const endFinished = "finished"

// report says what a run came to: on the terminal, in the sheet, as JSON.
type report struct {
	pipeline.Summary
	batch   *batch
	sandbox bool
	took    time.Duration
	output  string // where the sheet stands
	changed *changes
	beside  beside
}

func (r report) l(zhText, enText string) string { return r.batch.lang.of(text{zhText, enText}) }

// why is the run's end in one word, for the checkpoint and the JSON.
func (r report) why() string {
	for _, w := range []struct {
		halt pipeline.Halt
		word string
	}{
		{pipeline.HaltInterrupted, "interrupted"},
		{pipeline.HaltCredentials, "credentials"},
		{pipeline.HaltQuota, "quota"},
		{pipeline.HaltParameters, "parameters"},
		{pipeline.HaltService, "service"},
		{pipeline.HaltBudget, "budget"},
		{pipeline.HaltLimit, "limit"},
		{pipeline.HaltFailed, "failed"},
	} {
		if r.Halt&w.halt != 0 {
			return w.word
		}
	}
	return endFinished
}

func (r report) end() checkpoint.RunEnd {
	counts := map[string]int64{
		"rows": r.Rows, "calls": r.Calls, "billed": r.Billed, "isFee": r.Fee, "doubts": r.Doubts,
		"known": r.Known, "duplicates": r.Duplicates, "throttled": r.Throttled,
		paceCount: int64(r.Pace * 1000),
	}
	for s, n := range r.ByStatus {
		counts[s.String()] = n
	}
	return checkpoint.RunEnd{Why: r.why(), Counts: counts}
}

func (r report) title() string {
	title := r.l("手机号三要素核验", "Name, mobile and ID card check")
	if r.sandbox {
		title += r.l("（沙箱演练，非真实结果）", " (SANDBOX rehearsal, not real results)")
	}
	return title
}

// line is one fact of the summary. number: right-aligned in the sheet.
type line struct {
	label, value string
	number       bool
}

func (r report) lines() []line {
	b := r.batch
	count := func(label string, n int64) line { return line{label, strconv.FormatInt(n, 10), true} }
	lines := []line{
		{r.l("输入文件", "Input"), base(b.paths.input), false},
		{r.l("核验服务", "Service"), b.service, false},
		{r.l("检查点", "Checkpoint"), base(b.paths.checkpoint), false},
	}
	if b.who != "" {
		lines = append(lines, line{r.l("经办人", "By"), b.who, false}, line{r.l("用途", "For"), b.purpose, false})
	}
	if b.mask {
		lines = append(lines, maskedLine(b.lang))
	}
	lines = append(lines,
		line{r.l("开始时间", "Started"), b.began.In(china).Format(time.DateTime + " -07:00"), false},
		line{r.l("用时", "Took"), clock(r.took), false},
		count(r.l("总行数", "Rows"), r.Rows),
	)
	for _, s := range pipeline.Statuses() {
		if n := r.ByStatus[s]; n > 0 {
			lines = append(lines, count("  "+b.lang.of(statusWords[s]), n))
		}
	}
	lines = append(lines,
		count(r.l("本次调用", "Calls in this run"), r.Calls),
		count(r.l("  按 2xx 规则计费", "  billed by the 2xx rule"), r.Billed),
		count(r.l("  isFee=1", "  isFee=1"), r.Fee),
		line{r.l("本次费用", "Cost of this run"), b.price.times(r.Billed).String(), false},
	)
	if b.page && b.before > 0 {
		lines = append(lines, line{r.l("这份名单累计费用，最多", "Cost of this list in all, at most"), b.price.times(b.before + b.spent()).String(), false})
	}
	if r.Throttled > 0 {
		lines = append(lines, line{r.l("被限流", "Throttled"), fmt.Sprintf(r.l("%d 次，未计费%s", "%d calls, free%s"), r.Throttled, r.paceFound()), false})
	}
	if r.Doubts > 0 {
		lines = append(lines, line{r.l("存疑调用，最多另计", "In doubt, at most another"), b.price.times(r.Doubts).String(), false})
	}
	if saved := r.Known + r.Duplicates; saved > 0 {
		lines = append(lines, line{
			r.l("未重复付费", "Not paid again"),
			fmt.Sprintf(r.l("%d 行（检查点 %d，重复 %d），节省 %s", "%d rows (%d from the checkpoint, %d duplicates), saved %s"), saved, r.Known, r.Duplicates, b.price.times(saved)),
			false,
		})
	}
	if r.changed != nil {
		lines = append(lines, count(r.l("结果有变化", "Changed answers"), r.changed.rows))
	}
	return append(lines, line{r.l("结束", "End"), r.ending(), false})
}

func maskedLine(l lang) line {
	return line{l.of(text{"脱敏", "Masked"}), l.of(text{"姓名、手机号、身份证号只显示一部分", "names, mobiles and ID numbers are shown in part only"}), false}
}

// paceCount is the name under which a run's end keeps the pace that the service
// was found to take, in thousandths of a call a second.
const paceCount = "paceMilli"

// paceFound is what the next run begins with.
func (r report) paceFound() string {
	if r.Pace == 0 {
		return ""
	}
	return fmt.Sprintf(r.l("；服务约能承受每秒 %.0f 次，下次由此开始", "; the service takes about %.0f a second, the next run begins there"), r.Pace)
}

// learnedPace is what the newest run that was throttled has found, in calls a
// second; 0: none was.
func learnedPace(runs []checkpoint.Run) float64 {
	for _, run := range slices.Backward(runs) {
		if run.End != nil && run.End.Counts["calls"] > 0 {
			return float64(run.End.Counts[paceCount]) / 1000
		}
	}
	return 0
}

func (r report) needPerson() (n int64) {
	for s, rows := range r.ByStatus {
		if s.NeedsPerson() {
			n += rows
		}
	}
	return n
}

// sheet is the summary as the workbook's last sheet shows it.
func (r report) sheet() writer.Summary {
	s := writer.Summary{Title: r.title()}
	for _, l := range r.lines() {
		kind := writer.Text
		if l.number {
			kind = writer.Number
		}
		s.Lines = append(s.Lines, writer.Line{Label: strings.TrimSpace(l.label), Value: writer.Cell{Kind: kind, Text: l.value}})
	}
	for _, n := range r.batch.table.Notes() {
		s.Lines = append(s.Lines, writer.Line{Label: r.l("说明", "Note"), Value: writer.Cell{Kind: writer.Text, Text: n.Text(string(r.batch.lang))}})
	}
	for _, st := range pipeline.Statuses() {
		if n := r.ByStatus[st]; n > 0 {
			s.Chart = append(s.Chart, writer.Slice{Label: r.batch.lang.of(statusWords[st]), Count: int(n), Tone: statusTones[st]})
		}
	}
	return s
}

// tell prints the summary, and writes the JSON where it was asked for, also when nobody
// reads what is printed. failed is what went wrong before.
func (r report) tell(out io.Writer, failed error) error {
	if err := r.print(out); failed == nil {
		failed = err
	}
	if r.batch.summaryJSON == "" {
		return failed
	}
	return errors.Join(failed, r.writeJSON(r.batch.summaryJSON, failed))
}

// print writes the summary to out. The sheet's path stands alone on the last line.
func (r report) print(out io.Writer) error {
	if !r.batch.quiet {
		fmt.Fprintln(out, r.title())
		for _, l := range r.lines() {
			fmt.Fprintf(out, "%s: %s\n", l.label, l.value)
		}
		fmt.Fprint(out, r.l("结果表", "Sheet")+": ")
	}
	if _, err := fmt.Fprintln(out, r.output); err != nil {
		return fmt.Errorf("print the summary: %w", err)
	}
	return nil
}

func (r report) writeJSON(path string, failed error) error {
	end, exit := r.why(), codeFor(r.Summary)
	if failed != nil {
		end, exit = "failed", codeOf(afterSpending(failed, r))
	}
	status := make(map[string]int64, len(r.ByStatus))
	for s, n := range r.ByStatus {
		status[s.String()] = n
	}
	b, err := json.MarshalIndent(map[string]any{
		"sandbox": r.sandbox, "masked": r.batch.mask, "service": r.batch.service,
		"input": base(r.batch.paths.input), "output": base(r.output), "checkpoint": base(r.batch.paths.checkpoint),
		"started": r.batch.began.In(china).Format(time.RFC3339), "seconds": r.took.Seconds(),
		"end": end, "code": cmp.Or(r.HaltCode, ""), "exit": exit,
		"rows": r.Rows, "status": status,
		"calls": r.Calls, "billed": r.Billed, "isFee": r.Fee, "free": r.Free, "throttled": r.Throttled, "inDoubtCalls": r.Doubts,
		"fromCheckpoint": r.Known, "duplicates": r.Duplicates,
		"price": json.Number(strings.TrimPrefix(r.batch.price.String(), "¥")),
		"cost":  json.Number(strings.TrimPrefix(r.batch.price.times(r.Billed).String(), "¥")),
	}, "", "  ")
	if err != nil {
		return fmt.Errorf("--summary-json: %w", err)
	}
	if err := writer.ReplaceFile(path, append(b, '\n'), 0o600, r.batch.streams.whole()); err != nil {
		return fmt.Errorf("--summary-json: %w", err)
	}
	return nil
}
