package checkpoint

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

const holdEnv = "CHECKPOINT_TEST_HOLD"

// TestMain lets the test binary be the other process: it opens a checkpoint and holds it until it is killed.
func TestMain(m *testing.M) {
	path := os.Getenv(holdEnv)
	if path == "" {
		os.Exit(m.Run())
	}
	l, err := Open(path, Options{Service: "sandbox", Create: true})
	if err == nil {
		err = l.StartRun(Run{Program: "holder"})
	}
	if err == nil {
		_, err = l.Begin(key(1), [16]byte{})
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("holding")
	bufio.NewReader(os.Stdin).ReadByte()
}

func TestLockedInTheSameProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "batch.checkpoint")
	o := Options{Service: "sandbox", Create: true, Host: "here"}
	l, err := Open(path, o)
	must(t, err)
	var locked *LockedError
	if _, err := Open(path, o); !errors.As(err, &locked) || !errors.Is(err, ErrLocked) || locked.Known {
		t.Fatalf("before the run started: %v", err)
	}
	must(t, l.StartRun(Run{}))
	if _, err := Open(path, o); !errors.As(err, &locked) || locked.PID != os.Getpid() || locked.Host != "here" {
		t.Fatalf("while it runs: %v", err)
	}
	must(t, l.Close())
	l, err = Open(path, o)
	must(t, err)
	must(t, l.Close())
}

func TestLockedByAnotherProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "batch.checkpoint")
	self, err := os.Executable()
	must(t, err)
	for round := range 3 {
		child := exec.Command(self)
		child.Env = append(os.Environ(), holdEnv+"="+path)
		in, err := child.StdinPipe()
		must(t, err)
		defer in.Close()
		out, err := child.StdoutPipe()
		must(t, err)
		must(t, child.Start())
		line, _ := bufio.NewReader(out).ReadString('\n')
		if line != "holding\n" {
			t.Fatalf("the holder says %q", line)
		}
		start := time.Now()
		var locked *LockedError
		_, err = Open(path, Options{Service: "sandbox", Create: true})
		if !errors.As(err, &locked) || !locked.Known || locked.PID != child.Process.Pid || locked.Host != hostname() ||
			start.Sub(locked.Since).Abs() > time.Minute {
			t.Fatalf("%v, held by %d", err, child.Process.Pid)
		}
		must(t, child.Process.Kill())
		_ = child.Wait()
		l, err := Open(path, Options{Service: "sandbox"})
		if err != nil {
			t.Fatalf("after the holder was killed: %v", err)
		}
		if n := len(l.OpenAttempts(key(1))); n != round+1 {
			t.Fatalf("round %d: %d attempts", round, n)
		}
		must(t, l.Close())
	}
}

// Whoever makes a copy holds its lock until it has its name: even without the first lock nobody else gets in.
func TestCopyInTheMakingLocks(t *testing.T) {
	s := twenty(t)
	m := disked(s.bytes())
	m.put(copyPath(testPath), 55, nil)
	c, err := m.Open(copyPath(testPath), ReadWrite)
	must(t, err)
	must(t, c.Lock())
	if _, err := Open(testPath, options(m)); !errors.Is(err, ErrLocked) {
		t.Fatalf("%v", err)
	}
	must(t, c.Close())
	must(t, mustOpen(t, options(m)).Close())
}

// The file is replaced between its opening and its locking: the lock on the old one is worth nothing.
func TestReplacedWhileOpening(t *testing.T) {
	s := twenty(t)
	m := disked(s.bytes())
	o, err := options(m).filled()
	must(t, err)
	f, err := m.Open(testPath, ReadWrite)
	must(t, err)
	must(t, m.Rename(testPath, "old"))
	m.put(testPath, 300, s.bytes())
	if ours, err := claim(testPath, f, o.FS); err != nil || ours {
		t.Fatalf("%v %v", ours, err)
	}
}
