package selftest

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"strconv"

	"mobile3batch/mobile3/sandbox"
)

// Verdict is what a finished batch came to, by the bill. Lost, Twice and Wrong must be 0.
type Verdict struct {
	Rows    int // in the list
	Billed  int // calls on the bill
	Twice   int // people who stand on the bill more than once
	Lost    int // rows that are missing, or end in neither an answer nor a doubt
	Wrong   int // rows with an answer that the bill does not have, or somebody else's
	InDoubt int // rows in doubt
}

// Kept reports whether nobody was billed twice, and nothing lost or mixed up.
func (v Verdict) Kept() bool { return v.Twice == 0 && v.Lost == 0 && v.Wrong == 0 }

// Add sums up verdicts about separate bills.
func (v *Verdict) Add(o Verdict) {
	v.Rows += o.Rows
	v.Billed += o.Billed
	v.Twice += o.Twice
	v.Lost += o.Lost
	v.Wrong += o.Wrong
	v.InDoubt += o.InDoubt
}

// Judge holds the sheet of a finished batch against its list and the sandbox's bill, which names people by the digests
// of key. The list is WriteList's; the sheet is the CSV that came back, with columns in English.
func Judge(list, sheet string, bill []sandbox.Line, key []byte) (Verdict, error) {
	wanted, err := readCSV(list)
	if err != nil {
		return Verdict{}, err
	}
	got, err := readCSV(sheet)
	if err != nil {
		return Verdict{}, err
	}
	v := Verdict{Rows: len(wanted) - 1, Billed: len(bill)}
	lines := make(map[string]sandbox.Line, len(bill))
	times := make(map[string]int, len(bill))
	for _, line := range bill {
		lines[line.Person] = line
		if times[line.Person]++; times[line.Person] == 2 {
			v.Twice++
		}
	}
	at, err := columns(got[0], "status", "result", "seqNo")
	if err != nil {
		return Verdict{}, fmt.Errorf("%s: %w", sheet, err)
	}
	for i, person := range wanted[1:] {
		if i+1 >= len(got) || got[i+1][0] != person[0] {
			v.Lost++
			continue
		}
		row := got[i+1]
		line, billed := lines[sandbox.Digest(key, person[1], person[2], person[3])]
		switch row[at[0]] {
		case "in_doubt":
			v.InDoubt++
		case "match", "mismatch", "no_record":
			if !billed || row[at[2]] != line.SeqNo || row[at[1]] != strconv.Itoa(line.Result) {
				v.Wrong++
			}
		default:
			v.Lost++
		}
	}
	v.Lost += max(len(got)-len(wanted), 0)
	return v, nil
}

func readCSV(path string) ([][]string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")))).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("%s is empty", path)
	}
	return rows, nil
}

func columns(header []string, names ...string) ([]int, error) {
	at := make([]int, len(names))
	for i, name := range names {
		at[i] = -1
		for j, h := range header {
			if h == name {
				at[i] = j
			}
		}
		if at[i] < 0 {
			return nil, fmt.Errorf("no column %q", name)
		}
	}
	return at, nil
}
