package main

import (
	"bufio"
	"fmt"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"mobile3batch/bench/plot"
)

// writeResults writes the report, and its pictures beside it.
func writeResults(path string, table []line, l *lab) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# What was measured\n\n`go run ./bench -o bench/RESULTS.md` wrote this on %s.\n\n", time.Now().Format("2006-01-02"))
	fmt.Fprintf(&b, "Machine: %s, %d processors, %s, %s/%s.\n", processorName(), runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	fmt.Fprintf(&b, "The sandbox runs on the same processors as what is measured. Medians of %d runs, unless it says once.\n\n", l.runs)
	b.WriteString("| | what | figure | aim | ours : beside it | range | repeat with |\n|---|---|---|---|---|---|---|\n")
	for _, one := range table {
		figure := one.valueText()
		if !one.reached() {
			figure += " **short of it**"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | `%s` |\n", one.id, one.what, figure, one.aimText(), one.sides(), one.spread(), one.how)
	}
	dir := filepath.Dir(path)
	b.WriteString("\n![Figures over their aims](ratios.png)\n")
	if err := drawRatios(filepath.Join(dir, "ratios.png"), table); err != nil {
		return err
	}
	if len(l.memory) > 1 {
		b.WriteString("\n![The most memory a run took, over its rows](memory.png)\n")
		if err := drawMemory(filepath.Join(dir, "memory.png"), l.memory); err != nil {
			return err
		}
	}
	if why, err := os.ReadFile(filepath.Join(dir, "WHY.md")); err == nil {
		b.WriteString("\n" + string(why))
	}
	return os.WriteFile(path, []byte(b.String()), 0o644)
}

// processorName is the model, where the system tells it.
func processorName() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return "unknown processor"
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if key, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown processor"
}

// drawRatios has a bar for each figure with an aim: how far it is on the good side of it.
func drawRatios(path string, table []line) error {
	var bars []line
	for _, one := range table {
		if one.aim != 0 {
			bars = append(bars, one)
		}
	}
	const width, row, left, most = 1200, 30, 640, 4.0
	c, err := plot.New(width, 90+row*len(bars))
	if err != nil {
		return err
	}
	c.Text(20, 30, "How far each figure is on the good side of its aim (1: just reached)", plot.Ink)
	unit := float64(width-left-110) / most
	for i := 0; i <= int(most); i++ {
		x := left + int(float64(i)*unit)
		c.Fill(x, 50, x+1, 60+row*len(bars), plot.Grid)
		c.Text(x-5, 80+row*len(bars), fmt.Sprint(i), plot.Ink)
	}
	for i, one := range bars {
		good := one.value() / one.aim
		if one.most {
			good = 1 / good
		}
		var with color.Color = plot.Blue
		if !one.reached() {
			with = plot.Orange
		}
		y := 60 + row*i
		end := left + int(math.Min(good, most)*unit)
		c.Text(20, y+15, fmt.Sprintf("(%s) %s", one.id, shorten(one.what, 66)), plot.Ink)
		c.Fill(left, y, end, y+row-12, with)
		c.Text(max(end, left+int(unit))+6, y+15, fmt.Sprintf("%.2f", good), plot.Ink) // right of the line at 1
	}
	x := left + int(unit)
	c.Fill(x-1, 50, x+1, 60+row*len(bars), plot.Ink)
	return c.Save(path)
}

func shorten(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// drawMemory has a bar for each list, by its length.
func drawMemory(path string, points []footprint) error {
	const width, row, left = 1000, 44, 190
	c, err := plot.New(width, 70+row*len(points))
	if err != nil {
		return err
	}
	var most int64
	for _, p := range points {
		most = max(most, p.peak)
	}
	c.Text(20, 30, "The most memory a run took, in MiB, by rows of its list", plot.Ink)
	for i, p := range points {
		y := 60 + row*i
		end := left + int(float64(p.peak)/float64(most)*(width-left-180))
		c.Text(20, y+18, short(float64(p.rows))+" rows", plot.Ink)
		c.Fill(left, y, end, y+row-18, plot.Blue)
		c.Text(end+8, y+18, fmt.Sprintf("%.0f (%.0f bytes a row)", mebibytes(p.peak), float64(p.peak)/float64(p.rows)), plot.Ink)
	}
	return c.Save(path)
}
