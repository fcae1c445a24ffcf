package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"mobile3batch/cli/selftest"
)

const (
	exitBroken      = 1 // the promise broke; with -control: and nobody saw it break
	exitSetup       = 2 // nothing is said about the promise
	exitInterrupted = 130
)

var endings = []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP}

var errInterrupted = errors.New("interrupted")

type options struct {
	cuts, workers int
	seed          uint64
	dir, program  string
	control       bool
}

func main() {
	var o options
	flag.IntVar(&o.cuts, "cuts", 1000, "cut the power `N` times")
	flag.IntVar(&o.workers, "workers", 8, "`N` calls in flight")
	flag.Uint64Var(&o.seed, "seed", 0, "choose as the rig with seed `N` did, as far as time allows; 0: a new one")
	flag.StringVar(&o.dir, "dir", os.TempDir(), "work in a folder under `DIR`; the disk itself is in memory")
	flag.BoolVar(&o.control, "control", false, "cut a program whose checkpoint does not sync, until it is caught: exit 0 only if it is")
	flag.StringVar(&o.program, "program", "", "cut the program at `PATH` (default: built from this module)")
	flag.Parse()
	if flag.NArg() > 0 || o.cuts < 1 || o.workers < 1 || o.workers > 256 || (o.control && o.program != "") {
		fmt.Fprintln(os.Stderr, "powercut: no arguments; -cuts from 1, -workers 1 to 256, -program not with -control")
		os.Exit(exitSetup)
	}
	if o.seed == 0 {
		o.seed = rand.Uint64()
	}
	do := goInside
	if inside() {
		do = o.run
	}
	code, err := do()
	if err != nil {
		fmt.Fprintln(os.Stderr, "powercut:", err)
	}
	os.Exit(code)
}

func (o options) run() (code int, err error) {
	ctx, stop := signal.NotifyContext(context.Background(), endings...)
	defer stop()
	defer func() {
		if ctx.Err() != nil {
			code, err = exitInterrupted, errors.Join(errInterrupted, err)
		}
	}()
	work, err := openWorkdir(o.dir)
	if err != nil {
		return exitSetup, err
	}
	defer func() { err = errors.Join(err, work.close()) }()
	what, err := o.build(ctx, work.path)
	if err != nil {
		return exitSetup, err
	}
	rig, err := newRig(work.path)
	if err != nil {
		return exitSetup, err
	}
	defer func() { err = errors.Join(err, rig.close()) }()
	list := filepath.Join(work.path, listName)
	if err := selftest.WriteList(list, people); err != nil {
		return exitSetup, err
	}
	disk, err := rig.format(work.path, func(mnt string) error {
		return selftest.WriteList(filepath.Join(mnt, listName), people)
	})
	if err != nil {
		return exitSetup, err
	}
	fmt.Printf("seed %d, %d workers, %s\n", o.seed, o.workers, what)
	return o.cut(ctx, rig, list, disk)
}

// build makes o.program what is to be cut, and says what that is.
func (o *options) build(ctx context.Context, dir string) (what string, err error) {
	switch {
	case o.control:
		o.program, err = buildControl(ctx, dir)
		return "the control: its checkpoint does not sync", err
	case o.program == "":
		o.program, err = buildProgram(ctx, dir)
		return "the program of this module", err
	}
	o.program, err = filepath.Abs(o.program)
	return o.program, err
}
