package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"
)

// finished is a batch that was run to its end.
type finished struct {
	rows             int
	list, checkpoint string
	service          string
	took             time.Duration
	peak             int64
}

// footprint is the most memory that a run over so many rows took, in bytes.
type footprint struct {
	rows int
	peak int64
}

const manyWorkers = 64

// finish runs a list of n people to its end, at full speed. The program is killed so many times on the way, at charges that
// lie evenly apart.
func (l *lab) finish(n, kills int) (*finished, error) {
	list, err := l.list(n)
	if err != nil {
		return nil, err
	}
	f := &finished{rows: n, list: list, checkpoint: filepath.Join(l.dir, fmt.Sprintf("house-%d", n))}
	output := filepath.Join(l.dir, fmt.Sprintf("out-%d.csv", n))
	defer os.Remove(output)
	var victim atomic.Pointer[os.Process]
	var due atomic.Int64
	step := n / (kills + 1)
	due.Store(int64(step))
	s, err := newStand(0, false, func(billed int) {
		if p := victim.Load(); p != nil && int64(billed) == due.Load() {
			p.Kill()
		}
	})
	if err != nil {
		return nil, err
	}
	defer s.Close()
	f.service = s.URL()
	args := []string{"run", list, "--endpoint", s.URL(), "--rate", "0", "--workers", fmt.Sprint(manyWorkers), "--quiet",
		"--checkpoint", f.checkpoint, "--output", output}
	began := time.Now()
	for i := range kills {
		peak, err := l.killed(&victim, args)
		if err != nil {
			return nil, err
		}
		l.say("%d people: killed at charge %d, %.0f MiB", n, due.Load(), mebibytes(peak))
		f.peak = max(f.peak, peak)
		due.Store(int64(step * (i + 2)))
	}
	last, err := l.start([]int{7}, []string{"MOBILE3_APPCODE=bench"}, l.program, args...)
	if err != nil {
		return nil, err
	}
	f.took, f.peak = time.Since(began), max(f.peak, last.peak)
	l.memory = append(l.memory, footprint{n, f.peak})
	return f, judge(s, f, output, kills)
}

// killed starts the program and waits until it was killed.
func (l *lab) killed(victim *atomic.Pointer[os.Process], args []string) (peak int64, err error) {
	cmd := exec.CommandContext(l.ctx, l.program, args...)
	cmd.Env = append(environment(), "MOBILE3_APPCODE=bench")
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	highest := watchPeak(cmd.Process.Pid)
	victim.Store(cmd.Process)
	err = cmd.Wait()
	victim.Store(nil)
	peak = highest()
	if l.ctx.Err() != nil {
		return 0, l.ctx.Err()
	}
	if cmd.ProcessState.ExitCode() != -1 {
		return 0, fmt.Errorf("the program ended by itself: %w", errors.Join(err, errors.New(cmd.ProcessState.String())))
	}
	return peak, nil
}

// judge asks the bill and the sheet: nobody twice, every row there, and no more in doubt than were in flight.
func judge(s *stand, f *finished, output string, kills int) error {
	sum := s.Summary()
	rows, doubts, answered, err := countSheet(output)
	if err != nil {
		return err
	}
	bound := kills * manyWorkers
	switch {
	case sum.BilledTwice != 0 || rows != f.rows || doubts > bound || answered+doubts != rows:
	case sum.People > answered+doubts || sum.People < answered:
	default:
		return nil
	}
	return fmt.Errorf("%d rows, %d answered, %d in doubt (at most %d); on the bill %d people, %d twice", rows, answered, doubts, bound, sum.People, sum.BilledTwice)
}

// countSheet counts a result sheet's rows by status. Nothing in these sheets needs a quote.
func countSheet(path string) (rows, doubts, answered int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, 0, 0, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		switch cells := strings.Split(lines.Text(), ","); cells[4] {
		case "in_doubt":
			doubts++
		case "match", "mismatch", "no_record":
			answered++
		}
		rows++
	}
	return rows - 1, doubts, answered, lines.Err()
}

// memory runs three lists, each much longer than the one before.
func memory(l *lab) (table []line, err error) {
	for _, c := range []struct {
		rows, kills int
		aim         float64
		keep        **finished
	}{{10_000, 0, 128, nil}, {l.wide, 0, 128, &l.million}, {l.huge, 5, 600, &l.tenfold}} {
		what := fmt.Sprintf("memory of a run over %s rows, CSV, MiB", short(float64(c.rows)))
		if c.kills > 0 {
			what = fmt.Sprintf("the same, %s rows, killed %d times on the way, MiB", short(float64(c.rows)), c.kills)
		}
		f, err := l.finish(c.rows, c.kills)
		if err != nil {
			return nil, err
		}
		out := line{id: "h", what: what, aim: c.aim, most: true, how: "go run ./bench -only h -runs 1",
			unit: fmt.Sprintf("%s rows/s", short(float64(f.rows)/f.took.Seconds()))}
		out.figure(mebibytes(f.peak))
		l.say("%d rows in %v", f.rows, f.took.Round(time.Second))
		table = append(table, out)
		if c.keep != nil {
			*c.keep = f
		}
	}
	return table, nil
}

// replay runs a finished batch again: no calls.
func replay(l *lab) ([]line, error) {
	if err := l.needMillion(); err != nil {
		return nil, err
	}
	book, err := l.book(true)
	if err != nil {
		return nil, err
	}
	var table []line
	for _, c := range []struct {
		what, input, ext, role string
		rows                   int
		aim                    float64
	}{
		{"CSV", l.million.list, ".csv", "bare-replay-csv", l.million.rows, 3},
		{"XLSX", book, ".xlsx", "bare-replay-xlsx", l.wide, 1.3},
	} {
		out := line{id: "e", what: "time of a replay ÷ two readings and a writing, " + c.what + ", " + short(float64(c.rows)) + " rows", unit: "s", aim: c.aim, most: true, decimals: 2, how: "go run ./bench -only e"}
		cpu := line{id: "i", what: "processor time a row, replay of " + c.what + ", µs", unit: "µs", decimals: 1, how: "go run ./bench -only e"}
		for range l.runs {
			dir, err := l.folder()
			if err != nil {
				return nil, err
			}
			ours, err := l.start(nil, nil, l.program, "run", c.input, "--max-calls", "0", "--quiet", "--endpoint", l.million.service,
				"--checkpoint", l.million.checkpoint, "--output", filepath.Join(dir, "ours"+c.ext)) // 0: nobody was left
			if err != nil {
				return nil, err
			}
			theirs, err := l.role(c.role, c.input, filepath.Join(dir, "bare"+c.ext))
			if err != nil {
				return nil, err
			}
			out.ratio(ours.wall.Seconds(), theirs.wall.Seconds())
			cpu.figure(float64(ours.cpu.Microseconds()) / float64(c.rows))
			if err := os.RemoveAll(dir); err != nil {
				return nil, err
			}
		}
		l.spent = append(l.spent, cpu)
		table = append(table, out)
	}
	return table, nil
}

// needMillion runs the batch that others start from, unless that was measured.
func (l *lab) needMillion() (err error) {
	if l.million == nil {
		l.million, err = l.finish(l.wide, 0)
	}
	return err
}
