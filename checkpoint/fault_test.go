package checkpoint

import (
	"errors"
	"fmt"
	"testing"
)

// thirty records what a batch would, and remembers what it was promised.
func thirty(o Options) (promised map[Key]bool, l *Log, err error) {
	promised = map[Key]bool{}
	l, err = Open(testPath, o)
	if err != nil {
		return promised, nil, err
	}
	if err := l.StartRun(Run{Program: "test", Normaliser: 1}); err != nil {
		return promised, l, err
	}
	for n := range 14 {
		a, err := l.Begin(key(n), [16]byte{byte(n)})
		if err != nil {
			return promised, l, err
		}
		promised[key(n)] = true
		switch {
		case n == 5: // left in doubt
		case n%4 == 3:
			delete(promised, key(n))
			err = l.Void(key(n), a, "throttled")
		default:
			err = l.Settle(key(n), a, answer(n))
		}
		if err == nil && n%2 == 0 {
			err = l.Sync()
		}
		if err != nil {
			return promised, l, err
		}
	}
	return promised, l, l.EndRun(RunEnd{Why: "done"})
}

type fault struct {
	op      string
	err     error
	forever bool
}

func (f fault) String() string { return fmt.Sprintf("%s: %v, for ever: %v", f.op, f.err, f.forever) }

func TestEveryWriteAndSyncFailing(t *testing.T) {
	eio := errors.New("input/output error")
	full := fmt.Errorf("write: %w", diskFullForTest)
	var faults []fault
	for _, forever := range []bool{false, true} {
		faults = append(faults, fault{"write", eio, forever}, fault{"write", errShort, forever},
			fault{"write", full, forever}, fault{"sync", eio, forever}, fault{"sync", full, forever})
	}
	for _, f := range faults {
		failed := 0
		for n := 1; ; n++ {
			m := newMemory()
			seen := 0
			m.before = func(op string) error {
				if op != f.op {
					return nil
				}
				if seen++; seen == n || (f.forever && seen > n) {
					return f.err
				}
				return nil
			}
			promised, l, err := thirty(options(m))
			if seen < n {
				if err != nil {
					t.Fatalf("%v: without a fault: %v", f, err)
				}
				must(t, l.Close())
				break
			}
			failed++
			if err == nil {
				t.Fatalf("%v at %d: nobody noticed", f, n)
			}
			if l != nil {
				m.before = nil // the disk is well again: it must not be trusted again
				ended(t, l, f.err)
				l.Close()
			}
			for _, c := range crashes {
				survived(t, fmt.Sprintf("%v at %d, %+v", f, n, c), m.after(c), promised)
			}
		}
		if failed < 20 {
			t.Fatalf("%v: only %d faults: the test has lost its point", f, failed)
		}
	}
}

func ended(t *testing.T, l *Log, cause error) {
	t.Helper()
	_, begun := l.Begin(key(99), [16]byte{})
	calls := map[string]error{"begin": begun, "settle": l.Settle(key(5), 6, verdict), "void": l.Void(key(5), 6, "x"),
		"sync": l.Sync(), "start": l.StartRun(Run{}), "end": l.EndRun(RunEnd{}), "err": l.Err()}
	for name, err := range calls {
		if !errors.Is(err, ErrFailed) || !errors.Is(err, cause) {
			t.Fatalf("%s after a failure: %v", name, err)
		}
	}
}

// survived opens what is left and looks for everyone who may have been paid for.
func survived(t *testing.T, name string, m *memory, promised map[Key]bool) {
	t.Helper()
	if m.names[testPath] == nil && len(promised) == 0 {
		return
	}
	l, err := Open(testPath, options(m))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	defer l.Close()
	for k := range promised {
		if e := lookup(t, l.Reader, k); e.State == New {
			t.Fatalf("%s: person %s was begun and is new again", name, k.Ref())
		}
	}
	begin(t, l, key(50)) // and it works
}

