//go:build unix

package cli

import (
	"path/filepath"
	"testing"
	"time"

	"mobile3batch/checkpoint"
	"mobile3batch/mobile3/sandbox"
)

// TestARunBeginsAtTheLearnedPace: what an earlier run has found stands in the checkpoint.
func TestARunBeginsAtTheLearnedPace(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	input := list(t, dir, 6)
	server, err := sandbox.Start(sandbox.Defaults(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	log, err := checkpoint.Open(filepath.Join(dir, "people.csv.checkpoint"), checkpoint.Options{Service: server.URL(), Create: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, counts := range []map[string]int64{{"calls": 5, paceCount: 2500}, {"calls": 0, paceCount: 0}} { // the second asked nobody
		if err := log.StartRun(checkpoint.Run{Program: "test"}); err != nil {
			t.Fatal(err)
		}
		if err := log.EndRun(checkpoint.RunEnd{Why: endFinished, Counts: counts}); err != nil {
			t.Fatal(err)
		}
	}
	if got := learnedPace(log.Runs()); got != 2.5 {
		t.Errorf("learned %g", got)
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if out, err := program(t, dir, "run", input, "--endpoint", server.URL(), "--rate", "1000").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if took := time.Since(began); took < 1500*time.Millisecond { // five steps of 0.4 s
		t.Errorf("six calls took %v", took)
	}
}
