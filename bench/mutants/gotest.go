package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// aTestHangs is when the test binary ends itself and names the test that was running: sooner than patience.
const aTestHangs = "60s"

// goTest runs the named tests of one package, over an overlay if there is one. The overlay goes by the environment, so
// that a test that builds the program builds the mutant. The proofs run in full: what a sample leaves out may be what
// notices. An error: go test itself could not be run, or ctx was
// cancelled; a failure of the tests is none, and neither is the end of ctx's time.
func goTest(ctx context.Context, root, pkg string, tests []string, overlay string) (testRun, error) {
	var said testRun
	cmd := exec.CommandContext(ctx, "go", "test", "-json", "-tags=proof", "-count=1", "-vet=off", "-timeout="+aTestHangs, "-run="+pattern(tests), "./"+pkg)
	cmd.Dir = root
	cmd.WaitDelay = 5 * time.Second
	if overlay != "" {
		cmd.Env = append(os.Environ(), strings.TrimSpace("GOFLAGS="+os.Getenv("GOFLAGS")+" -overlay="+overlay))
	}
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.StdoutPipe()
	if err != nil {
		return said, err
	}
	if err := cmd.Start(); err != nil {
		return said, err
	}
	said, readErr := listen(out)
	err = cmd.Wait()
	var exit *exec.ExitError
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return said, ctx.Err()
	case ctx.Err() != nil:
		said.late = true
		return said, nil
	case readErr != nil:
		return said, fmt.Errorf("go test's output: %w: %s", readErr, problems.String())
	case err != nil && !errors.As(err, &exit):
		return said, err
	case len(said.ended) == 0 && len(said.build) == 0 && problems.Len() > 0:
		return said, errors.New(problems.String())
	}
	return said, nil
}

// pattern fits exactly these tests; what is behind a slash is a subtest.
func pattern(tests []string) string {
	var all []string
	for _, t := range tests {
		all = append(all, "^"+strings.ReplaceAll(t, "/", "$/^")+"$")
	}
	return strings.Join(all, "|")
}

// testRun is what go test said about one package.
type testRun struct {
	ended   map[string]string // test → pass, fail or skip
	running map[string]bool   // begun, not paused and not ended
	build   []string          // the compiler's complaints
	output  []string          // of the tests
	died    bool              // the test binary ended amid a test: a panic, or its own time was up
	late    bool              // ours was
}

func listen(r io.Reader) (testRun, error) {
	said := testRun{ended: map[string]string{}, running: map[string]bool{}}
	for d := json.NewDecoder(r); ; {
		var e struct{ Action, Test, Output string }
		if err := d.Decode(&e); err == io.EOF {
			return said, nil
		} else if err != nil {
			_, drained := io.Copy(io.Discard, r) // go test must not wait for us
			return said, errors.Join(err, drained)
		}
		said.take(e.Action, e.Test, e.Output)
	}
}

func (s *testRun) take(action, test, output string) {
	switch action {
	case "build-output":
		s.build = append(s.build, output)
	case "output":
		s.output = append(s.output, output)
		// A goroutine's panic, or the runtime's end: no line says which test failed.
		s.died = s.died || strings.HasPrefix(output, "panic: ") || strings.HasPrefix(output, "fatal error: ")
	case "run", "cont":
		if test != "" {
			s.running[test] = true
		}
	case "pause":
		delete(s.running, test)
	case "pass", "fail", "skip":
		if test != "" {
			s.ended[test] = action
			delete(s.running, test)
		}
	}
}

// red says whether this very test noticed: it failed, or the binary died while it alone was running. What does not
// build, or ran out of our time, noticed nothing.
func (s *testRun) red(test string) bool {
	if len(s.build) > 0 || s.late {
		return false
	}
	if s.ended[test] == "fail" {
		return true
	}
	if !s.died || s.ended[test] != "" || !s.running[test] {
		return false
	}
	for other := range s.running {
		if !related(test, other) {
			return false
		}
	}
	return true
}

// related: one is the other, or a subtest of it.
func related(a, b string) bool {
	return a == b || strings.HasPrefix(a, b+"/") || strings.HasPrefix(b, a+"/")
}

// excerpt is a run in a line or a few, for people.
func (s *testRun) excerpt() string {
	switch {
	case len(s.build) > 0:
		return "it does not build: " + strings.TrimSpace(strings.Join(s.build, ""))
	case s.late:
		return fmt.Sprintf("not done in time; running: %s", strings.Join(slices.Sorted(maps.Keys(s.running)), ", "))
	case len(s.ended) == 0 && !s.died:
		return "no test ran"
	}
	passed := 0
	for test, end := range s.ended {
		if end == "pass" && !strings.Contains(test, "/") {
			passed++
		}
	}
	if passed == len(s.ended) && !s.died {
		return "all passed"
	}
	return "none of them failed: " + strings.TrimSpace(strings.Join(s.output[max(0, len(s.output)-12):], ""))
}
