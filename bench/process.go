package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// cost is what a process took.
type cost struct {
	wall time.Duration
	cpu  time.Duration // user and system
	peak int64         // bytes resident; 0 where the system doesn't tell
	out  []byte
}

func (c cost) perSecond(rows int) float64 { return float64(rows) / c.wall.Seconds() }

// start runs a process to its end. codes are the exit codes that are welcome besides 0.
func (l *lab) start(codes []int, env []string, name string, args ...string) (cost, error) {
	cmd := exec.CommandContext(l.ctx, name, args...)
	cmd.Env = append(environment(), env...)
	var out, failed bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &failed
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return cost{}, err
	}
	peak := watchPeak(cmd.Process.Pid)
	err := cmd.Wait()
	c := cost{wall: time.Since(began), peak: peak(), out: out.Bytes()}
	c.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	if err != nil && !slices.Contains(codes, cmd.ProcessState.ExitCode()) {
		return c, errors.Join(l.ctx.Err(), fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, failed.Bytes()))
	}
	return c, nil
}

// environment is this process's, without what would set the program's flags.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "MOBILE3_") })
}

// role runs one of this binary's own.
func (l *lab) role(args ...string) (cost, error) {
	return l.start(nil, nil, l.self, append([]string{"role"}, args...)...)
}

// batch runs the program, with credentials that the stand-in takes.
func (l *lab) batch(args ...string) (cost, error) {
	return l.start(nil, []string{"MOBILE3_APPCODE=bench"}, l.program, args...)
}

// told is what a role printed.
func told[T any](c cost) (v T, err error) {
	err = json.Unmarshal(c.out, &v)
	return v, err
}
