package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestNumbersAtEveryFault makes the program exit, panic and fail between any two steps of writing the summary and the
// metrics. Each file is the old one or the new one, whole; the next run clears away what was left, and nobody is paid for twice.
func TestNumbersAtEveryFault(t *testing.T) {
	t.Parallel()
	th := newTheatre(t)
	numbers := []string{"--summary-json", "s.json", "--metrics-file", "m.prom", "--lang", "en"}
	s := &scene{args: numbers, setup: func(th *theatre) { th.run(exitBudget, append(numbers, "--max-calls", "4")...) }}
	th.prepare(s)
	happened := 0
	for _, p := range []point{sheetMade, sheetHalfWritten, sheetWritten, sheetSynced, sheetRenamed, sheetInPlace} {
		for i, action := range actions {
			for nth := 2; nth <= 3; nth++ { // the sheet's own is the first
				if brief() && (i+nth)%2 > 0 {
					continue
				}
				name := fmt.Sprintf("%s at hit %d of %s", action, nth, p)
				th.dir = t.TempDir()
				for file, b := range s.stage {
					must(t, os.WriteFile(filepath.Join(th.dir, file), b, 0o600))
				}
				th.open()
				fired, code, out := th.fault(p, action, nth, numbers...)
				if !fired || code == exitOK {
					t.Errorf("%s: happened: %v, exit %d\n%s", name, fired, code, out)
					continue
				}
				happened++
				wholeNumbers(t, th.dir, name)
				leftovers(t, th.dir, name, ".s.json.partial", ".m.prom.partial")
				paid := th.bill()
				th.run(exitOK, numbers...)
				wholeNumbers(t, th.dir, name+", and once more")
				leftovers(t, th.dir, name+", and once more")
				twice := map[string]bool{}
				for _, l := range slices.Concat(s.paid, th.bill()) {
					if twice[l.Person] {
						t.Errorf("%s: somebody was billed twice", name)
					}
					twice[l.Person] = true
				}
				is(t, name+": billed", len(twice), people)
				is(t, name+": billed after the sheet was there", len(th.bill()), len(paid))
			}
		}
	}
	want := 48
	if brief() {
		want = 24
	}
	is(t, "faults", happened, want)
}

func wholeNumbers(t *testing.T, dir, name string) {
	t.Helper()
	var s struct{ Rows, Calls, FromCheckpoint int }
	b, err := os.ReadFile(filepath.Join(dir, "s.json"))
	must(t, err)
	if err := json.Unmarshal(b, &s); err != nil || s.Rows != people {
		t.Errorf("%s: the summary is %s: %v", name, b, err)
	}
	b, err = os.ReadFile(filepath.Join(dir, "m.prom"))
	must(t, err)
	lines := strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
	if !strings.HasPrefix(lines[len(lines)-1], "mobile3batch_cost_yuan{") || !strings.HasSuffix(string(b), "\n") || strings.Count(string(b), "# TYPE mobile3batch_cost_yuan") != 1 {
		t.Errorf("%s: the metrics are\n%s", name, b)
	}
}

// leftovers: nothing is in the folder but what belongs there and, perhaps, these.
func leftovers(t *testing.T, dir, name string, allowed ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	belong := []string{"people.csv", "people.csv.checkpoint", "people.checked.csv", "s.json", "m.prom"}
	for _, e := range entries {
		if !slices.Contains(append(belong, allowed...), e.Name()) {
			t.Errorf("%s: %s is left", name, e.Name())
		}
	}
	if len(entries) < len(belong) {
		t.Errorf("%s: there are only %v", name, entries)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
