package cli

import (
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// beProgram makes the test binary the program, for tests that start, signal
// and kill it.
const beProgram = "MOBILE3BATCH_TEST_BE_PROGRAM"

// daysLater moves the program's clock, for tests of what old answers and new days mean.
const daysLater = "MOBILE3BATCH_TEST_DAYS_LATER"

func onAnotherDay(s Streams) Streams {
	if days, err := strconv.Atoi(os.Getenv(daysLater)); err == nil {
		s.seams.now = func() time.Time { return time.Now().AddDate(0, 0, days) }
	}
	return s
}

func TestMain(m *testing.M) {
	program := func() {
		os.Exit(Main(os.Args, onAnotherDay(faultStreams(Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))))
	}
	if os.Getenv(beProgram) != "" {
		program()
	}
	testscript.Main(m, map[string]func(){"mobile3batch": program})
}
