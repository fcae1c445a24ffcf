//go:build unix

package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mobile3batch/mobile3/sandbox"
	"mobile3batch/pipeline"
)

// TestNoMoreThanAgreed: a list that is written anew in place between the survey and the second reading. What was agreed to
// was one call; nobody pays for what the list holds now, not even if its size and time are those it had.
func TestNoMoreThanAgreed(t *testing.T) {
	for name, c := range map[string]struct {
		seen   bool // the file tells that it was changed
		code   int
		billed int
	}{"seen": {true, exitRefused, 0}, "unseen": {false, exitInternal, 1}} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			input := list(t, dir, 100)
			whole, err := os.ReadFile(input)
			if err != nil {
				t.Fatal(err)
			}
			lines := bytes.SplitAfter(whole, []byte("\n"))
			header, people := lines[0], lines[11:101] // whose lines are all of one length
			many := append(bytes.Clone(header), bytes.Join(people, nil)...)
			one := append(bytes.Clone(header), bytes.Repeat(people[0], len(people))...)
			if len(one) != len(many) {
				t.Fatalf("%d bytes, not %d: the two lists differ in size", len(one), len(many))
			}
			if err := os.WriteFile(input, one, 0o600); err != nil {
				t.Fatal(err)
			}
			then, err := os.Stat(input)
			if err != nil {
				t.Fatal(err)
			}
			rewrite := func(l pipeline.Ledger) pipeline.Ledger { // the second reading is about to begin
				at := then.ModTime()
				if c.seen {
					at = at.Add(time.Minute)
				}
				if err := os.WriteFile(input, many, 0o600); err != nil {
					t.Error(err)
				}
				if err := os.Chtimes(input, at, at); err != nil {
					t.Error(err)
				}
				return l
			}
			server, err := sandbox.Start(sandbox.Defaults(), "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer server.Close()
			code, said := inProcess(t, []string{"mobile3batch", "run", input, "--endpoint", server.URL(), "--rate", "0", "--lang", "en"},
				filepath.Join(dir, "out"), disks{}, seams{ledger: rewrite})
			if !strings.Contains(said, "1 to pay for") || !strings.Contains(said, "changed while it was") || code != c.code {
				t.Errorf("exit %d\n%s", code, said)
			}
			if _, billed := server.Calls(); billed != c.billed {
				t.Errorf("%d billed; one was agreed to", billed)
			}
		})
	}
}
