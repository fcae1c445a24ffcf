package cli

import (
	"context"
	"errors"
	"iter"
	"net"
	"slices"
	"strconv"
	"strings"

	"mobile3batch/pipeline"
	"mobile3batch/reader"
)

// A checkpoint that was brought back from a backup into its own place looks as sound
// as ever: same host, same name, whole to its last byte. Only the people asked since
// are missing. OUTPUT, written from the newer one, still holds their verdicts.

// agreeToRepeat asks before people are paid for whose verdict stands in OUTPUT.
func (b *batch) agreeToRepeat(ctx context.Context, ledger past) error {
	defer b.survey.Forget()
	if b.likely() == 0 || b.newCheckpoint {
		return nil
	}
	n, err := b.repeated(ctx, ledger)
	if errors.Is(err, context.Canceled) {
		b.talk.warn("interrupted before anything was spent")
		return silentExit(exitInterrupted)
	}
	if err != nil || n == 0 {
		return err
	}
	cost := b.price.times(min(n, b.likely()))
	if b.page {
		return b.talk.ask(b.lang, text{
			"这份名单以前的结果里有 %d 人已有核验结果，而已付费记录里没有他们：再核验就会为他们重复付费，最多 %s。已付费记录可能被换成了较早的备份；请先换回最新的。要为他们重复付费吗？",
			"The earlier results of this list hold verdicts about %d people whom the record of what was paid does not know: they would be paid for again, at most %s. An older backup of the record may have been brought back: bring the newest one back first. Pay for them again?",
		}.with(n, cost))
	}
	return b.talk.ask(b.lang, text{
		"%s 中有 %d 人已有核验结果，而检查点 %s 不认识他们：本次运行会为他们重复付费，最多 %s。检查点是否被换成了较早的备份，--checkpoint 是否指向了另一个文件，或者他们已被 purge 遗忘？请换回最新的检查点，或用 --checkpoint 指明。要为他们重复付费吗？",
		"%s holds verdicts about %d people of whom the checkpoint %s knows nothing: this run would pay for them again, at most %s. Was an older copy of the checkpoint brought back, does --checkpoint name another one, or did purge forget them? Bring the newest one back, or name it with --checkpoint. Pay for them again?",
	}.with(b.paths.output, n, b.paths.checkpoint, cost))
}

// repeated counts the people of this run who would be paid for although OUTPUT holds
// their verdict. What of OUTPUT can't be read tells nothing: whether it may be
// replaced was decided before.
func (b *batch) repeated(ctx context.Context, ledger past) (n int64, err error) {
	for tab := 1; ; tab++ { // a long list goes on in another one
		t, err := reader.Open(b.paths.output, reader.Options{AnyColumns: true, Sheet: strconv.Itoa(tab)})
		if err != nil {
			return n, nil
		}
		more, err := b.repeatedIn(ctx, t, ledger)
		t.Close()
		if n += more; err != nil || t.Format() == "csv" { // whatever its name: it has no second tab, and opens again and again
			return n, err
		}
	}
}

func (b *batch) repeatedIn(ctx context.Context, t *reader.Table, ledger past) (n int64, err error) {
	at, ours := ownColumns(t.Header())
	id := *b.identity
	id.Columns = b.columnsIn(t.Header())
	id.Said = nil // it reads INPUT's columns, and a row with a verdict has no fault
	if !ours || min(id.Columns.Name, id.Columns.Mobile, id.Columns.IDCard) < 0 {
		return 0, nil
	}
	var broken *reader.Error
	_, err = pipeline.Inspect(b.withVerdict(t.Rows(), at), &id, pipeline.Policy{}, lookupIn(ledger), func(p pipeline.Planned) error {
		if p.Plan == pipeline.PlanAsk && b.survey.Asks(p.Key) { // masked rows are invalid
			n++
		}
		return ctx.Err()
	})
	if errors.As(err, &broken) {
		err = nil
	}
	return n, err
}

// columnsIn finds the three columns of INPUT in OUTPUT, which has its header and nine more.
func (b *batch) columnsIn(header []string) pipeline.Columns {
	find := func(column int) int {
		name := b.table.Header()[column]
		if column < len(header) && header[column] == name {
			return column
		}
		return slices.Index(header, name)
	}
	own := b.identity.Columns
	return pipeline.Columns{Name: find(own.Name), Mobile: find(own.Mobile), IDCard: find(own.IDCard)}
}

// withVerdict leaves out the rows that nobody paid this service for.
func (b *batch) withVerdict(rows iter.Seq2[reader.Row, error], at columns) iter.Seq2[reader.Row, error] {
	return func(yield func(reader.Row, error) bool) {
		for row, err := range rows {
			if err == nil && !b.paidFor(row.Cells[at[columnStatus]].Text, row.Cells[at[columnSource]].Text) {
				continue
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

// paidFor: a rehearsal's verdicts are not the service's, nor the other way round; at
// an endpoint on this machine either can stand.
func (b *batch) paidFor(status, source string) bool {
	verdict := slices.ContainsFunc([]pipeline.Status{pipeline.Match, pipeline.Mismatch, pipeline.NoRecord}, func(s pipeline.Status) bool {
		return status == statusWords[s].zh || status == statusWords[s].en
	})
	if !verdict || source == "" {
		return false
	}
	rehearsed := strings.HasPrefix(source, "sandbox:")
	return rehearsed == b.sandbox || !b.sandbox && onThisMachine(endpointHost(b.endpoint))
}

func onThisMachine(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
