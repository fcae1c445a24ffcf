package pipeline

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mobile3batch/mobile3"
	"mobile3batch/person"
	"mobile3batch/reader"
)

// A panic anywhere ends the batch, never the process: the calls under way are
// answered and recorded, and the next run pays for nobody twice.
func TestPanicEndsTheBatchOnly(t *testing.T) {
	for name, plant := range map[string]func(*bench){
		"while asking": func(b *bench) {
			b.service.answer = func(n int, _ person.Person) mobile3.Outcome {
				if n == 20 {
					var none []int
					_ = none[n]
				}
				return match
			}
		},
		"while reading": func(b *bench) {
			rows := b.rows
			b.job.Rows = func(yield func(reader.Row, error) bool) {
				for i, r := range rows {
					if i == 20 {
						panic(r.Cells[0].Text)
					}
					if !yield(r, nil) {
						return
					}
				}
			}
		},
		"while writing": func(b *bench) { b.job.Sink = &throwing{at: 20} },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, people(200))
				b.service.takes = time.Second
				plant(b)
				_, err := b.run(context.Background())
				var p *PanicError
				if !errors.As(err, &p) || strings.Contains(err.Error(), "张三") || !strings.Contains(p.Where, "_test.go:") {
					t.Fatalf("%v", err)
				}
				calls := len(b.service.times)
				if calls < 8 || calls > 40 {
					t.Errorf("%d calls: the batch did not stop at once, or never began", calls)
				}
				b.service.answer, b.job.Rows, b.job.Sink = nil, nil, nil
				sum := b.mustRun()
				doubts := int64(0)
				if name == "while asking" {
					doubts = 1 // who was being asked
				}
				is(t, "in doubt", sum.ByStatus[InDoubt], doubts)
				is(t, "match", sum.ByStatus[Match], 200-doubts)
				if twice := b.service.twice(); len(twice) > 0 {
					t.Errorf("%d people billed twice", len(twice))
				}
			})
		})
	}
}

// throwing is a sheet that panics at a row.
type throwing struct{ rows, at int }

func (s *throwing) Append(Result) error {
	if s.rows++; s.rows == s.at {
		panic("the sheet")
	}
	return nil
}
