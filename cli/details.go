package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"mobile3batch/checkpoint"
	"mobile3batch/writer"
)

// outcomeWords say what became of a call.
var outcomeWords = map[checkpoint.Outcome]text{
	checkpoint.Answered:  {"已应答", "answered"},
	checkpoint.Unclear:   {"存疑", "in_doubt"},
	checkpoint.SentAgain: {"存疑，已重发", "in_doubt, sent again"},
	checkpoint.Charged:   {"核对为已计费，应答丢失", "found billed, answer lost"},
	checkpoint.Erased:    {"已应答，应答已清除", "answered, answer purged"},
}

var detailColumns = []string{
	"参考号 reference", "调用 call", "发送时间 sent", "应答时间 answered", "结局 outcome", "HTTP", "code", "isFee", "result",
	"流水号 seqNo", "X-Ca-Request-Id", "按 2xx 计费 billed", "费用 cost",
}

// writeDetails lists the calls that may have been charged, one a row, so that the
// provider's bill can be held against them. Nobody is named.
func (i inspection) writeDetails(log *checkpoint.Reader) error {
	if exists(i.details) && !i.force {
		return refusedError{fmt.Errorf("%s is there already: choose another --details, or replace it with --force", i.details)}
	}
	text := make([]int, len(detailColumns))
	for n := range text {
		text[n] = n
	}
	sheet, err := writer.Create(i.details, writer.Layout{
		Lang: "zh", Sheet: "调用 Calls", Header: detailColumns, Text: text, Status: -1, Note: -1,
	}, i.whole)
	if errors.Is(err, writer.ErrFormat) {
		return usageError{fmt.Errorf("--details: %w", err)}
	}
	if err != nil {
		return err
	}
	defer sheet.Discard()
	line := 1
	for c, err := range log.Calls() {
		if err != nil {
			return err
		}
		line++
		if err := sheet.Append(writer.Row{Line: line, Cells: i.detail(c)}); err != nil {
			return err
		}
	}
	_, err = sheet.Commit(writer.Summary{})
	return err
}

func (i inspection) detail(c checkpoint.Call) []writer.Cell {
	when := func(t time.Time) string { return t.In(china).Format(time.RFC3339) }
	words := outcomeWords[c.Outcome]
	values := []string{c.Key.Ref(), strconv.Itoa(c.Number), when(c.Begun), "", words.zh + " " + words.en, "", "", "", "", "", "", "", ""}
	switch a := c.Answer; c.Outcome {
	case checkpoint.Answered, checkpoint.Erased:
		values[3], values[5], values[6], values[7] = when(c.At), strconv.Itoa(a.HTTPStatus), a.Code, a.IsFee
		if a.Usable() {
			values[8] = strconv.Itoa(a.Result)
		}
		values[9], values[10], values[11] = a.SeqNo, a.RequestID, "no"
		if a.Billed() {
			values[11], values[12] = "yes", i.price.String()
		}
	case checkpoint.Charged:
		values[11], values[12] = "yes", i.price.String()
	default:
		values[11], values[12] = "unknown", "≤ "+i.price.String()
	}
	cells := make([]writer.Cell, len(values))
	for n, v := range values {
		cells[n] = textCell(v)
	}
	return cells
}

// printJSON says what status says, for programs. Amounts are in yuan.
func (i inspection) printJSON(out io.Writer, log *checkpoint.Reader) error {
	amount := func(n int64) json.Number {
		return json.Number(strings.TrimPrefix(i.price.times(n).String(), "¥"))
	}
	n := log.Counts()
	unknown := unclear(n)
	gone := forgottenIn(log.Runs())
	runs := []map[string]any{}
	for _, r := range log.Runs() {
		run := map[string]any{"number": r.Number, "started": r.At.In(china).Format(time.RFC3339), "program": r.Program, "options": r.Options, "end": nil}
		if e := r.End; e != nil {
			run["ended"], run["end"], run["counts"] = e.At.In(china).Format(time.RFC3339), e.Why, e.Counts
			run["cost"], run["outputWritten"] = amount(e.Counts["billed"]), e.OutputWritten
		}
		runs = append(runs, run)
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(map[string]any{
		"checkpoint": base(i.path), "service": log.Service(), "created": log.Created().In(china).Format(time.RFC3339),
		"people": map[string]int{"match": n.Results[1], "mismatch": n.Results[2], "no_record": n.Results[3], "unusable": n.Results[0], "purged": n.Erased, "in_doubt": n.InDoubt},
		"calls": map[string]int64{
			"begun": int64(n.Begins), "free": int64(n.Voids - n.Resent - n.Found), "billed": int64(n.Billed), "isFee": int64(n.Fee),
			"foundBilled": int64(n.Found), "unknown": unknown, "today": int64(log.CallsOn(i.now)), "lostInDamage": int64(log.Lost()),
		},
		"forgotten": map[string]int64{"people": gone.people, "calls": gone.calls, "billed": gone.billed, "isFee": gone.fee},
		"price":     amount(1), "cost": amount(int64(n.Billed + n.Found)), "atMostAnother": amount(unknown),
		"runs": runs,
	})
}