// While the copy is made, the power goes or an operation fails, at each step. Nothing may be lost, no question asked.
func TestCopyInterruptedAtEveryStep(t *testing.T) {
	s := twenty(t)
	for _, tail := range [][]byte{nil, make([]byte, 100)} {
		start := func() *memory { return disked(append(s.bytes(), tail...)) }
		open := func(m *memory) error {
			l, err := Open(testPath, options(m))
			if err == nil {
				err = l.Close()
			}
			return err
		}
		interruptAtEveryStep(t, start, open, func(when string, l *Log) {
			if got := draw(t, l.Reader); !same(got, s.shows(1<<40)) {
				t.Fatalf("%s: %+v", when, got)
			}
		})
	}
}

// interruptAtEveryStep lets act fail, or the power go, at each of its steps. Each time the file must open again, as look
// likes it, and with nothing left over.
func interruptAtEveryStep(t *testing.T, start func() *memory, act func(*memory) error, look func(when string, l *Log)) {
	t.Helper()
	type stop struct{}
	boom := errors.New("input/output error")
	for _, mode := range []string{"power", "error", "short"} {
		steps := 0
		for n := 1; ; n++ {
			m := start()
			seen := 0
			m.before = func(string) error {
				if seen++; seen != n {
					return nil
				}
				switch mode {
				case "power":
					panic(stop{})
				case "short":
					return errShort
				}
				return boom
			}
			var err error
			cut := func() (cut bool) {
				defer func() {
					if r := recover(); r != nil {
						_, cut = r.(stop)
						if !cut {
							panic(r)
						}
					}
				}()
				err = act(m)
				return false
			}()
			if seen < n {
				must(t, err)
				break
			}
			steps++
			when := fmt.Sprintf("%s at step %d", mode, n)
			if !cut && err == nil {
				t.Fatalf("%s: nobody noticed", when)
			}
			m.before = nil
			if !cut { // the same machine goes on: no lock is left, no copy in the way
				again := mustOpen(t, options(m))
				look(when, again)
				must(t, again.Close())
			}
			for _, c := range crashes {
				after := m.after(c)
				again, err := Open(testPath, options(after))
				if err != nil {
					t.Fatalf("%s, %+v: %v", when, c, err)
				}
				look(fmt.Sprintf("%s, %+v", when, c), again)
				must(t, again.Close())
				if len(after.names) != 1 {
					t.Fatalf("%s, %+v: files left over", when, c)
				}
			}
		}
		if steps < 8 {
			t.Fatalf("%s: only %d steps: the test has lost its point", mode, steps)
		}
	}
}

// After the sync of a run's end failed, the file may look in order. It must be copied all the same.
func TestFailedEndIsNotTrusted(t *testing.T) {
	m := newMemory()
	l := mustOpen(t, options(m))
	must(t, l.StartRun(Run{}))
	m.before = func(op string) error {
		if op == "sync" {
			return errors.New("input/output error")
		}
		return nil
	}
	if err := l.EndRun(RunEnd{}); !errors.Is(err, ErrFailed) {
		t.Fatal(err)
	}
	l.Close()
	m.before = nil
	id := m.names[testPath].id
	l = mustOpen(t, options(m))
	defer l.Close()
	if m.names[testPath].id == id {
		t.Fatal("the file was trusted")
	}
}

func TestCopyKeepsItsHandsOffOthersFiles(t *testing.T) {
	s := twenty(t)
	for name, content := range map[string][]byte{"a backup": s.bytes(), "something else": []byte("mine")} {
		m := disked(s.bytes())
		m.put(copyPath(testPath), 55, content)
		if _, err := Open(testPath, options(m)); err == nil {
			t.Fatalf("%s: opened", name)
		}
		if n := m.names[copyPath(testPath)]; n == nil || n.id != 55 {
			t.Fatalf("%s: gone", name)
		}
	}
	// With the checkpoint itself gone, a copy is no reason to start anew.
	m := newMemory()
	m.put(copyPath(testPath), 55, s.bytes())
	if _, err := Open(testPath, options(m)); !errors.Is(err, ErrMissing) {
		t.Fatalf("%v", err)
	}
}
