package cli

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden results of the samples")

// sampleFlags are what a sample needs beyond its name; sampleRunFlags only run has.
var (
	sampleFlags    = map[string][]string{"encrypted.xlsx": {"--password-file", "encrypted.password.txt"}}
	sampleRunFlags = map[string][]string{"faults.csv": {"--workers", "1"}} // who is asked before the batch stops
)

// TestEverySample walks samples/: what plan and run say of each, and what stands in the sheet, row by row and in both
// languages, is what samples/golden says. go test ./cli -run TestEverySample -update writes it anew: read the difference.
func TestEverySample(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "samples")
	var names []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && (d.Name() == "golden" || d.Name() == "generate") {
			return fs.SkipDir
		}
		if ext := filepath.Ext(path); slices.Contains([]string{".csv", ".xlsx", ".xls", ".xlsb", ".ods"}, ext) && !strings.Contains(path, ".checked.") {
			name, err := filepath.Rel(root, path)
			names = append(names, filepath.ToSlash(name))
			return err
		}
		return err
	})
	if err != nil || len(names) < 20 {
		t.Fatalf("%d samples: %v", len(names), err)
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			golden := filepath.Join(root, "golden", strings.ReplaceAll(name, "/", "-")+".txt")
			var parts [2][]byte
			t.Run("in", func(t *testing.T) { // at once: one sample waits for silence most of the time
				for i, l := range []lang{zh, en} {
					t.Run(string(l), func(t *testing.T) {
						t.Parallel()
						parts[i] = played(t, root, name, l)
					})
				}
			})
			if t.Failed() {
				return
			}
			got := slices.Concat(parts[:]...)
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("not what %s says:\n%s", golden, difference(string(want), string(got)))
			}
		})
	}
}

// played is what a person sees who plans and runs a sample.
func played(t *testing.T, root, name string, langs ...lang) []byte {
	var seen bytes.Buffer
	for _, l := range langs {
		dir := t.TempDir()
		for _, file := range []string{name, "encrypted.password.txt"} {
			b, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(file)))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, filepath.Base(file)), b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		input := filepath.Base(name)
		flags := append([]string{"--sandbox", "--lang", string(l), "--rate", "0"}, sampleFlags[input]...)
		say := func(command string, out []byte, err error) {
			fmt.Fprintf(&seen, "$ mobile3batch %s %s --lang %s: exit %d\n%s\n", command, input, l, codeOfProcess(err), plain(out))
		}
		out, err := program(t, dir, append([]string{"plan", input}, flags...)...).CombinedOutput()
		say("plan", out, err)
		cmd := program(t, dir, slices.Concat([]string{"run", input, "-o", "sheet.csv", "--timeout", "4s"}, flags, sampleRunFlags[input])...)
		out, err = quietly(cmd)
		say("run", out, err)
		sheet, readErr := os.ReadFile(filepath.Join(dir, "sheet.csv"))
		if readErr == nil {
			fmt.Fprintf(&seen, "%s\n", plain([]byte(asLines(t, sheet))))
		}
		refused := strings.HasPrefix(name, "refused/")
		if refused != (readErr != nil) || refused != (codeOfProcess(err) == exitRefused) {
			t.Errorf("exit %d, sheet: %v", codeOfProcess(err), readErr)
		}
	}
	return seen.Bytes()
}

// quietly leaves out the messages that differ from run to run: how far it was, and when.
func quietly(cmd *exec.Cmd) ([]byte, error) {
	var errs bytes.Buffer
	cmd.Stderr = &errs
	_, err := cmd.Output()
	var kept bytes.Buffer
	for line := range strings.Lines(errs.String()) {
		if !progressLine.MatchString(line) {
			kept.WriteString(line)
		}
	}
	return kept.Bytes(), err
}

var (
	progressLine = regexp.MustCompile(`^\s*\d+% |行/秒|rows/s`)
	aTime        = regexp.MustCompile(`\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d( ?\+08:00)?`)
	aReference   = regexp.MustCompile(`((?:参考号|reference) )[0-9a-f]{12}`)
)

// plain hides what is new in every run.
func plain(b []byte) string {
	s := aTime.ReplaceAllString(string(b), "TIME")
	return strings.TrimRight(aReference.ReplaceAllString(s, "${1}REF"), "\n")
}

// asLines are a sheet's rows: status, result, source and note.
func asLines(t *testing.T, sheet []byte) string {
	rows, err := parseCSV(sheet)
	if err != nil {
		t.Fatal(err)
	}
	at, ok := ownColumns(rows[0])
	if !ok {
		t.Fatalf("not our columns: %q", rows[0])
	}
	var b strings.Builder
	for i, row := range rows[1:] {
		fmt.Fprintf(&b, "%3d  %s", i+1, row[at[columnStatus]])
		for _, c := range []int{1, 6, columnNote} {
			if s := row[at[c]]; s != "" {
				b.WriteString(" | " + s)
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

// difference lists the lines that only one of the two has, the first twenty.
func difference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	var b strings.Builder
	shown := 0
	for i := range max(len(w), len(g)) {
		var a, c string
		if i < len(w) {
			a = w[i]
		}
		if i < len(g) {
			c = g[i]
		}
		if a != c && shown < 20 {
			shown++
			fmt.Fprintf(&b, "- %s\n+ %s\n", a, c)
		}
	}
	return b.String()
}
