package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
)

const guardFile = "bench/guard.json"

// small makes everything fit into a minute.
func (l *lab) small() { l.runs, l.rows, l.wide = 3, 50_000, 100_000 }

// guarded are the measurements whose ratios hardly depend on the disk.
var guarded = []func(*lab) ([]line, error){wholePipeline, reading, writing, replay, planning}

// guard compares today's ratios with those of guard.json. A third worse fails: noise does not reach so far, a lost
// optimisation does.
func guard(l *lab, renew bool) error {
	today := map[string]float64{}
	var table []line
	for _, measure := range guarded {
		lines, err := measure(l)
		if err != nil {
			return err
		}
		for _, one := range lines {
			if len(one.theirs) > 0 && one.aim != 0 {
				table = append(table, one)
				today[one.id+" "+one.what] = one.value()
			}
		}
	}
	if renew {
		b, err := json.MarshalIndent(today, "", "\t")
		if err != nil {
			return err
		}
		return os.WriteFile(guardFile, append(b, '\n'), 0o644)
	}
	b, err := os.ReadFile(guardFile)
	if err != nil {
		return err
	}
	var before map[string]float64
	if err := json.Unmarshal(b, &before); err != nil {
		return fmt.Errorf("%s: %w", guardFile, err)
	}
	return errors.Join(expect("ratios compared", len(table), len(before)), compare(l, table, before))
}

func compare(l *lab, table []line, before map[string]float64) error {
	var worse []error
	for _, one := range table {
		was, known := before[one.id+" "+one.what]
		if !known {
			worse = append(worse, fmt.Errorf("(%s) %s: not in %s; write it anew with -renew", one.id, one.what, guardFile))
			continue
		}
		fmt.Fprintf(l.out, "(%s) %-66s %6.2f, was %6.2f\n", one.id, one.what, one.value(), was)
		if fallen(one, was) {
			worse = append(worse, fmt.Errorf("(%s) %s: %.2f, was %.2f: a third worse", one.id, one.what, one.value(), was))
		}
	}
	return errors.Join(worse...)
}

func fallen(now line, was float64) bool {
	if now.most {
		return now.value() > was*1.5
	}
	return now.value() < was/1.5
}
