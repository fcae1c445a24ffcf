package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"mobile3batch/cli/selftest"
	"mobile3batch/mobile3/sandbox"
)

// exitInterrupted is how the program ends when it was asked to stop.
const exitInterrupted = 130

// measure lets the program run for a while, over a list that is longer than that, and asks it to stop.
func (p plan) measure(ctx context.Context, program, dir string, whole time.Duration) (series, error) {
	s := series{plan: p, given: make([]int, int(whole/time.Second)), throttled: make([]int, int(whole/time.Second))}
	work, err := os.MkdirTemp(dir, "run-")
	if err != nil {
		return s, err
	}
	list := filepath.Join(work, "people.csv")
	if err := selftest.WriteList(list, int(2*p.limitAt(0)*whole.Seconds())); err != nil {
		return s, err
	}
	cfg := sandbox.Defaults()
	cfg.Limit, cfg.Latency = p.steps[0].limit, 50*time.Millisecond
	stand, err := sandbox.New(cfg)
	if err != nil {
		return s, err
	}
	defer stand.Close()
	watch := &watch{Handler: stand, series: &s}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return s, err
	}
	server := &http.Server{Handler: watch, ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()

	cmd := exec.CommandContext(ctx, program, "run", list, "--endpoint", "http://"+listener.Addr().String()+"/mobile3/check",
		"--rate", fmt.Sprint(p.rate), "--quiet")
	cmd.Env = append(os.Environ(), "MOBILE3_APPCODE=pace")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	var said bytes.Buffer
	cmd.Stderr = &said
	began := watch.start()
	if err := cmd.Start(); err != nil {
		return s, err
	}
	for _, st := range append(p.steps[1:], step{whole, 0}) {
		if !sleep(ctx, time.Until(began.Add(st.from))) {
			break
		}
		if st.from < whole {
			if err := stand.SetLimit(st.limit); err != nil {
				return s, err
			}
		}
	}
	watch.stop()
	err = cmd.Process.Signal(os.Interrupt)
	ended := cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitInterrupted {
		err = errors.Join(err, fmt.Errorf("the program ended with %d before it was asked to: %w\n%s", code, ended, said.String()))
	}
	err = errors.Join(err, server.Close(), ctx.Err())
	<-served
	s.twice = stand.Summary().BilledTwice
	return s, err
}

func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// watch counts answers as they leave.
type watch struct {
	http.Handler
	mu     sync.Mutex
	began  time.Time
	over   bool
	series *series
}

func (w *watch) start() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.began = time.Now()
	return w.began
}

func (w *watch) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
}

func (w *watch) ServeHTTP(to http.ResponseWriter, r *http.Request) {
	seen := &seen{ResponseWriter: to, status: http.StatusOK}
	w.Handler.ServeHTTP(seen, r)
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.over {
		w.series.add(time.Since(w.began), seen.status)
	}
}

// seen remembers an answer's status.
type seen struct {
	http.ResponseWriter
	status int
}

func (s *seen) WriteHeader(status int) {
	s.status = status
	s.ResponseWriter.WriteHeader(status)
}
