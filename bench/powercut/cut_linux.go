package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// cut cuts one list after the other until there are enough cuts, or the promise is broken.
func (o options) cut(ctx context.Context, rig *rig, list string, disk []byte) (int, error) {
	r := &report{began: time.Now()}
	for r.cuts < o.cuts {
		c := &campaign{
			rig: rig, program: o.program, list: list, number: r.lists + 1, seed: o.seed, workers: o.workers,
			image: newImage(slices.Clone(disk)), options: []string{strict, merciful}[r.lists%2],
		}
		err := c.run(ctx, o.cuts-r.cuts)
		r.add(c)
		var broken *brokenError
		switch {
		case errors.As(err, &broken) && o.control && !broken.paid:
			fmt.Printf("list %d, cut %d: %s\n", r.lists, r.cuts, broken)
		case errors.As(err, &broken):
			return o.broken(r, c, broken), nil
		case ctx.Err() != nil:
			r.print(os.Stdout)
			return exitInterrupted, nil
		case err != nil:
			r.print(os.Stdout)
			return exitSetup, fmt.Errorf("list %d, cut %d: %w", r.lists, r.cuts+1, err)
		default:
			fmt.Printf("list %d: %d cuts, %d in all: billed %d of %d, twice %d, lost %d, wrong %d, in doubt %d\n",
				r.lists, c.cuts, r.cuts, c.verdict.Billed, c.verdict.Rows, c.verdict.Twice, c.verdict.Lost, c.verdict.Wrong, c.verdict.InDoubt)
		}
	}
	r.print(os.Stdout)
	if o.control {
		return exitBroken, errors.New("the control was not caught: this rig can't see what it is looking for")
	}
	if what := r.untested(); what != "" {
		return exitSetup, errors.New(what)
	}
	fmt.Println("kept: nobody was billed twice, no answer was lost")
	return 0, nil
}

// broken reports the promise broken, which is what a control is for.
func (o options) broken(r *report, c *campaign, broken *brokenError) int {
	r.print(os.Stdout)
	where := fmt.Sprintf("at cut %d (list %d, cut %d)", r.cuts, r.lists, c.cuts)
	if o.control {
		fmt.Printf("caught %s: %s\n", where, broken)
		return 0
	}
	fmt.Printf("BROKEN %s: %s\n", where, broken)
	kept := filepath.Join(o.dir, fmt.Sprintf("powercut-%d-%d-%d.img", o.seed, c.number, c.cuts))
	if err := os.WriteFile(kept, c.image.disk, 0o600); err != nil {
		fmt.Println("the disk could not be kept:", err)
	} else {
		fmt.Println("the disk is kept; look at it with: mount -o loop", kept, "/mnt")
	}
	return exitBroken
}
