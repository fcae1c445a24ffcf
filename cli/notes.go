package cli

import (
	"fmt"
	"strings"
	"time"

	"mobile3batch/person"
	"mobile3batch/pipeline"
	"mobile3batch/reader"
)

// haltWords say why a row was not asked.
var haltWords = []struct {
	halt pipeline.Halt
	text text
}{
	{pipeline.HaltCredentials, text{"凭证被拒绝，尚未核验", "not asked: the service refused the credentials"}},
	{pipeline.HaltQuota, text{"套餐次数用完、过期或欠费，尚未核验", "not asked: the package is used up, expired or in arrears"}},
	{pipeline.HaltParameters, text{"服务不接受请求格式，尚未核验", "not asked: the service did not understand the requests"}},
	{pipeline.HaltService, text{"服务不可用，尚未核验", "not asked: the service was unavailable"}},
	{pipeline.HaltInterrupted, text{"本次运行被中断，尚未核验", "not asked: the run was interrupted"}},
	{pipeline.HaltLimit, text{"在 --limit 之后，本次未核验", "not asked: behind --limit"}},
	{pipeline.HaltBudget, text{"达到本次预算上限，尚未核验", "not asked: this run's budget was reached"}},
}

func haltWord(h pipeline.Halt, l lang) string {
	for _, w := range haltWords {
		if h&w.halt != 0 {
			return l.of(w.text)
		}
	}
	return ""
}

// note is what a person should know of a row: what was mended, what is wrong,
// what happened, and what to do. Never a value of the row.
func note(res pipeline.Result, l lang) string {
	var parts []string
	if res.Status.NeedsPerson() { // so that it is found again in the list that it came from
		parts = append(parts, fmt.Sprintf(l.of(text{"原第 %d 行", "row %d"}), res.Row.Line))
	}
	for _, f := range res.Findings {
		parts = append(parts, f.Text(string(l)))
	}
	if s := ending(res, l); s != "" {
		parts = append(parts, s)
	}
	return strings.Join(parts, l.of(text{"；", "; "}))
}

func ending(res pipeline.Result, l lang) string {
	switch res.Status {
	case pipeline.Pending:
		return haltWord(res.Halt, l)
	case pipeline.Rejected:
		return l.of(text{
			"接口拒绝了这一行（" + res.Code + "），未计费；下次运行会再次询问",
			"the service refused this row (" + res.Code + "), free of charge; the next run asks again",
		})
	case pipeline.Unusable:
		if res.Erased {
			at := res.At.In(china).Format(time.DateOnly)
			return l.of(text{
				"已于 " + at + " 核验，应答已按保留期限清除；不会自动重新核验，如需重新核验请用 --max-age",
				"checked on " + at + ", the answer was purged; never asked again by itself: --max-age pays for a new one",
			})
		}
		if res.Answer.HTTPStatus == 0 {
			return l.of(text{
				"经人工核对已计费，应答已丢失；不会自动重发，参考号 " + res.Ref,
				"found to be charged, its answer is lost; never asked again by itself, reference " + res.Ref,
			})
		}
		return l.of(text{
			"应答中没有核验结果，按规则已计费；不会自动重发，参考号 " + res.Ref,
			"the answer holds no verdict and counts as paid; never asked again by itself, reference " + res.Ref,
		})
	case pipeline.InDoubt:
		at := res.At.In(china).Format(time.DateTime)
		return l.of(text{
			"已于 " + at + " 发送，未收到答复，可能已计费；不会自动重发，参考号 " + res.Ref + code("，", res.Code),
			"sent " + at + " (+08:00) and never answered, may have been charged; never sent again by itself, reference " + res.Ref + code(", ", res.Code),
		})
	}
	return ""
}

func code(before, c string) string {
	if c == "" {
		return ""
	}
	return before + c
}

// saidIn reads the notes of a sheet of ours that is given back as INPUT. What it
// returns tells of a row that was invalid which findings its note names, by the
// exact words of note, in either language, wherever the columns are now; nil for a
// row whose note says nothing. It is nil itself if the sheet is not ours.
func saidIn(header []string) func(reader.Row) func(person.Finding) bool {
	var places [][2]int // of status and note
	if at, ours := ownColumns(header); ours {
		places = append(places, [2]int{at[columnStatus], at[columnNote]})
	}
	if status, note, planned := planColumnsIn(header); planned {
		places = append(places, [2]int{status, note})
	}
	if places == nil {
		return nil
	}
	return func(row reader.Row) func(person.Finding) bool {
		var said string
		for _, at := range places {
			if note := row.Cells[at[1]].Text; note != "" && saysInvalid(row.Cells[at[0]].Text) {
				said += note + "\n"
			}
		}
		if said == "" {
			return nil
		}
		return func(f person.Finding) bool {
			return strings.Contains(said, f.Text(string(zh))) || strings.Contains(said, f.Text(string(en)))
		}
	}
}

// saysInvalid: or nothing that we write. A status that was cleared or overwritten
// by hand doesn't correct the row; a row that was corrected isn't held anyway.
func saysInvalid(status string) bool {
	status = strings.TrimSpace(status)
	is := func(word text) bool { return status == word.zh || status == word.en }
	for s, word := range statusWords {
		if is(word) {
			return s == pipeline.Invalid
		}
	}
	for _, word := range planWords {
		if is(word) {
			return false
		}
	}
	return true
}
