// Pace runs the program with a generous --rate against a sandbox that takes fewer calls a second than that, and measures,
// at the sandbox, how soon it finds the limit, how well it keeps to it, and whether it follows one that changes.
//
//	go run ./bench/pace                          two measurements of three and a half minutes
//	go run ./bench/pace -o docs/pace.png         and a picture of both
//
// It exits with 1 if a target is missed: 85 % of the limit within 30 s, then at least 85 % of it and at most 2 % of the
// calls throttled, nobody charged twice.
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
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "pace:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("pace", flag.ContinueOnError)
	limit := flags.Float64("limit", 120, "calls a second that the sandbox takes")
	low := flags.Float64("low", 40, "to which the limit falls in the second measurement")
	rate := flags.Float64("rate", 1000, "the program's --rate")
	whole := flags.Duration("for", 210*time.Second, "how long each measurement takes")
	picture := flags.String("o", "", "draw both into this PNG")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *limit <= 0 || *low <= 0 || *rate <= 0 || *whole < shortest {
		return fmt.Errorf("-limit, -low, -rate: more than 0; -for: at least %v", shortest)
	}
	dir, err := os.MkdirTemp("", "mobile3batch-pace-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, "mobile3batch")
	build := exec.CommandContext(ctx, "go", "build", "-o", program, "mobile3batch")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("build the program: %w", err)
	}
	constant := plan{title: fmt.Sprintf("A limit of %g calls a second, --rate %g", *limit, *rate), rate: *rate, steps: []step{{0, *limit}}}
	changing := plan{title: fmt.Sprintf("A limit that falls to %g and rises again", *low), rate: *rate,
		steps: []step{{0, *limit}, {*whole * 2 / 7, *low}, {*whole * 4 / 7, *limit}}}
	var all []series
	var missed []error
	for _, p := range []plan{constant, changing} {
		s, err := p.measure(ctx, program, dir, *whole)
		if err != nil {
			return err
		}
		missed = append(missed, s.report(out))
		all = append(all, s)
	}
	if *picture != "" {
		if err := draw(*picture, all); err != nil {
			return err
		}
	}
	return errors.Join(missed...)
}
