package main

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
)

// checkpoints measures recording against the disk, and opening.
func checkpoints(l *lab) ([]line, error) {
	out := line{id: "g", what: "intents synced, with answers ÷ the disk's own group commits", unit: "calls/s", decimals: 2, how: "go run ./bench -only g"}
	pairs := strconv.Itoa(l.rows)
	for range l.runs {
		dir, err := l.folder()
		if err != nil {
			return nil, err
		}
		ours, err := l.speed("our-commits", filepath.Join(dir, "ours"), pairs)
		if err != nil {
			return nil, err
		}
		theirs, err := l.speed("bare-commits", filepath.Join(dir, "bare"), pairs)
		if err != nil {
			return nil, err
		}
		out.ratio(ours, theirs)
		if err := os.RemoveAll(dir); err != nil {
			return nil, err
		}
	}
	table := []line{out}
	if err := l.needMillion(); err != nil {
		return nil, err
	}
	for _, f := range []*finished{l.million, l.tenfold} {
		if f == nil {
			continue // not wanted today
		}
		lines, err := l.opening(f)
		if err != nil {
			return nil, err
		}
		table = append(table, lines...)
	}
	return table, nil
}

func (l *lab) speed(role, file, pairs string) (float64, error) {
	c, err := l.role(role, file, pairs)
	if err != nil {
		return 0, err
	}
	r, err := told[rate](c)
	return r.PerSecond, err
}

func (l *lab) opening(f *finished) ([]line, error) {
	people := short(float64(f.rows)) + " people"
	slow := line{id: "g", what: "opening a checkpoint of " + people + ", µs a record", aim: 1, most: true, decimals: 2, how: "go run ./bench -only h,g"}
	size := line{id: "g", what: "its index, bytes a person", aim: 40, most: true, decimals: 1, how: slow.how}
	for range l.runs {
		c, err := l.role("open-checkpoint", f.checkpoint)
		if err != nil {
			return nil, err
		}
		o, err := told[opened](c)
		if err != nil {
			return nil, err
		}
		if o.People < f.rows*99/100 { // who is in doubt after a kill is counted, too
			return nil, errors.Join(errors.New("the checkpoint is not whole"), expect("people", o.People, f.rows))
		}
		slow.figure(o.Seconds * 1e6 / float64(o.Records))
		size.figure(float64(o.Heap) / float64(o.People))
		slow.unit = short(o.Seconds) + " s"
	}
	return []line{slow, size}, nil
}
