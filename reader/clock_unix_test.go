//go:build unix

package reader

import (
	"syscall"
	"testing"
	"time"
)

// processorTime is what this process has used so far. On a busy machine it tells more than a clock.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
