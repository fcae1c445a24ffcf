package pipeline

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"mobile3batch/checkpoint"
	"mobile3batch/mobile3"
	"mobile3batch/person"
)

// nowhere is a sheet that nobody reads.
type nowhere struct{}

func (nowhere) Append(Result) error { return nil }

const benchRows = 20_000

// benchBatch runs one list after the other over the same checkpoint: with calls the first time, without any after it.
func benchBatch(b *testing.B, replay bool) {
	list := people(benchRows)
	service := &service{}
	b.ReportAllocs()
	batch := func(path string) {
		log, err := checkpoint.Open(path, checkpoint.Options{Service: "s", Create: true})
		if err != nil {
			b.Fatal(err)
		}
		id := &Identity{Columns: Columns{0, 1, 2}, Keyer: person.NewKeyer(log.Secret()), Normalisers: person.Normalisers[:1]}
		survey, err := Inspect(seq(list), id, Policy{}, log, nil)
		if err != nil {
			b.Fatal(err)
		}
		sum, err := Run(context.Background(), Job{Rows: seq(list), Digest: survey.Digest, Identity: id, Ledger: log, Checker: service,
			Sink: nowhere{}, Workers: 64, Window: 4096, MaxCalls: survey.ToAsk, Backoff: mobile3.DefaultBackoff, Meter: new(Meter)})
		if err != nil || sum.Rows != benchRows || sum.Halt != 0 {
			b.Fatal(err, sum.Rows, sum.Halt)
		}
		if err := log.Close(); err != nil {
			b.Fatal(err)
		}
	}
	dir := b.TempDir()
	if replay {
		batch(filepath.Join(dir, "0"))
	}
	b.ResetTimer()
	n := 0
	for b.Loop() {
		if !replay {
			n++
		}
		batch(filepath.Join(dir, fmt.Sprint(n)))
	}
	b.ReportMetric(float64(benchRows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkAsk(b *testing.B)    { benchBatch(b, false) }
func BenchmarkReplay(b *testing.B) { benchBatch(b, true) }
