package pipeline

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"mobile3batch/checkpoint"
	"mobile3batch/mobile3"
	"mobile3batch/person"
	"mobile3batch/reader"
)

// people makes n rows of valid, distinct, synthetic people.
func people(n int) []reader.Row {
	rows := make([]reader.Row, n)
	for i := range rows {
		rows[i] = row(i+2, i)
	}
	return rows
}

// row is the who-th synthetic person on a line.
func row(line, who int) reader.Row {
	cell := func(s string) reader.Cell { return reader.Cell{Kind: reader.Text, Text: s} }
	return reader.Row{Line: line, Cells: []reader.Cell{cell("张三"), cell(fmt.Sprintf("154%08d", who)), cell(idCard(who))}}
}

func idCard(who int) string {
	body := fmt.Sprintf("11010119%02d%02d%02d%03d", 50+who/1000%50, 1+who/84000%12, 1+who/1008000%28, who%1000)
	sum := 0
	for i, w := range [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += w * int(body[i]-'0')
	}
	return body + string("10X98765432"[sum%11])
}

func seq(rows []reader.Row) iter.Seq2[reader.Row, error] {
	return func(yield func(reader.Row, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// service is a stand-in that keeps a bill by mobile.
type service struct {
	mu     sync.Mutex
	bill   map[string]int
	times  []time.Time // of every call
	flying int
	most   int                                          // calls at once
	answer func(n int, p person.Person) mobile3.Outcome // n-th call, from 1
	takes  time.Duration
}

func (s *service) Check(ctx context.Context, p person.Person, _ [16]byte) mobile3.Outcome {
	if ctx.Done() != nil {
		panic("a paid call got a context that can be cancelled")
	}
	s.mu.Lock()
	s.times = append(s.times, time.Now())
	n := len(s.times)
	s.flying++
	s.most = max(s.most, s.flying)
	s.mu.Unlock()
	if s.takes > 0 {
		time.Sleep(s.takes)
	}
	out := match
	if s.answer != nil {
		out = s.answer(n, p)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flying--
	if out.Class.Record() != mobile3.Void {
		if s.bill == nil {
			s.bill = make(map[string]int)
		}
		s.bill[p.Mobile]++
	}
	return out
}

// twice lists who stands in the bill more than once.
func (s *service) twice() (list []string) {
	for m, n := range s.bill {
		if n > 1 {
			list = append(list, m)
		}
	}
	return list
}

var (
	match     = mobile3.Outcome{Class: mobile3.Verdict, Answer: mobile3.Answer{HTTPStatus: 200, Code: "0", IsFee: "1", SeqNo: "S1", Result: 1}}
	noRecord  = mobile3.Outcome{Class: mobile3.Verdict, Answer: mobile3.Answer{HTTPStatus: 200, Code: "0", IsFee: "0", Result: 3}}
	garbage   = mobile3.Outcome{Class: mobile3.Unusable, GatewayCode: "not-json", Answer: mobile3.Answer{HTTPStatus: 200}}
	doubt     = mobile3.Outcome{Class: mobile3.InDoubt, GatewayCode: "timeout"}
	throttled = mobile3.Outcome{Class: mobile3.Throttled, GatewayCode: "T429PR"}
	notSent   = mobile3.Outcome{Class: mobile3.NotSent, GatewayCode: "dial"}
	breaker   = mobile3.Outcome{Class: mobile3.BreakerOpen, GatewayCode: "D503CB"}
	quota     = mobile3.Outcome{Class: mobile3.QuotaExhausted, GatewayCode: "B403MQ"}
	badCode   = mobile3.Outcome{Class: mobile3.BadCredentials, GatewayCode: "A400AC"}
	rejected  = mobile3.Outcome{Class: mobile3.Rejected, GatewayCode: "http-450"}
	parameter = mobile3.Outcome{Class: mobile3.Rejected, GatewayCode: "I400MP", RefusesParameters: true}
	moved     = mobile3.Outcome{Class: mobile3.Redirected, GatewayCode: "http-302", Answer: mobile3.Answer{HTTPStatus: 302}}
)

// sheet keeps what it is given.
type sheet struct {
	results []Result
	fail    int // Append fails from the fail-th row on; 0: never
}

var errSheet = errors.New("no space left for the sheet")

func (s *sheet) Append(r Result) error {
	if s.fail > 0 && len(s.results)+1 >= s.fail {
		return errSheet
	}
	s.results = append(s.results, r)
	return nil
}

// bench is everything a job needs, on a real checkpoint.
type bench struct {
	t       *testing.T
	path    string
	service *service
	sheet   *sheet
	rows    []reader.Row
	job     Job
	started time.Time
}

func newBench(t *testing.T, rows []reader.Row) *bench {
	b := &bench{t: t, path: filepath.Join(t.TempDir(), "checkpoint"), service: &service{}, rows: rows}
	b.job = Job{Rate: 0, Workers: 8, Window: 64, MaxCalls: -1, Backoff: mobile3.DefaultBackoff}
	return b
}

// run is one run over the rows, in order: survey, then the batch.
func (b *bench) run(ctx context.Context) (Summary, error) {
	b.t.Helper()
	log := b.ledger()
	defer func() {
		if err := log.Close(); err != nil && !errors.Is(err, checkpoint.ErrFailed) {
			b.t.Error(err)
		}
	}()
	if err := log.StartRun(checkpoint.Run{BatchStart: time.Now(), Program: "test", Normaliser: 1}); err != nil {
		b.t.Fatal(err)
	}
	b.sheet = &sheet{fail: b.failRow()}
	job := b.job
	job.Identity = &Identity{Columns: Columns{0, 1, 2}, Keyer: person.NewKeyer(log.Secret()), Normalisers: person.Normalisers[:1]}
	survey, err := Inspect(seq(b.rows), job.Identity, job.Policy, log, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	job.Digest = survey.Digest
	if job.Rows == nil {
		job.Rows = seq(b.rows)
	}
	if job.Ledger == nil {
		job.Ledger = log
	}
	job.Checker, job.Meter = b.service, new(Meter)
	if job.Sink == nil {
		job.Sink = b.sheet
	}
	b.started = time.Now()
	sum, err := Run(ctx, job)
	if err == nil {
		b.whole(sum)
		why := "finished"
		if sum.Halt != 0 {
			why = "stopped"
		}
		if err := log.EndRun(checkpoint.RunEnd{Why: why}); err != nil {
			b.t.Fatal(err)
		}
	}
	return sum, err
}

func (b *bench) failRow() int {
	if b.sheet == nil {
		return 0
	}
	return b.sheet.fail
}

func (b *bench) ledger() *checkpoint.Log {
	b.t.Helper()
	log, err := checkpoint.Open(b.path, checkpoint.Options{Service: "test", Create: true})
	if err != nil {
		b.t.Fatal(err)
	}
	return log
}

// whole asserts what holds after every run: each row once, in order, with a
// status that is counted, and nobody charged twice.
func (b *bench) whole(sum Summary) {
	b.t.Helper()
	if len(b.sheet.results) != len(b.rows) {
		b.t.Fatalf("%d rows went in, %d came out", len(b.rows), len(b.sheet.results))
	}
	for i, r := range b.sheet.results {
		if r.Row.Line != b.rows[i].Line {
			b.t.Fatalf("row %d of the sheet is line %d, not %d", i, r.Row.Line, b.rows[i].Line)
		}
	}
	var total int64
	for _, n := range sum.ByStatus {
		total += n
	}
	if total != int64(len(b.rows)) || sum.Rows != total {
		b.t.Fatalf("statuses count %d, rows %d, input %d", total, sum.Rows, len(b.rows))
	}
}

func (b *bench) mustRun() Summary {
	b.t.Helper()
	sum, err := b.run(context.Background())
	if err != nil {
		b.t.Fatal(err)
	}
	return sum
}

// is compares one number that a test is about.
func is[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// memory is a checkpoint without a disk, for tests of pace over many calls.
type memory struct {
	mu      sync.Mutex
	begun   checkpoint.Attempt
	open    map[checkpoint.Key][]checkpoint.Attempt
	settled map[checkpoint.Key]checkpoint.Answer
}

func newMemory() *memory {
	return &memory{open: make(map[checkpoint.Key][]checkpoint.Attempt), settled: make(map[checkpoint.Key]checkpoint.Answer)}
}

func (m *memory) Lookup(k checkpoint.Key) (checkpoint.Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.open[k]) > 0 {
		return checkpoint.Entry{State: checkpoint.InDoubt, ThisRun: true}, nil
	}
	if a, ok := m.settled[k]; ok {
		return checkpoint.Entry{State: checkpoint.Settled, Answer: a, ThisRun: true}, nil
	}
	return checkpoint.Entry{}, nil
}

func (m *memory) OpenAttempts(k checkpoint.Key) []checkpoint.Attempt {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.open[k]
}

func (m *memory) Begin(k checkpoint.Key, _ [16]byte) (checkpoint.Attempt, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.begun++
	m.open[k] = append(m.open[k], m.begun)
	return m.begun, nil
}

func (m *memory) Settle(k checkpoint.Key, _ checkpoint.Attempt, a checkpoint.Answer) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.open, k)
	m.settled[k] = a
	return nil
}

func (m *memory) Void(k checkpoint.Key, _ checkpoint.Attempt, _ string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.open, k)
	return nil
}
