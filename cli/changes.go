package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"mobile3batch/pipeline"
	"mobile3batch/reader"
	"mobile3batch/writer"
)

// changeColumns are those of --changes, behind the input's own.
var changeColumns = [...]text{
	{"变化", "change"},
	{"原结果", "before"},
	{"新结果", "now"},
	{"原运营商", "mobileChannelBefore"},
	{"新运营商", "mobileChannelNow"},
	{"原核验时间", "checkedBefore"},
	{"新核验时间", "checkedNow"},
}

// changes is the file of rows whose answer is another one than before this batch.
// It is made anew by each run, from the checkpoint, so that a run that goes on
// where one was interrupted has all of the batch's. The nil changes writes nothing.
type changes struct {
	sheet *writer.Sheet
	own   ownCells
	lang  lang
	width int
	rows  int64
}

func (b *batch) createChanges() (*changes, error) {
	if b.changes == "" {
		return nil, nil
	}
	if exists(b.changes) && !b.force && !isChanges(b.changes) {
		return nil, refusedError{fmt.Errorf("%s is there already and is no list of changes of this program: choose another --changes, or replace it with --force", b.changes)}
	}
	l, t := b.lang, b.table
	header := slices.Clone(t.Header()[:b.used])
	width := len(header)
	for _, c := range changeColumns {
		header = append(header, free(l.of(c), l, header))
	}
	sheet, err := writer.Create(b.changes, writer.Layout{
		Lang: string(l), Sheet: l.of(text{"变化", "Changes"}), Header: header, Status: width, Note: -1,
		Text: []int{t.Column("mobile"), t.Column("idCard")}, Widths: t.Widths(), Formats: t.Formats(),
	}, b.streams.whole())
	if errors.Is(err, writer.ErrFormat) {
		err = usageError{fmt.Errorf("--changes: %w", err)}
	}
	if err != nil {
		return nil, err
	}
	return &changes{sheet: sheet, own: newOwnCells(t, b.mask), lang: l, width: width}, nil
}

// isChanges tells whether a file may be replaced: it ends with our columns.
func isChanges(path string) bool {
	t, err := reader.Open(path, reader.Options{AnyColumns: true})
	if err != nil {
		return false
	}
	defer t.Close()
	header := t.Header()
	if len(header) < len(changeColumns) {
		return false
	}
	for i, h := range header[len(header)-len(changeColumns):] {
		if c := changeColumns[i]; !strings.HasPrefix(h, c.zh) && !strings.HasPrefix(h, c.en) {
			return false
		}
	}
	return true
}

func (c *changes) append(res pipeline.Result) error {
	if c == nil || res.Before == nil {
		return nil
	}
	what := c.what(res)
	if what == "" {
		return nil
	}
	c.rows++
	before, now := res.Before.Answer, res.Answer
	row := writer.Row{Line: res.Row.Line, Tone: statusTones[res.Status], Cells: c.own.of(res.Row, nil, c.width)}
	for _, s := range []string{
		what, c.word(before.Result), c.word(now.Result), before.MobileChannel, now.MobileChannel,
		res.Before.At.In(china).Format(time.RFC3339), res.At.In(china).Format(time.RFC3339),
	} {
		row.Cells = append(row.Cells, textCell(s))
	}
	return c.sheet.Append(row)
}

func (c *changes) word(result int) string {
	return c.lang.of(statusWords[[...]pipeline.Status{pipeline.Unusable, pipeline.Match, pipeline.Mismatch, pipeline.NoRecord}[result]])
}

// what says what the change means; "" for none.
func (c *changes) what(res pipeline.Result) string {
	before, now := res.Before.Answer, res.Answer
	var parts []string
	if before.Result != now.Result {
		meaning := text{}
		if before.Result == 1 && now.Result == 2 {
			meaning = text{"：号码可能已换机主", ": the number may have a new owner"}
		}
		parts = append(parts, c.word(before.Result)+" → "+c.word(now.Result)+c.lang.of(meaning))
	}
	if before.MobileChannel != now.MobileChannel && before.MobileChannel != "" && now.MobileChannel != "" {
		parts = append(parts, fmt.Sprintf(c.lang.of(text{"运营商已变：%s → %s", "carrier moved: %s → %s"}), before.MobileChannel, now.MobileChannel))
	}
	return strings.Join(parts, c.lang.of(text{"；", "; "}))
}

func (c *changes) commit() error {
	if c == nil {
		return nil
	}
	_, err := c.sheet.Commit(writer.Summary{})
	return err
}

func (c *changes) discard() {
	if c != nil {
		c.sheet.Discard()
	}
}
