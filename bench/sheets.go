package main

import (
	"os"
	"path/filepath"
	"strconv"
)

// pairs measures two processes in turn, by the time they take.
func (l *lab) pairs(out *line, amount int, ours, theirs func(dir string) (cost, error)) error {
	for range l.runs {
		dir, err := l.folder()
		if err != nil {
			return err
		}
		a, err := ours(dir)
		if err != nil {
			return err
		}
		b, err := theirs(dir)
		if err != nil {
			return err
		}
		out.ratio(a.perSecond(amount), b.perSecond(amount))
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
	return nil
}

// reading is the strict reader against excelize's.
func reading(l *lab) (table []line, err error) {
	for _, shared := range []bool{true, false} {
		texts := map[bool]string{true: "shared", false: "inline"}[shared]
		out := line{id: "c", what: "XLSX read strictly ÷ excelize Rows, " + texts + " strings", unit: "rows/s", aim: 5, decimals: 1, how: "go run ./bench -only c"}
		path, err := l.book(shared)
		if err != nil {
			return nil, err
		}
		rows := strconv.Itoa(l.wide)
		err = l.pairs(&out, l.wide,
			func(string) (cost, error) { return l.role("our-rows", path, rows) },
			func(string) (cost, error) { return l.role("bare-rows", path, rows) })
		if err != nil {
			return nil, err
		}
		table = append(table, out)
	}
	return table, nil
}

// writing is the program's workbook against excelize's stream alone.
func writing(l *lab) ([]line, error) {
	out := line{id: "d", what: "XLSX written ÷ bare StreamWriter, the same cells", unit: "rows/s", aim: 0.9, decimals: 2, how: "go run ./bench -only d"}
	rows := strconv.Itoa(l.rows)
	err := l.pairs(&out, l.rows,
		func(dir string) (cost, error) { return l.role("our-book", filepath.Join(dir, "ours.xlsx"), rows) },
		func(dir string) (cost, error) { return l.role("bare-book", filepath.Join(dir, "bare.xlsx"), rows) })
	return []line{out}, err
}

// planning is plan of the largest sheet, against excelize's reading of it alone.
func planning(l *lab) ([]line, error) {
	out := line{id: "f", what: "time of plan ÷ excelize Rows, " + short(float64(l.wide)) + " rows", unit: "s", aim: 0.25, most: true, decimals: 2, how: "go run ./bench -only f"}
	peak := line{id: "h", what: "memory of plan, XLSX of " + short(float64(l.wide)) + " rows, MiB", aim: 160, most: true, how: "go run ./bench -only f"}
	path, err := l.book(true)
	if err != nil {
		return nil, err
	}
	rows := strconv.Itoa(l.wide)
	for range l.runs {
		ours, err := l.batch("plan", path)
		if err != nil {
			return nil, err
		}
		theirs, err := l.role("bare-rows", path, rows)
		if err != nil {
			return nil, err
		}
		out.ratio(ours.wall.Seconds(), theirs.wall.Seconds())
		peak.figure(mebibytes(ours.peak))
	}
	return []line{out, peak}, nil
}

func mebibytes(n int64) float64 { return float64(n) / (1 << 20) }
