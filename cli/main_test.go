package cli

import (
	"flag"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"mobile3batch/mobile3"
)

// beProgram makes the test binary the program, for tests that start, signal
// and kill it.
const beProgram = "MOBILE3BATCH_TEST_BE_PROGRAM"

// daysLater moves the program's clock, for tests of what old answers and new days mean.
const daysLater = "MOBILE3BATCH_TEST_DAYS_LATER"

// hasty shortens the waits between retries, for tests of what comes after them.
const hasty = "MOBILE3BATCH_TEST_HASTY"

func inOtherTimes(s Streams) Streams {
	if os.Getenv(hasty) != "" {
		s.seams.hasten = func(b mobile3.Backoff) mobile3.Backoff {
			return mobile3.Backoff{First: b.First / 50, Max: b.Max / 50, Breaker: b.Breaker / 1000, GiveUp: b.GiveUp / 100}
		}
	}
	if days, err := strconv.Atoi(os.Getenv(daysLater)); err == nil {
		s.seams.now = func() time.Time { return time.Now().AddDate(0, 0, days) }
	}
	return s
}

func TestMain(m *testing.M) {
	program := func() {
		os.Exit(Main(os.Args, inOtherTimes(faultStreams(Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))))
	}
	if os.Getenv(beProgram) != "" {
		program()
	}
	// Parallel tests wait for the stand-in's pace, latency and silence more than for a processor.
	if err := flag.Set("test.parallel", "16"); err != nil {
		panic(err)
	}
	testscript.Main(m, map[string]func(){"mobile3batch": program})
}
