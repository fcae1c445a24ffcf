// Bench measures speed and memory side by side: each line of its table is a ratio of two things taken in turn, in one run,
// on one machine, each as a process of its own.
//
//	go run ./bench                        the whole table, medians of five: about three quarters of an hour on two cores
//	go run ./bench -only c,f -runs 1      two of its measurements, once
//	go run ./bench -o bench/RESULTS.md    also write the report and its pictures
//	go run ./bench -guard                 small, for CI: fails when a ratio has fallen by a third
//
// Times are this machine's. Ratios travel better; where the disk or the network is slow they only get kinder.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "role" {
		if err := play(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// measurements in the order of the table. A later one may use what an earlier one made.
var measurements = []struct {
	id      string
	measure func(*lab) ([]line, error)
}{
	{"a", wholePipeline},
	{"b", latency},
	{"c", reading},
	{"d", writing},
	{"h", memory},
	{"e", replay},
	{"f", planning},
	{"g", checkpoints},
	{"i", processor},
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	only := flags.String("only", "", "letters of the measurements, with commas between; default: all")
	runs := flags.Int("runs", 5, "how often each pair is measured; what takes minutes is measured once")
	huge := flags.Int("huge", 10_000_000, "rows of the largest list, at most ten million")
	report := flags.String("o", "", "also write the table into this .md, with two PNG beside it")
	guarding := flags.Bool("guard", false, "small lists, three times, and only a comparison with bench/guard.json")
	renew := flags.Bool("renew", false, "with -guard: write bench/guard.json instead")
	dir := flags.String("dir", "", "where to work, on the disk that is to be measured; default: the system's temporary folder")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *runs < 1 || *huge < 1 || *huge > 10_000_000 {
		return errors.New("-runs: from 1 on; -huge: 1 to 10000000")
	}
	l, err := newLab(ctx, *dir, *runs, out)
	if err != nil {
		return err
	}
	defer os.RemoveAll(l.dir)
	l.huge = *huge
	if *guarding {
		l.small()
		return guard(l, *renew)
	}
	wanted := strings.Split(*only, ",")
	var table []line
	for _, m := range measurements {
		if *only != "" && !slices.Contains(wanted, m.id) {
			continue
		}
		lines, err := m.measure(l)
		if err != nil {
			return fmt.Errorf("%s: %w", m.id, err)
		}
		for _, one := range lines {
			fmt.Fprintln(out, one.text())
		}
		table = append(table, lines...)
	}
	if len(table) == 0 {
		return fmt.Errorf("-only %s: no such measurement", *only)
	}
	slices.SortStableFunc(table, func(a, b line) int { return strings.Compare(a.id, b.id) })
	if *report != "" {
		if err := writeResults(*report, table, l); err != nil {
			return err
		}
	}
	return missed(table)
}

// lab is where things are measured, and what the measurements share.
type lab struct {
	ctx     context.Context
	dir     string
	out     io.Writer
	program string // the program's binary
	self    string // this one's
	runs    int
	rows    int // of a list that must be long
	wide    int // of a workbook: as many as a sheet can hold below its header
	huge    int

	books   map[bool]string // by shared strings
	million *finished
	tenfold *finished
	memory  []footprint // for the picture
	spent   []line      // CPU, found on the way
}

func newLab(ctx context.Context, parent string, runs int, out io.Writer) (*lab, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(parent, "mobile3batch-bench-")
	if err != nil {
		return nil, err
	}
	l := &lab{ctx: ctx, dir: dir, out: out, program: filepath.Join(dir, "mobile3batch"), self: self,
		runs: runs, rows: 200_000, wide: 1_048_575, books: map[bool]string{}}
	build := exec.CommandContext(ctx, "go", "build", "-o", l.program, "mobile3batch")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return nil, errors.Join(fmt.Errorf("build the program: %w", err), os.RemoveAll(dir))
	}
	return l, nil
}

// say tells what goes on, for the sake of who waits.
func (l *lab) say(format string, args ...any) { fmt.Fprintf(l.out, "... "+format+"\n", args...) }

// folder makes an empty one.
func (l *lab) folder() (string, error) { return os.MkdirTemp(l.dir, "work-") }
