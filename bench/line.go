package main

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// line is one of the table: what was measured, and the ratios of all its runs.
type line struct {
	id, what string
	unit     string // of ours and theirs
	ours     []float64
	theirs   []float64 // empty: there is nothing beside it, and value stands for the ratio
	values   []float64 // a ratio, or a figure that has a limit of its own
	aim      float64   // 0: none
	most     bool      // the aim is a ceiling
	decimals int
	how      string // the command that repeats it
}

// ratio adds a pair in which more is better.
func (l *line) ratio(ours, theirs float64) {
	l.ours, l.theirs, l.values = append(l.ours, ours), append(l.theirs, theirs), append(l.values, ours/theirs)
}

// figure adds one that stands alone.
func (l *line) figure(v float64) { l.values = append(l.values, v) }

func (l line) value() float64 { return median(l.values) }

// reached: a line without an aim always is.
func (l line) reached() bool {
	switch {
	case l.aim == 0:
		return true
	case l.most:
		return l.value() <= l.aim
	}
	return l.value() >= l.aim
}

func (l line) aimText() string {
	switch {
	case l.aim == 0:
		return ""
	case l.most:
		return fmt.Sprintf("≤ %g", l.aim)
	}
	return fmt.Sprintf("≥ %g", l.aim)
}

func (l line) valueText() string { return fmt.Sprintf("%.*f", l.decimals, l.value()) }

// spread is the least and the greatest of several runs.
func (l line) spread() string {
	if len(l.values) < 2 {
		return "once"
	}
	return fmt.Sprintf("%.*f–%.*f, %d runs", l.decimals, slices.Min(l.values), l.decimals, slices.Max(l.values), len(l.values))
}

func (l line) sides() string {
	if len(l.theirs) == 0 {
		return l.unit
	}
	return fmt.Sprintf("%s : %s %s", short(median(l.ours)), short(median(l.theirs)), l.unit)
}

func (l line) text() string {
	mark := ""
	if !l.reached() {
		mark = "  MISSED"
	}
	return fmt.Sprintf("(%s) %-66s %8s %-8s %-28s %s%s", l.id, l.what, l.valueText(), l.aimText(), l.sides(), l.spread(), mark)
}

// short is a number as one reads it aloud.
func short(v float64) string {
	switch {
	case v >= 1e6:
		return fmt.Sprintf("%.2f M", v/1e6)
	case v >= 10_000:
		return fmt.Sprintf("%.1f k", v/1e3)
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.3g", v)
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	s := slices.Sorted(slices.Values(values))
	if n := len(s); n%2 == 0 {
		return (s[n/2-1] + s[n/2]) / 2
	}
	return s[len(s)/2]
}

// missed names the lines that fell short of their aims.
func missed(table []line) error {
	var all []error
	for _, l := range table {
		if !l.reached() {
			all = append(all, fmt.Errorf("(%s) %s: %s, aim %s", l.id, l.what, l.valueText(), l.aimText()))
		}
	}
	return errors.Join(all...)
}
