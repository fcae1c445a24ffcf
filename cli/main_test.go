package cli

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// beProgram makes the test binary the program, for tests that start, signal
// and kill it.
const beProgram = "MOBILE3BATCH_TEST_BE_PROGRAM"

func TestMain(m *testing.M) {
	program := func() {
		os.Exit(Main(os.Args, faultStreams(Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr})))
	}
	if os.Getenv(beProgram) != "" {
		program()
	}
	testscript.Main(m, map[string]func(){"mobile3batch": program})
}
