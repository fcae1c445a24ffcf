//go:build unix

package cli

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
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
		service, err := sandbox.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		var connections atomic.Int64
		server := httptest.NewUnstartedServer(service)
		server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
			switch state {
			case http.StateNew:
				connections.Add(1)
			case http.StateClosed, http.StateHijacked:
				connections.Add(-1)
			}
		}
		server.Start()
		workers, day := []int{1, 8, 64}[i%3], 20+rng.IntN(300)
		args := []string{"run", input, "--endpoint", server.URL + "/mobile3/check", "--rate", "0", "--workers", fmt.Sprint(workers), "--price", "0.12",
			"--daily-max-cost", yuan(1200 * day).String(), "--quiet"}
		for range 12 {
			each := 1 + rng.IntN(120)
			_, before := service.Calls()
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
			_, billed := service.Calls()
			if killed {
				billed = settledBill(service, &connections)
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
		service.Close()
	}
	t.Logf("%d runs, %d killed, the day's cap was reached to the call after %d; none exceeded", runs, kills, reached)
	if kills == 0 || batches >= 60 && kills < runs/5 || reached == 0 { // in a sample it is chance
		t.Error("the test has lost its point")
	}
}

// settledBill waits for calls that a killed run has left under way, until all its connections are gone, and returns the
// bill's length.
func settledBill(s *sandbox.Sandbox, connections *atomic.Int64) int {
	for {
		_, before := s.Calls()
		time.Sleep(20 * time.Millisecond) // for connections that are not accepted yet
		if _, now := s.Calls(); now == before && connections.Load() == 0 {
			return now
		}
	}
}
