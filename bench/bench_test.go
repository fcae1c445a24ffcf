package main

import (
	"bytes"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"mobile3batch/reader"
)

func TestMedian(t *testing.T) {
	for want, of := range map[float64][]float64{2: {3, 1, 2}, 2.5: {4, 1, 2, 3}, 7: {7}} {
		if got := median(of); got != want {
			t.Errorf("median of %v: %v", of, got)
		}
	}
}

func TestAimsAreHeldAgainstMedians(t *testing.T) {
	least := line{id: "a", what: "fast", aim: 0.75, values: []float64{0.9, 0.7, 0.76}}
	most := line{id: "h", what: "small", aim: 100, most: true, values: []float64{99, 300, 100}}
	if err := missed([]line{least, most, {id: "i", what: "no aim", values: []float64{1e9}}}); err != nil {
		t.Error(err)
	}
	least.values, most.values = []float64{0.9, 0.7, 0.74}, []float64{99, 300, 101}
	if err := missed([]line{least, most}); err == nil || strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("two fell short: %v", err)
	}
}

func TestAThirdWorseIsTooMuch(t *testing.T) {
	speed, took := line{id: "a", what: "speed", theirs: []float64{1}}, line{id: "e", what: "took", theirs: []float64{1}, most: true}
	was := map[string]float64{"a speed": 0.75, "e took": 3}
	for _, c := range []struct {
		speed, took float64
		worse       int
	}{{0.75, 3, 0}, {0.51, 4.4, 0}, {0.49, 3, 1}, {0.75, 4.6, 1}, {0.4, 9, 2}, {9, 0.1, 0}} {
		speed.values, took.values = []float64{c.speed}, []float64{c.took}
		err := compare(&lab{out: &bytes.Buffer{}}, []line{speed, took}, was)
		worse := 0
		if err != nil {
			worse = strings.Count(err.Error(), "a third worse")
		}
		if worse != c.worse {
			t.Errorf("%v: %v", c, err)
		}
	}
	if err := compare(&lab{out: &bytes.Buffer{}}, []line{{id: "x", what: "new", values: []float64{1}}}, was); err == nil {
		t.Error("a ratio that nothing is known of passes")
	}
}

// Both readers find in the books what they are measured with.
func TestBooksHoldTheirRows(t *testing.T) {
	const rows = 300
	for _, shared := range []bool{true, false} {
		path := filepath.Join(t.TempDir(), "book.xlsx")
		var b bytes.Buffer
		if err := writeBook(&b, rows, shared); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		want := func(i int) []string {
			texts := bookRow(i)
			return append([]string{strconv.Itoa(i)}, texts[:]...)
		}
		table, err := reader.Open(path, reader.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer table.Close()
		n := 0
		for r, err := range table.Rows() {
			if err != nil {
				t.Fatal(err)
			}
			for column, text := range want(n) {
				if r.Cells[column].Text != text {
					t.Fatalf("row %d: %v", n, r.Cells)
				}
			}
			n++
		}
		theirs := -1
		err = readBook(path, func(row []string) error {
			if theirs >= 0 && fmt.Sprint(row) != fmt.Sprint(want(theirs)) {
				return fmt.Errorf("row %d: %v", theirs, row)
			}
			theirs++
			return nil
		})
		if err != nil || n != rows || theirs != rows {
			t.Errorf("shared %v: %d rows, %d by excelize, %v", shared, n, theirs, err)
		}
	}
}

// A role that did less than it was told to must not look fast.
func TestRolesFailWhereTheirWorkIsNotDone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "book.xlsx")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := writeBook(f, 10, true); err != nil {
		t.Fatal(err)
	}
	f.Close()
	for _, role := range []string{"our-rows", "bare-rows"} {
		if err := play([]string{role, path, "10"}); err != nil {
			t.Error(err)
		}
		if play([]string{role, path, "11"}) == nil {
			t.Errorf("%s counts no rows", role)
		}
	}
	if play([]string{"nobody"}) == nil {
		t.Error("an unknown role plays")
	}
}

// The same cells come out of both, but for what the program adds.
func TestBooksThatAreWrittenHoldTheSameCells(t *testing.T) {
	const rows = 40
	dir := t.TempDir()
	ours, bare := filepath.Join(dir, "ours.xlsx"), filepath.Join(dir, "bare.xlsx")
	if err := ourBook([]string{ours, strconv.Itoa(rows)}); err != nil {
		t.Fatal(err)
	}
	if err := bareBook([]string{bare, strconv.Itoa(rows)}); err != nil {
		t.Fatal(err)
	}
	cellsOf := func(path string) (all []string) {
		table, err := reader.Open(path, reader.Options{AnyColumns: true})
		if err != nil {
			t.Fatal(err)
		}
		defer table.Close()
		for r, err := range table.Rows() {
			if err != nil {
				t.Fatal(err)
			}
			var row []string
			for _, c := range r.Cells {
				row = append(row, c.Text)
			}
			all = append(all, strings.TrimRight(strings.Join(row, "|"), "|"))
		}
		return all
	}
	a, b := cellsOf(ours), cellsOf(bare)
	if len(a) != rows || strings.Join(a, "\n") != strings.Join(b, "\n") {
		t.Errorf("%d rows and %d:\n%v\n%v", len(a), len(b), a, b)
	}
}

func TestSheetsAreCountedByStatus(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out.csv")
	text := "no,name,mobile,idCard,status\r\n1,a,b,c,match\r\n2,a,b,c,in_doubt\r\n3,a,b,c,no_record\r\n4,a,b,c,pending\r\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	rows, doubts, answered, err := countSheet(path)
	if err != nil || rows != 4 || doubts != 1 || answered != 2 {
		t.Errorf("%d rows, %d in doubt, %d answered, %v", rows, doubts, answered, err)
	}
}

func TestResultsAreWritten(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "RESULTS.md")
	fast := line{id: "a", what: "fast enough", unit: "rows/s", aim: 0.75, decimals: 2, how: "go run ./bench -only a"}
	fast.ratio(90, 100)
	large := line{id: "h", what: "too large", aim: 100, most: true, how: "x", values: []float64{200}}
	l := &lab{runs: 1, memory: []footprint{{10, 30 << 20}, {1000, 60 << 20}}}
	if err := writeResults(path, []line{fast, large}, l); err != nil {
		t.Fatal(err)
	}
	report, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"| a | fast enough | 0.90 | ≥ 0.75 | 90 : 100 rows/s | once | `go run ./bench -only a` |", "200 **short of it**", "(memory.png)"} {
		if !strings.Contains(string(report), want) {
			t.Errorf("no %q in\n%s", want, report)
		}
	}
	for _, name := range []string{"ratios.png", "memory.png"} {
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := png.Decode(f); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		f.Close()
	}
}
