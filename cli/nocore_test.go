//go:build linux

package cli

import (
	"fmt"
	"os"
	"regexp"
	"testing"
)

// TestNoCoreDump asks the kernel about a program that is running.
func TestNoCoreDump(t *testing.T) {
	dir := t.TempDir()
	input := list(t, dir, 5)
	server, asked := silentSandbox(t)
	cmd := program(t, dir, "run", input, "--endpoint", server.URL(), "--timeout", "1h")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { cmd.Process.Kill(); cmd.Wait() }()
	<-asked
	limits, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`(?m)^Max core file size +0 +0 `).Match(limits) {
		t.Errorf("%s", limits)
	}
}
