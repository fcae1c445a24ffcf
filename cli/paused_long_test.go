//go:build linux && proof && !race

package cli

import (
	"testing"
	"time"

	"mobile3batch/mobile3"
)

// TestTwentyPausedProcesses, with everything as it is by default: for a minute.
func TestTwentyPausedProcesses(t *testing.T) {
	t.Parallel()
	p := pauses{processes: 20, workers: 32, timeout: mobile3.DefaultTimeout, pause: time.Minute, idle: 25 * time.Second}
	if waited := p.test(t); waited > 0 {
		t.Fatalf("the processes took %v to ask", waited)
	}
}
