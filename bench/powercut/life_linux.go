package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// patience is how long a start may take before it counts as hung.
const patience = 2 * time.Minute

// life is one time that the power is on.
type life struct {
	image   *image
	dir     string // where it is mounted
	program string
	args    []string
	trap    *trap
}

// ending is how a life ended.
type ending struct {
	exited bool // the program came to an end by itself, before the power went
	code   int  // its exit code, if so
	output string
	measure
}

// live starts the program and sees to it that the power is off when it returns, and the program dead.
func (l *life) live(ctx context.Context, p plan) (end ending, err error) {
	defer l.cut()
	cmd := exec.Command(l.program, l.args...)
	cmd.Env = append(os.Environ(), "MOBILE3_APPCODE=powercut")
	// No folder of the disk as its own: between fork and exec the child would read from the disk while this process,
	// which serves it, may have to wait for the child.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	before, _ := l.image.taken()
	l.arm(p)
	defer l.trap.disarm()
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return end, err
	}
	if p.charge == 0 && p.after > 0 {
		timer := time.AfterFunc(p.after, l.cut)
		defer timer.Stop()
	}
	if p.noise != quiet {
		defer p.noise.make(l.dir)()
	}
	if err := l.wait(ctx, cmd); err != nil {
		return end, err
	}
	end.exited = l.image.cut()
	end.code, end.output = cmd.ProcessState.ExitCode(), output.String()
	after, _ := l.image.taken()
	end.measure = measure{after - before, time.Since(began)}
	return end, nil
}

func (l *life) cut() { l.image.cut() }

// arm has the power go at a charge, or a write or flush.
func (l *life) arm(p plan) {
	switch {
	case p.charge > 0 && p.after > 0:
		l.trap.arm(p.charge, func() { time.AfterFunc(p.after, l.cut) })
	case p.charge > 0:
		l.trap.arm(p.charge, l.cut)
	case p.event > 0:
		l.image.cutAfter(p.event)
	}
}

// wait returns when the program is dead, by itself or because the power went.
func (l *life) wait(ctx context.Context, cmd *exec.Cmd) error {
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = cmd.Wait() // how it ended is asked of its state
	}()
	late := time.NewTimer(patience)
	defer late.Stop()
	var failed error
	select {
	case <-done:
		return nil
	case <-l.image.dark:
	case <-ctx.Done():
		failed = ctx.Err()
	case <-late.C:
		failed = fmt.Errorf("the program hung for %s", patience)
	}
	l.cut() // before the kill: what it is about to sync must not be acknowledged
	_ = cmd.Process.Kill()
	<-done
	return failed
}

// trap springs when the n-th charge from now stands on the bill and its answer has not left.
type trap struct {
	mu     sync.Mutex
	left   int // 0 and below: not armed
	spring func()
}

func (t *trap) arm(n int, spring func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.left, t.spring = n, spring
}

func (t *trap) disarm() { t.arm(0, nil) }

func (t *trap) charged(int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.left--; t.left == 0 {
		t.spring()
	}
}

// command is the program's, the same in each life.
func command(mnt, url string, workers int) []string {
	return []string{"run", filepath.Join(mnt, listName), "--endpoint", url,
		"--rate", "0", "--workers", strconv.Itoa(workers), "--lang", "en", "--quiet"}
}
