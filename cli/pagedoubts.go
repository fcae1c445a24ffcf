package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"mobile3batch/checkpoint"
	"mobile3batch/pipeline"
	"mobile3batch/web"
)

// Doubts finds the calls in doubt about people of a list.
func (e *engine) Doubts(ctx context.Context, job web.Job, most int) (calls []web.Doubt, more int, err error) {
	err = e.look(job, func(b *batch, ledger past) error {
		if ledger == nil {
			return nil
		}
		open := map[checkpoint.Key][]checkpoint.Doubt{}
		for d := range ledger.InDoubt() {
			open[d.Key] = append(open[d.Key], d)
		}
		b.seen = func(row pipeline.Planned) {
			if row.Plan != pipeline.PlanHold {
				return
			}
			for _, d := range open[row.Key] {
				if len(calls) == most {
					more++
					continue
				}
				calls = append(calls, web.Doubt{
					SampleRow: b.masked(row), Call: fmt.Sprintf("%s/%d", d.Key.Ref(), d.Number), Sent: d.Since.In(china).Format(time.DateTime),
				})
			}
			delete(open, row.Key) // further rows of the same person
		}
		return b.inspect(ctx, ledger)
	})
	if err != nil && ctx.Err() == nil {
		err = &web.Refusal{Words: e.words(err)}
	}
	return calls, more, err
}

// Resolve does what the command of that name does.
func (e *engine) Resolve(found []web.Finding) error {
	var args []string
	for _, f := range found {
		what := "unbilled"
		if f.Billed {
			what = "billed"
		}
		args = append(args, f.Call+"="+what)
	}
	findings, err := parseFindings(args)
	if err != nil {
		return &web.Refusal{Words: e.words(err)}
	}
	if refusal := e.refusesFindings(); refusal != nil {
		return refusal
	}
	talk := &talker{err: e.streams.Err, quiet: true, put: func(question text) error { return questionError{text: question} }}
	err = resolution{path: e.checkpoint, findings: findings, price: e.price, talk: talk, streams: e.streams}.run(io.Discard)
	var question questionError
	switch {
	case errors.As(err, &question):
		return &web.Refusal{Words: web.Words{
			ZH: "检查点换过位置或电脑。请先继续任意一份名单，回答那里的问题，再来登记。",
			EN: "The checkpoint was moved. Go on with any list first, answer the question there, and come back.",
		}}
	case err != nil:
		return &web.Refusal{Words: e.words(err)}
	}
	return e.withRecord(func(ledger past) error { return e.marks().begun(ledger) })
}

// refusesFindings: a record that lacks runs is not the one to write into.
func (e *engine) refusesFindings() error {
	var lacks text
	err := e.withRecord(func(ledger past) (err error) {
		lacks, err = e.lacks(ledger)
		return err
	})
	if err != nil {
		return &web.Refusal{Words: e.words(err)}
	}
	if lacks != (text{}) {
		return &web.Refusal{Words: bothOf(lacks)}
	}
	return nil
}

func (e *engine) withRecord(do func(past) error) error {
	v, err := checkpoint.View(e.checkpoint, checkpoint.ViewOptions{AnyKey: true})
	if err != nil {
		return err
	}
	return errors.Join(do(v), v.Close())
}
