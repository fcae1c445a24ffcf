//go:build unix

package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mobile3batch/mobile3/sandbox"
)

// TestRenamedResultsAreRead: OUTPUT is one kind of file and its name says another. It is read to its end all the same, and
// only once: whose verdict stands in it is not paid for again without a question.
func TestRenamedResultsAreRead(t *testing.T) {
	t.Parallel()
	for _, c := range [][2]string{{".csv", ".xlsx"}, {".xlsx", ".csv"}, {".csv", ".csv"}, {".xlsx", ".xlsx"}} {
		bank := startBank(t, sandbox.Defaults())
		dir := t.TempDir()
		input, file := list(t, dir, 30), filepath.Join(dir, "people.checkpoint")
		run := func(output string) (string, error) {
			cmd := program(t, dir, "run", input, "--endpoint", bank.URL(), "--checkpoint", file, "-o", output, "--max-calls", "10", "--force")
			late := time.AfterFunc(20*time.Second, func() { t.Errorf("%v: it never ends", c); cmd.Process.Kill() })
			defer late.Stop()
			out, err := cmd.CombinedOutput()
			return string(out), err
		}
		run("result" + c[0])
		older, err := os.ReadFile(file)
		must(t, err)
		run("result" + c[0])
		must(t, os.WriteFile(file, older, 0)) // in place: nothing else tells
		if c[0] != c[1] {
			must(t, os.Rename(filepath.Join(dir, "result"+c[0]), filepath.Join(dir, "result"+c[1])))
		}
		out, err := run("result" + c[1])
		if sum := bank.Summary(); err == nil || sum.Billed != 20 || sum.BilledTwice != 0 || !strings.Contains(out, "verdicts about 10 people") {
			t.Errorf("%v: %v, %+v\n%s", c, err, sum, out)
		}
	}
}
