//go:build unix

package cli

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"mobile3batch/checkpoint"
	"mobile3batch/mobile3/sandbox"
)

// pipeCaught keeps a SIGPIPE that is ignored here from being ignored by who is
// started; what is caught is not inherited.
func pipeCaught(t *testing.T) {
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, syscall.SIGPIPE)
	t.Cleanup(func() { signal.Stop(caught) })
}

// brokenBy is a pipe for cmd whose reader goes when hangUp is called.
func brokenBy(t *testing.T, cmd *exec.Cmd, both bool) (hangUp func()) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = io.Discard, w
	if both {
		cmd.Stdout = w
	}
	gone := make(chan struct{})
	go func() { defer close(gone); io.Copy(io.Discard, r) }()
	t.Cleanup(func() { r.Close(); w.Close() })
	return func() { w.Close(); r.Close(); <-gone }
}

// TestReaderOfThePipeDies: run … 2>&1 | tee log, and a Ctrl-C that ends both. The calls in flight are answered and
// recorded, and the sheet is there.
func TestReaderOfThePipeDies(t *testing.T) {
	const people = 2000
	pipeCaught(t)
	for _, c := range []struct {
		name string
		both bool // stdout, too: the summary can't be printed
		code int
	}{
		{"stderr", false, exitInterrupted},
		{"stdout and stderr", true, exitInternal},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			input := list(t, dir, people)
			var trap atCharge
			cfg := sandbox.Defaults()
			cfg.Latency, cfg.OnBilled = 5*time.Millisecond, trap.billed
			server, err := sandbox.Start(cfg, "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer server.Close()
			cmd := program(t, dir, "run", input, "--endpoint", server.URL(), "--rate", "0", "--workers", "16")
			hangUp := brokenBy(t, cmd, c.both)
			_, ended := trap.during(cmd, 300, func(p *os.Process) { hangUp(); p.Signal(syscall.SIGTERM) })
			is(t, "exit code", codeOfProcess(ended), c.code)

			_, billed := server.Calls()
			v, err := checkpoint.View(input+".checkpoint", checkpoint.ViewOptions{AnyKey: true})
			if err != nil {
				t.Fatal(err)
			}
			defer v.Close()
			is(t, "in doubt", v.Counts().InDoubt, 0)
			is(t, "settled", v.Counts().Settles, billed)
			rows := readRows(t, filepath.Join(dir, "people.checked.csv"))
			is(t, "rows", len(rows)-1, people)
			pending := 0
			for _, row := range rows[1:] {
				if row[column(t, rows, "status")] == "pending" {
					pending++
				}
			}
			is(t, "pending", pending, people-billed)
			if billed < 300 || billed == people {
				t.Errorf("%d billed: nothing was interrupted", billed)
			}
		})
	}
}

// TestOnlyPrintingDiesAsUsual: what writes no checkpoint ends as every program does when nobody reads on.
func TestOnlyPrintingDiesAsUsual(t *testing.T) {
	pipeCaught(t)
	dir := t.TempDir()
	input := list(t, dir, 10)
	for _, args := range [][]string{{"plan", input}, {"run", "--help"}} {
		cmd := program(t, dir, args...)
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		r.Close()
		cmd.Stdout = w
		err = cmd.Run()
		w.Close()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGPIPE {
			t.Errorf("%s: %v", args[0], err)
		}
	}
}
