package cli

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"mobile3batch/pipeline"
	"mobile3batch/reader"
)

// found says what the input was taken for.
func (s *source) found(input string) []string {
	t := s.table
	say := func(zhText, enText string, args ...any) string {
		return fmt.Sprintf(s.lang.of(text{zhText, enText}), args...)
	}
	where := base(input)
	if t.Sheet() != "" {
		where += say("，工作表 %s", ", sheet %s", t.Sheet())
	} else {
		where += say("，编码 %s", ", encoding %s", t.Encoding())
	}
	var columns []string
	for _, field := range []string{"name", "mobile", "idCard"} {
		columns = append(columns, field+"="+reader.ColumnLetter(t.Column(field)))
	}
	if t.HeaderLine() > 0 {
		where += say("，表头第 %d 行", ", header in row %d", t.HeaderLine())
	}
	lines := []string{where + say("，列 %s", ", columns %s", strings.Join(columns, " "))}
	if why := s.because(); why != "" {
		lines = append(lines, why)
	}
	for _, n := range t.Notes() {
		lines = append(lines, n.Text(string(s.lang)))
	}
	return lines
}

// plainHeaders need no explanation.
var plainHeaders = []string{"姓名", "手机号", "身份证号", "name", "mobile", "idCard"}

// because says why these columns were chosen; "" where their headers say it.
func (s *source) because() string {
	plain := true
	var reasons []string
	for _, c := range s.table.Choices() {
		plain = plain && c.By == reader.ByName && slices.Contains(plainHeaders, c.Header)
		header := ""
		if c.Header != "" {
			header = fmt.Sprintf(s.lang.of(text{"表头“%s”", "header %q"}), c.Header)
		}
		switch c.By {
		case reader.ByName:
			reasons = append(reasons, c.Field+" "+header)
		case reader.ByFlag:
			reasons = append(reasons, c.Field+" "+s.lang.of(text{"由 --column 指定", "named with --column"}))
		case reader.ByContent:
			if header != "" {
				header += s.lang.of(text{"，", ", "})
			}
			reasons = append(reasons, fmt.Sprintf(s.lang.of(text{
				"%s 按内容（%s前 %d 格中 %d 格符合）",
				"%s by content (%sof its first %d cells %d look like it)",
			}), c.Field, header, c.Cells, c.Alike))
		}
	}
	if plain {
		return ""
	}
	return s.lang.of(text{"依据：", "because: "}) + strings.Join(reasons, s.lang.of(text{"；", "; "}))
}

// estimate says what a survey found, and what asking would cost.
func estimate(s pipeline.Survey, o options, l lang) []string {
	say := func(zhText, enText string, args ...any) string {
		return fmt.Sprintf(l.of(text{zhText, enText}), args...)
	}
	lines := []string{say(
		"%d 行：%d 行需付费核验，%d 行与其他行重复，%d 行已有结果，%d 行存疑（不重发），%d 行信息有误",
		"%d rows: %d to pay for, %d duplicates of other rows, %d known already, %d in doubt (not sent again), %d invalid",
		s.Rows, s.ToAsk, s.Duplicates, s.Known, s.InDoubt, s.Invalid)}
	if s.Beyond > 0 {
		lines = append(lines, say("另有 %d 行在 --limit 之后，本次不核验", "%d rows more stand behind --limit and are left for another run", s.Beyond))
	}
	if s.Resent > 0 {
		lines = append(lines, say("其中 %d 人曾发送但没有可用的应答", "of these, %d people were sent before without a usable answer", s.Resent))
	}
	if s.Renewed > 0 {
		lines = append(lines, say("其中 %d 人的结果已过期", "of these, %d people have answers older than --max-age", s.Renewed))
	}
	lines = append(lines, say("预计调用 %d 次 × %s = %s", "calls to pay: %d × %s = %s", s.ToAsk, o.price, o.price.times(s.ToAsk))+duration(s.ToAsk, o, l))
	return lines
}

func duration(calls int64, o options, l lang) string {
	if o.rate <= 0 || calls == 0 || float64(calls)/o.rate > 1e9 {
		return ""
	}
	return fmt.Sprintf(l.of(text{"，每秒 %g 次约需 %s", ", about %s at %g calls/s"}), swap(l, o.rate, clock(time.Duration(float64(calls)/o.rate*float64(time.Second))))...)
}

// swap puts the two in the order of the language's sentence.
func swap(l lang, rate float64, takes string) []any {
	if l == zh {
		return []any{rate, takes}
	}
	return []any{takes, rate}
}

// announce says what is about to happen.
func (b *batch) announce() {
	s := b.survey
	for _, line := range append(b.found(b.input), estimate(s, b.options, b.lang)...) {
		b.talk.say(line)
	}
}
