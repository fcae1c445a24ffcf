package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"mobile3batch/cli/selftest"
)

// wholePipeline is the program, CSV to CSV, durable, against a client that keeps nothing.
func wholePipeline(l *lab) ([]line, error) {
	const workers = "64"
	out := line{id: "a", what: "durable run ÷ bare client, 64 workers, no latency", unit: "rows/s", aim: 0.75, decimals: 2, how: "go run ./bench -only a"}
	cpu := line{id: "i", what: "processor time a row, durable run, µs (beside it: the bare client's)", unit: "µs", decimals: 1, how: "go run ./bench -only a"}
	list, err := l.list(l.rows)
	if err != nil {
		return nil, err
	}
	unsynced := line{id: "a", what: "the same with the checkpoint in " + memoryDisk + ", which syncs nothing", unit: "rows/s", decimals: 2, how: "go run ./bench -only a"}
	run := func(url, dir, keep string) (cost, error) {
		return l.batch("run", list, "--endpoint", url, "--rate", "0", "--workers", workers, "--quiet",
			"--checkpoint", filepath.Join(keep, "checkpoint"), "--output", filepath.Join(dir, "out.csv"))
	}
	for range l.runs {
		ours, err := l.asked(l.rows, 0, func(url, dir string) (cost, error) { return run(url, dir, dir) })
		if err != nil {
			return nil, err
		}
		undurable, tried, err := l.askedInMemory(l.rows, run)
		if err != nil {
			return nil, err
		}
		theirs, err := l.asked(l.rows, 0, func(url, _ string) (cost, error) { return l.role("bare-client", url, list, workers) })
		if err != nil {
			return nil, err
		}
		out.ratio(ours.perSecond(l.rows), theirs.perSecond(l.rows))
		if tried {
			unsynced.ratio(undurable.perSecond(l.rows), theirs.perSecond(l.rows))
		}
		micro := func(c cost) float64 { return float64(c.cpu.Microseconds()) / float64(l.rows) }
		cpu.ours, cpu.theirs, cpu.values = append(cpu.ours, micro(ours)), append(cpu.theirs, micro(theirs)), append(cpu.values, micro(ours))
	}
	l.spent = append(l.spent, cpu)
	if len(unsynced.values) == 0 {
		return []line{out}, nil
	}
	return []line{out, unsynced}, nil
}

// memoryDisk is a file system without a disk: what a run takes longer elsewhere is the price of durability.
const memoryDisk = "/dev/shm"

// askedInMemory is asked, with a folder in memory for what is kept; where there is no such file system it does nothing.
func (l *lab) askedInMemory(people int, who func(url, dir, keep string) (cost, error)) (c cost, tried bool, err error) {
	keep, err := os.MkdirTemp(memoryDisk, "mobile3batch-bench-")
	if err != nil {
		return cost{}, false, nil
	}
	defer os.RemoveAll(keep)
	c, err = l.asked(people, 0, func(url, dir string) (cost, error) { return who(url, dir, keep) })
	return c, true, err
}

// list is a CSV of n people; made once.
func (l *lab) list(n int) (string, error) {
	path := filepath.Join(l.dir, fmt.Sprintf("people-%d.csv", n))
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	l.say("making a list of %d people", n)
	return path, selftest.WriteList(path, n)
}

// asked runs somebody against a stand-in of their own, and looks at the bill.
func (l *lab) asked(people int, latency time.Duration, who func(url, dir string) (cost, error)) (cost, error) {
	s, err := newStand(latency, false, nil)
	if err != nil {
		return cost{}, err
	}
	defer s.Close()
	dir, err := l.folder()
	if err != nil {
		return cost{}, err
	}
	defer os.RemoveAll(dir)
	c, err := who(s.URL(), dir)
	if err != nil {
		return c, err
	}
	return c, s.once(people)
}

// latency is the pace that is reached, against what the rate, and Little's law, allow.
func latency(l *lab) (table []line, err error) {
	const seconds = 12 // so many calls are made that it takes so long at most
	for _, c := range []struct {
		latency time.Duration
		rate    int // 0: none, the workers are the limit
		workers int
	}{
		{5 * time.Millisecond, 1000, 64},
		{50 * time.Millisecond, 500, 64},
		{300 * time.Millisecond, 200, 256},
		{5 * time.Millisecond, 0, 8},
		{50 * time.Millisecond, 0, 32},
		{300 * time.Millisecond, 0, 64},
	} {
		allowed := float64(c.workers) / c.latency.Seconds()
		by := fmt.Sprintf("%d workers", c.workers)
		if c.rate > 0 {
			allowed, by = float64(c.rate), fmt.Sprintf("--rate %d", c.rate)
		}
		out := line{id: "b", what: fmt.Sprintf("reached ÷ allowed by %s, latency %v", by, c.latency), aim: 0.99, decimals: 3, how: "go run ./bench -only b"}
		bare := line{id: "b", what: fmt.Sprintf("reached ÷ what the bare client reaches, %s, latency %v", by, c.latency), unit: "calls/s", decimals: 3, how: out.how}
		people := int(allowed * seconds)
		list, err := l.list(people)
		if err != nil {
			return nil, err
		}
		for range l.runs {
			reached, served, err := l.pace(people, c.latency, func(url, dir string) (cost, error) {
				return l.batch("run", list, "--endpoint", url, "--quiet", "--rate", strconv.Itoa(c.rate), "--workers", strconv.Itoa(c.workers),
					"--checkpoint", filepath.Join(dir, "checkpoint"), "--output", filepath.Join(dir, "out.csv"))
			})
			if err != nil {
				return nil, err
			}
			out.ratio(reached, allowed)
			out.unit = fmt.Sprintf("calls/s, served in %.1f ms", float64(served.Microseconds())/1000)
			if c.rate > 0 {
				continue // the bare client knows no rate
			}
			theirs, _, err := l.pace(people, c.latency, func(url, _ string) (cost, error) {
				return l.role("bare-client", url, list, strconv.Itoa(c.workers))
			})
			if err != nil {
				return nil, err
			}
			bare.ratio(reached, theirs)
		}
		table = append(table, out)
		if len(bare.values) > 0 {
			table = append(table, bare)
		}
	}
	return table, nil
}

// pace is how many calls a second somebody comes to, and how long each was really served.
func (l *lab) pace(people int, latency time.Duration, who func(url, dir string) (cost, error)) (perSecond float64, served time.Duration, err error) {
	s, err := newStand(latency, true, nil)
	if err != nil {
		return 0, 0, err
	}
	defer s.Close()
	dir, err := l.folder()
	if err != nil {
		return 0, 0, err
	}
	defer os.RemoveAll(dir)
	if _, err = who(s.URL(), dir); err != nil {
		return 0, 0, err
	}
	return s.steady(), s.served(), s.once(people)
}

// processor lists what was found on the way.
func processor(l *lab) ([]line, error) { return l.spent, nil }
