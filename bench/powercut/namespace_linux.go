package main

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
)

// insideMark says that this process has a mount namespace of its own.
const insideMark = "MOBILE3BATCH_POWERCUT_INSIDE"

// A child that is to die with its parent dies with the thread that started it: main stays on the first one, which lasts.
func init() { runtime.LockOSThread() }

func inside() bool { return os.Getenv(insideMark) != "" }

// goInside runs this command again in a mount namespace of its own, and returns its exit code. All that is mounted there
// is gone, and its loop devices with it, when the last process in it ends, be it by kill -9.
func goInside() (int, error) {
	if os.Geteuid() != 0 {
		return exitSetup, errors.New("it mounts file systems: start it as root")
	}
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Env = append(os.Environ(), insideMark+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGTERM}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, endings...)
	defer signal.Stop(signals)
	if err := cmd.Start(); err != nil {
		return exitSetup, err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	for {
		select {
		case s := <-signals:
			_ = cmd.Process.Signal(s) // it may have ended just now
		case err := <-done:
			var exit *exec.ExitError
			switch {
			case err == nil:
				return 0, nil
			case errors.As(err, &exit) && exit.Exited():
				return exit.ExitCode(), nil // it has said why
			}
			return exitSetup, err
		}
	}
}
