package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"time"

	"mobile3batch/cli/selftest"
	"mobile3batch/mobile3/sandbox"
)

const (
	people      = 2000 // in a list
	cutsAList   = 40   // while they are asked, about
	cutsSettled = 10   // when all of them are
	listName    = "people.csv"
	sheetName   = "people.checked.csv"
	billKey     = "powercut"
)

// brokenError is the promise broken.
type brokenError struct {
	what string
	// paid: people were billed twice, or answers lost or mixed up, by the bill. Else the program would not go on.
	paid bool
}

func (e *brokenError) Error() string { return e.what }

// campaign is one list, from the first cut to the last.
type campaign struct {
	rig     *rig
	program string
	list    string // outside of the disk
	number  int
	seed    uint64
	workers int
	options string // of the mount

	image   *image
	server  *sandbox.Server
	trap    trap
	idle    measure
	done    bool // a run came to its end: from then on its sheet must stand, whatever happens
	within  int  // cuts while the program was running
	verdict selftest.Verdict
	counts
}

// run cuts at most most times, at least once, and returns when the list is judged, or the promise broken.
func (c *campaign) run(ctx context.Context, most int) (err error) {
	r := c.rand(0)
	cfg := sandbox.Defaults()
	cfg.Key, cfg.OnBilled = []byte(billKey), c.trap.charged
	cfg.Jitter = time.Duration(r.IntN(2)) * 2 * time.Millisecond
	if c.server, err = sandbox.Start(cfg, "127.0.0.1:0"); err != nil {
		return err
	}
	defer func() {
		sum := c.server.Summary()
		c.verdict.Billed, c.verdict.Twice = sum.Billed, sum.BilledTwice
		err = errors.Join(err, c.server.Close())
	}()
	c.verdict.Rows = people
	c.idle = measure{events: 30, took: 60 * time.Millisecond}
	for !c.done && c.cuts < most-1 {
		if err := c.life(ctx, asking); err != nil {
			return err
		}
	}
	if !c.done {
		if err := c.life(ctx, untilTheEnd); err != nil {
			return err
		}
	}
	for left := min(cutsSettled, most-c.cuts); left > 0; left-- {
		next := settled
		if left == cutsSettled {
			next = untilTheEnd // to see how long it takes
		}
		if err := c.life(ctx, next); err != nil {
			return err
		}
	}
	return c.rig.with(c.image, c.options, c.judge)
}

func untilTheEnd(*rand.Rand, measure) plan { return plan{} }

// rand gives each cut's choices a source of their own, so that they don't hang on how many were drawn before.
func (c *campaign) rand(cut int) *rand.Rand {
	return rand.New(rand.NewPCG(c.seed, uint64(c.number)<<32|uint64(cut)))
}

// life has the power on once, until it is cut.
func (c *campaign) life(ctx context.Context, draw func(*rand.Rand, measure) plan) error {
	r := c.rand(c.cuts + 1)
	p := draw(r, c.idle)
	wasDone := c.done
	var end ending
	err := c.rig.with(c.image, c.options, func(mnt string) (err error) {
		defer c.image.cut()
		if c.done {
			if err := c.judge(mnt); err != nil {
				return err
			}
		}
		l := life{c.image, mnt, c.program, command(mnt, c.server.URL(), c.workers), &c.trap}
		end, err = l.live(ctx, p)
		return err
	})
	if err != nil {
		return err
	}
	if end.exited {
		p = plan{}
	} else {
		c.within++
	}
	f := drawFate(r, len(c.image.pending))
	next, dropped := c.image.survivor(f)
	c.image = next
	c.count(p.kind(), f.name, dropped)
	if n := c.server.Summary().BilledTwice; n > 0 {
		return &brokenError{fmt.Sprintf("%d people are billed twice", n), true}
	}
	if !end.exited {
		return nil
	}
	if end.code != 0 && end.code != 7 {
		return &brokenError{fmt.Sprintf("the program would not go on: exit code %d\n%s", end.code, end.output), false}
	}
	if c.done = true; wasDone {
		c.idle = end.measure
	}
	return nil
}

// judge holds the sheet on the disk against the list and the bill.
func (c *campaign) judge(mnt string) error {
	bill, err := c.server.Bill()
	if err != nil {
		return err
	}
	v, err := selftest.Judge(c.list, filepath.Join(mnt, sheetName), bill, []byte(billKey))
	if err != nil {
		return &brokenError{fmt.Sprintf("a finished sheet is gone: %v", err), true}
	}
	c.verdict = v
	if v.Kept() && v.InDoubt <= c.workers*c.within {
		return nil
	}
	return &brokenError{fmt.Sprintf("%d people are billed twice, %d rows lost, %d wrong, %d in doubt after %d cuts with %d workers",
		v.Twice, v.Lost, v.Wrong, v.InDoubt, c.within, c.workers), true}
}
