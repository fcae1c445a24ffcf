// Mutants plants 68 faults in the program, one at a time, and shows for each a named test that goes red. A test that
// can't fail proves nothing: here is the proof that these can.
//
//	go run ./bench/mutants                    all of them
//	go run ./bench/mutants -ci                ten fast ones
//	go run ./bench/mutants -only http2-allowed
//	go run ./bench/mutants -list              what is planted, and what must notice
//
// The faults and their tests are in table.go. A fault reaches the compiler by an overlay: no file of the working tree is
// touched. First the same tests run without a fault and must be green. Exit code 1: a fault went unnoticed, or the table
// no longer fits the source.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

type options struct {
	ci, list bool
	only     string
	lanes    int
}

func run(ctx context.Context, args []string, out io.Writer) error {
	var o options
	flags := flag.NewFlagSet("mutants", flag.ContinueOnError)
	flags.BoolVar(&o.ci, "ci", false, "only the ten fast ones")
	flags.BoolVar(&o.list, "list", false, "say what would be planted, and run nothing")
	flags.StringVar(&o.only, "only", "", "only the one of this name")
	flags.IntVar(&o.lanes, "lanes", 2, "how many at a time")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if o.lanes < 1 || flags.NArg() > 0 {
		return errors.New("-lanes: from 1 on; no arguments")
	}
	chosen, err := choose(o)
	if err != nil {
		return err
	}
	if o.list {
		list(out, chosen)
		return nil
	}
	began := time.Now()
	root, err := findRoot()
	if err != nil {
		return err
	}
	for _, m := range chosen { // before the first minute is spent
		if _, err := m.mutated(root); err != nil {
			return fmt.Errorf("%s is stale: %w", m.name, err)
		}
	}
	if err := green(ctx, root, o.lanes, chosen, out); err != nil {
		return err
	}
	red, err := hunt(ctx, root, o.lanes, chosen, out)
	fmt.Fprintf(out, "%d of %d red in %s\n", red, len(chosen), time.Since(began).Round(time.Second))
	if err == nil && red < len(chosen) {
		err = fmt.Errorf("%d went unnoticed", len(chosen)-red)
	}
	return err
}

func choose(o options) ([]mutant, error) {
	chosen := slices.Clone(mutants)
	if o.ci {
		chosen = slices.DeleteFunc(chosen, func(m mutant) bool { return !m.ci })
	}
	if o.only != "" {
		chosen = slices.DeleteFunc(chosen, func(m mutant) bool { return m.name != o.only })
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("none is called %q: see -list", o.only)
	}
	return chosen, nil
}

func list(out io.Writer, chosen []mutant) {
	for i, m := range chosen {
		mark := ""
		if m.ci {
			mark = " (ci)"
		}
		fmt.Fprintf(out, "%2d %s%s: %s\n   in %s; red: %s\n", i+1, m.name, mark, m.breaks, m.file, strings.Join(m.red, ", "))
	}
}

// green runs every test that is wanted, without a fault.
func green(ctx context.Context, root string, lanes int, chosen []mutant, out io.Writer) error {
	wanted := map[string][]string{}
	for _, m := range chosen {
		for pkg, tests := range m.tests() {
			wanted[pkg] = append(wanted[pkg], tests...)
		}
	}
	var packages []string
	for pkg, tests := range wanted {
		slices.Sort(tests)
		wanted[pkg] = slices.Compact(tests)
		packages = append(packages, pkg)
	}
	slices.Sort(packages)
	began, count := time.Now(), 0
	problems := inLanes(lanes, len(packages), func(i int) error {
		ctx, cancel := context.WithTimeout(ctx, 2*patience)
		defer cancel()
		said, err := goTest(ctx, root, packages[i], wanted[packages[i]], "")
		if err != nil {
			return err
		}
		for _, test := range wanted[packages[i]] {
			if said.ended[test] != "pass" {
				return fmt.Errorf("without a fault %s in %s does not pass; %s", test, packages[i], said.excerpt())
			}
		}
		return nil
	})
	for _, tests := range wanted {
		count += len(tests)
	}
	if err := errors.Join(problems...); err != nil {
		return err
	}
	fmt.Fprintf(out, "without a fault %d tests are green (%s)\n", count, seconds(began))
	return nil
}

// hunt plants one after the other and counts those that were noticed. Lines come out in the order of the table.
func hunt(ctx context.Context, root string, lanes int, chosen []mutant, out io.Writer) (red int, err error) {
	var lines inOrder
	problems := inLanes(lanes, len(chosen), func(i int) error {
		m, began := chosen[i], time.Now()
		caught, why, err := m.plant(ctx, root)
		if err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		text := fmt.Sprintf("%2d %-*s SURVIVED: %s (%s)\n", i+1, nameWidth, m.name, why, seconds(began))
		if len(caught) > 0 {
			text = fmt.Sprintf("%2d %-*s RED by %s (%s)\n", i+1, nameWidth, m.name, strings.Join(caught, ", "), seconds(began))
		}
		lines.print(out, i, text, len(caught) > 0)
		return nil
	})
	return lines.red, errors.Join(problems...)
}

func seconds(began time.Time) string { return fmt.Sprintf("%.1fs", time.Since(began).Seconds()) }
