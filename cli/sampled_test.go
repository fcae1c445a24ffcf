package cli

import (
	"os"
	"testing"
)

// long asks for the long form of these tests: MOBILE3_LONG=1 go test -tags proof ./cli -run 'EveryOperation' -v
// TestEveryOperationFails then tries every kind of error, the power tests many more states of the disk.
func long() bool { return os.Getenv("MOBILE3_LONG") == "1" }

// sampled: the proofs take a sample. -short shortens them, too, where they run in full.
func sampled() bool { return !proof && !long() }

// brief: a test takes a sample, by default and with -short.
func brief() bool { return sampled() || testing.Short() }
