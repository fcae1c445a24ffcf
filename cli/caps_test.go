//go:build unix

package cli

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"mobile3batch/mobile3/sandbox"
)

// TestNoCapIsExceeded: lists under a cap of the day or of each run, runs that are killed at any charge, with calls in
// flight: the bill never holds one call more than the caps allow.
func TestNoCapIsExceeded(t *testing.T) {
	t.Parallel()
	batches := 60
	switch {
	case testing.Short(), sampled():
		batches = 6
	case long():
		batches = 300
	}
	seed := rand.Uint64()
	rng := rand.New(rand.NewPCG(seed, 1))
	runs, kills, reached := 0, 0, 0
	for i := range batches {
		dir := t.TempDir()
		input := list(t, dir, 400)
		var trap atCharge
		cfg := sandbox.Defaults()
		cfg.Latency, cfg.OnBilled = time.Millisecond, trap.billed
		server, err := sandbox.Start(cfg, "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		workers, day := []int{1, 8, 64}[i%3], 20+rng.IntN(300)
		args := []string{"run", input, "--endpoint", server.URL(), "--rate", "0", "--workers", fmt.Sprint(workers), "--price", "0.12",
			"--daily-max-cost", yuan(1200 * day).String(), "--quiet"}
		for range 12 {
			each := 1 + rng.IntN(120)
			_, before := server.Calls()
			cmd := program(t, dir, append(args, "--max-calls", fmt.Sprint(each))...)
			killed := false
			var out bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &out
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if rng.IntN(3) > 0 { // it takes longer to start than to get here
				trap.arm(before+1+rng.IntN(each), func() { killed = true; cmd.Process.Kill() })
			}
			err := cmd.Wait()
			trap.arm(0, nil)
			runs++
			if killed {
				kills++
			} else if code := codeOfProcess(err); code != exitBudget && code != exitGaps && code != exitOK {
				t.Fatalf("exit %d\n%s", code, out.String())
			}
			_, billed := server.Calls()
			if killed {
				billed = settledBill(server)
			}
			if billed > day || billed-before > each {
				t.Fatalf("seed %d, batch %d: %d billed of %d a day; %d of %d in this run", seed, i, billed, day, billed-before, each)
			}
			if billed == day {
				if reached++; rng.IntN(2) == 0 {
					break // the other half shows that it stays so
				}
			}
		}
		server.Close()
	}
	t.Logf("%d runs, %d killed, the day's cap was reached to the call after %d; none exceeded", runs, kills, reached)
	if kills < runs/5 || reached == 0 {
		t.Error("the test has lost its point")
	}
}

// settledBill waits for calls that a killed run has left under way, and returns the bill's length.
func settledBill(s *sandbox.Server) int {
	for {
		_, before := s.Calls()
		time.Sleep(20 * time.Millisecond) // many times what a call takes there
		if _, now := s.Calls(); now == before {
			return now
		}
	}
}
