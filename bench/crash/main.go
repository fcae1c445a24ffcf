// Crash kills the program as often as it is told, at every stage of its work, and asks the sandbox's bill whether
// anybody was charged twice and any row was lost.
//
//	go run ./bench/crash -kills 100000
//	go run ./bench/crash -kills 1000 -seed 7     what the run with seed 7 chose
//
// It builds the program, works on synthetic lists in a temporary folder, and exits with 1 if the promise broke; then
// the folder stays.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"sync"
	"time"

	"mobile3batch/cli/selftest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "crash:", err)
		os.Exit(1)
	}
}

type options struct {
	kills, rows, lanes int
	seed               uint64
	dir, program       string
}

func run(ctx context.Context, args []string, out io.Writer) error {
	var o options
	flags := flag.NewFlagSet("crash", flag.ContinueOnError)
	flags.IntVar(&o.kills, "kills", 1000, "how often to kill")
	flags.IntVar(&o.rows, "rows", 1000, "people in one list; lists follow each other, with 1, 8 and 64 workers in turn")
	flags.IntVar(&o.lanes, "lanes", 2, "lists at a time")
	flags.Uint64Var(&o.seed, "seed", 0, "choose as the run with this seed did; 0: a new one")
	flags.StringVar(&o.dir, "dir", "", "where to work; default: the system's temporary folder")
	flags.StringVar(&o.program, "program", "", "kill this binary; default: build the one here")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if o.kills < 1 || o.rows < 1 || o.lanes < 1 {
		return errors.New("-kills, -rows and -lanes: from 1 on")
	}
	if o.seed == 0 {
		o.seed = rand.Uint64()
	}
	dir, err := os.MkdirTemp(o.dir, "mobile3batch-crash-")
	if err != nil {
		return err
	}
	if o.program == "" {
		o.program = filepath.Join(dir, "mobile3batch")
		build := exec.CommandContext(ctx, "go", "build", "-o", o.program, "mobile3batch")
		build.Stderr = os.Stderr
		if err := build.Run(); err != nil {
			return errors.Join(fmt.Errorf("build the program: %w", err), os.RemoveAll(dir))
		}
	}
	fmt.Fprintf(out, "seed %d, in %s\n", o.seed, dir)
	sum, err := lanes(ctx, o, dir, out)
	print(out, sum)
	if err != nil {
		return fmt.Errorf("%w\nthe files are in %s", err, dir)
	}
	if broken := sum.Broken(); broken != "" {
		return fmt.Errorf("the promise is broken: %s; the files are in %s", broken, dir)
	}
	return os.RemoveAll(dir)
}

// lanes shares the kills out among runs that go on side by side. The first that fails ends all.
func lanes(ctx context.Context, o options, dir string, out io.Writer) (selftest.Result, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var (
		all  sync.WaitGroup
		mu   sync.Mutex
		now  = make([]selftest.Result, o.lanes)
		errs = make([]error, o.lanes)
		said = time.Now()
	)
	began := time.Now()
	total := func() (sum selftest.Result) {
		for _, r := range now {
			sum.Verdict.Add(r.Verdict)
			sum.Kills, sum.Starts, sum.Lists, sum.Bound = sum.Kills+r.Kills, sum.Starts+r.Starts, sum.Lists+r.Lists, sum.Bound+r.Bound
		}
		sum.Took = time.Since(began)
		return sum
	}
	for i := range o.lanes {
		cfg := selftest.Config{
			Program: o.program, Dir: filepath.Join(dir, fmt.Sprintf("lane-%d", i+1)),
			Kills: (o.kills + o.lanes - 1 - i) / o.lanes, Rows: o.rows,
			Workers: []int{8, 64, 1}, Seed: o.seed + uint64(i),
		}
		cfg.Progress = func(r selftest.Result) {
			mu.Lock()
			defer mu.Unlock()
			now[i] = r
			if time.Since(said) > 10*time.Second {
				said = time.Now()
				sum := total()
				fmt.Fprintf(out, "%s: %d kills, %d rows judged, billed twice %d, lost %d\n",
					sum.Took.Round(time.Second), sum.Kills, sum.Rows, sum.Twice, sum.Lost)
			}
		}
		all.Go(func() {
			if errs[i] = os.Mkdir(cfg.Dir, 0o700); errs[i] == nil && cfg.Kills > 0 {
				r, err := selftest.Run(ctx, cfg)
				mu.Lock()
				now[i], errs[i] = r, err
				mu.Unlock()
			}
			if errs[i] != nil || now[i].Broken() != "" {
				cancel()
			}
		})
	}
	all.Wait()
	return total(), errors.Join(errs...)
}

func print(out io.Writer, r selftest.Result) {
	fmt.Fprintf(out, "kills %d, starts %d, lists %d, rows %d, billed %d, billed twice %d, lost %d, wrong %d, in doubt %d (at most %d), %s\n",
		r.Kills, r.Starts, r.Lists, r.Rows, r.Billed, r.Twice, r.Lost, r.Wrong, r.InDoubt, r.Bound, r.Took.Round(time.Second))
}
