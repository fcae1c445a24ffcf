package selftest

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"mobile3batch/mobile3/sandbox"
)

// batch is a list of four, its bill and its sheet, all in order.
func batch(t *testing.T) (list string, sheet [][]string, bill []sandbox.Line) {
	t.Helper()
	list = filepath.Join(t.TempDir(), "people.csv")
	if err := WriteList(list, 4); err != nil {
		t.Fatal(err)
	}
	rows, err := readCSV(list)
	if err != nil {
		t.Fatal(err)
	}
	sheet = [][]string{append(rows[0], "status", "result", "seqNo")}
	for i, row := range rows[1:] {
		status := []string{"match", "mismatch", "no_record", "in_doubt"}[i]
		result, seqNo := fmt.Sprint(i+1), fmt.Sprint("S", i)
		if status == "in_doubt" {
			result, seqNo = "", ""
		}
		sheet = append(sheet, append(row, status, result, seqNo))
		bill = append(bill, sandbox.Line{Person: sandbox.Digest([]byte("k"), row[1], row[2], row[3]), SeqNo: fmt.Sprint("S", i), Result: i + 1})
	}
	return list, sheet, bill
}

func TestJudge(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(sheet *[][]string, bill *[]sandbox.Line)
		want  Verdict
	}{
		"in order":       {func(*[][]string, *[]sandbox.Line) {}, Verdict{Rows: 4, Billed: 4, InDoubt: 1}},
		"a doubt unpaid": {func(_ *[][]string, b *[]sandbox.Line) { *b = (*b)[:3] }, Verdict{Rows: 4, Billed: 3, InDoubt: 1}},
		"billed twice": {func(_ *[][]string, b *[]sandbox.Line) { *b = append([]sandbox.Line{(*b)[0]}, *b...) },
			Verdict{Rows: 4, Billed: 5, Twice: 1, InDoubt: 1}},
		"a row missing at the end": {func(s *[][]string, _ *[]sandbox.Line) { *s = (*s)[:4] }, Verdict{Rows: 4, Billed: 4, Lost: 1}},
		"a row too many":           {func(s *[][]string, _ *[]sandbox.Line) { *s = append(*s, (*s)[4]) }, Verdict{Rows: 4, Billed: 4, Lost: 1, InDoubt: 1}},
		"two rows swapped": {func(s *[][]string, _ *[]sandbox.Line) { (*s)[1], (*s)[2] = (*s)[2], (*s)[1] },
			Verdict{Rows: 4, Billed: 4, Lost: 2, InDoubt: 1}},
		"not asked":            {func(s *[][]string, _ *[]sandbox.Line) { (*s)[1][4] = "pending" }, Verdict{Rows: 4, Billed: 4, Lost: 1, InDoubt: 1}},
		"a verdict of nowhere": {func(_ *[][]string, b *[]sandbox.Line) { *b = (*b)[1:] }, Verdict{Rows: 4, Billed: 3, Wrong: 1, InDoubt: 1}},
		"another's number":     {func(s *[][]string, _ *[]sandbox.Line) { (*s)[1][6] = "S1" }, Verdict{Rows: 4, Billed: 4, Wrong: 1, InDoubt: 1}},
		"another result":       {func(s *[][]string, _ *[]sandbox.Line) { (*s)[1][5] = "2" }, Verdict{Rows: 4, Billed: 4, Wrong: 1, InDoubt: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			list, sheet, bill := batch(t)
			c.spoil(&sheet, &bill)
			path := filepath.Join(t.TempDir(), "sheet.csv")
			f, err := os.Create(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := csv.NewWriter(f).WriteAll(sheet); err != nil {
				t.Fatal(err)
			}
			f.Close()
			got, err := Judge(list, path, bill, []byte("k"))
			if err != nil || got != c.want {
				t.Errorf("%+v, %v; want %+v", got, err, c.want)
			}
			if kept := name == "in order" || name == "a doubt unpaid"; got.Kept() != kept {
				t.Errorf("kept: %v", got.Kept())
			}
		})
	}
}

func TestBroken(t *testing.T) {
	for _, r := range []Result{{Verdict: Verdict{Twice: 1}}, {Verdict: Verdict{Lost: 1}}, {Verdict: Verdict{Wrong: 1}}, {Verdict: Verdict{InDoubt: 9}, Bound: 8}} {
		if r.Broken() == "" {
			t.Errorf("%+v passes", r)
		}
	}
	if r := (Result{Verdict: Verdict{InDoubt: 8}, Bound: 8}); r.Broken() != "" {
		t.Error(r.Broken())
	}
}

func TestListIsOfDistinctPeople(t *testing.T) {
	var all []string
	for who := range 700_000 {
		_, _, idCard := Somebody(who)
		all = append(all, idCard)
	}
	slices.Sort(all)
	if n := len(slices.Compact(all)); n != 700_000 {
		t.Errorf("%d distinct ID numbers", n)
	}
}
