package checkpoint

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// A repair of a repaired file keeps both counts, and the first repair's is not lost with the file's end.
func TestRepairTwice(t *testing.T) {
	p := pastOf(t, twenty(t).bytes())
	h := harm{int(p.frames[12].off) + 20, 1, []byte{0xff}} // a begin without an end
	m := disked(h.do(p.whole))
	first, err := Repair(testPath, mendedPath, options(m))
	must(t, err)
	again := slices.Clone(m.names[mendedPath].data)
	begins := slices.DeleteFunc(pastOf(t, again).frames, func(f frame) bool { return f.typ != recordBegin })
	again[begins[len(begins)-1].off+20] ^= 1
	m = disked(again)
	o := options(m)
	o.Confirm = func(Moved) bool { return true }
	second, err := Repair(testPath, mendedPath, o)
	must(t, err)
	l, err := Open(mendedPath, o)
	must(t, err)
	defer l.Close()
	if first.Missing.Lost() != 1 || second.Lost != 1 || second.Missing.Lost() != 1 || l.Lost() != 2 {
		t.Fatalf("lost %d, %+v, then %+v", l.Lost(), first.Missing, second)
	}
}

// The repaired file is where the old one was. One that was itself moved is asked about, as before.
func TestRepairOfAMovedFileAsks(t *testing.T) {
	s := newScript(t)
	s.run()
	s.commit()
	s.begin(1)
	s.commit()
	s.begin(2)
	s.commit()
	s.end()
	s.commit()
	b := s.bytes()
	b[s.frames[1].end-3] ^= 1
	for _, inode := range []uint64{101, 500} {
		m := newMemory()
		m.next = 1000
		m.put(testPath, inode, b)
		_, err := Repair(testPath, mendedPath, options(m))
		must(t, err)
		l, err := Open(mendedPath, options(m))
		if inode == 500 {
			if !errors.Is(err, ErrMoved) {
				t.Fatalf("a copy, repaired: %v", err)
			}
			continue
		}
		must(t, err)
		must(t, l.Close())
		// Put in the old one's place it is the same file still, but a copy of it is a copy.
		must(t, m.Rename(mendedPath, testPath))
		l = mustOpen(t, options(m))
		must(t, l.Close())
		m.put(testPath, 600, m.names[testPath].data)
		if _, err := Open(testPath, options(m)); !errors.Is(err, ErrMoved) {
			t.Fatalf("a copy of the repaired one: %v", err)
		}
	}
}

func TestRepairRefusals(t *testing.T) {
	b := twenty(t).bytes()
	b[700] ^= 1
	cases := map[string]struct {
		out    string
		change func(*Options, *memory)
		want   error
	}{
		"something is there":    {mendedPath, func(_ *Options, m *memory) { m.put(mendedPath, 77, []byte("mine")) }, fs.ErrExist},
		"onto itself":           {testPath, nil, fs.ErrExist},
		"the name of a copy":    {copyPath(testPath), nil, fs.ErrExist},
		"a copy of another":     {mendedPath, func(_ *Options, m *memory) { m.put(copyPath(mendedPath), 77, []byte("mine")) }, fs.ErrExist},
		"another service":       {mendedPath, func(o *Options, _ *memory) { o.Service = "other" }, ErrService},
		"a key it does not use": {mendedPath, func(o *Options, _ *memory) { o.Secret = make([]byte, 32) }, ErrKey},
		"a network":             {mendedPath, func(_ *Options, m *memory) { m.remote = "NFS" }, ErrFilesystem},
		"no file":               {mendedPath, func(_ *Options, m *memory) { delete(m.names, testPath) }, ErrMissing},
	}
	for name, c := range cases {
		m := disked(b)
		o := options(m)
		if c.change != nil {
			c.change(&o, m)
		}
		before := len(m.names)
		if _, err := Repair(testPath, c.out, o); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if len(m.names) != before {
			t.Errorf("%s: files were made", name)
		}
		if n := m.names[mendedPath]; n != nil && string(n.data) != "mine" {
			t.Errorf("%s: a file was replaced", name)
		}
	}
	m := disked(b)
	f, err := m.Open(testPath, ReadWrite)
	must(t, err)
	must(t, f.Lock())
	if _, err := Repair(testPath, mendedPath, options(m)); !errors.Is(err, ErrLocked) {
		t.Errorf("during a run: %v", err)
	}
	if _, err := Verify(testPath, ViewOptions{FS: m}); err != nil {
		t.Errorf("verify needs no lock: %v", err)
	}
}

// Whatever fails, and whenever the power goes: under the new name stands the whole file or nothing, the old one is as it
// was, and the next repair works.
func TestRepairInterruptedAtEveryStep(t *testing.T) {
	b := twenty(t).bytes()
	b[700] ^= 1
	type stop struct{}
	boom := errors.New("input/output error")
	for _, mode := range []string{"power", "error", "short"} {
		steps := 0
		for n := 1; ; n++ {
			m := disked(b)
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
			func() {
				defer func() {
					if r := recover(); r != nil && r != (stop{}) {
						panic(r)
					}
				}()
				_, err = Repair(testPath, mendedPath, options(m))
			}()
			if seen < n {
				must(t, err)
				break
			}
			steps++
			m.before = nil
			if mode != "power" {
				if err == nil {
					t.Fatalf("%s at step %d: nobody noticed", mode, n)
				}
				wholeOrNothing(t, fmt.Sprintf("%s at step %d", mode, n), b, m)
			}
			for _, c := range crashes {
				wholeOrNothing(t, fmt.Sprintf("%s at step %d, %+v", mode, n, c), b, m.after(c))
			}
		}
		if steps < 7 {
			t.Fatalf("%s: only %d steps: the test has lost its point", mode, steps)
		}
	}
}

func wholeOrNothing(t *testing.T, name string, b []byte, m *memory) {
	t.Helper()
	if !bytes.Equal(m.names[testPath].data, b) {
		t.Fatalf("%s: the old file was changed", name)
	}
	o := options(m)
	if m.names[mendedPath] == nil {
		if c := m.names[copyPath(mendedPath)]; c != nil {
			// What is left of the making can't be taken for a checkpoint, nor its place for a free one.
			if _, err := Open(mendedPath, o); err == nil {
				t.Fatalf("%s: begun anew beside half a file", name)
			}
			if r, err := View(copyPath(mendedPath), ViewOptions{FS: m}); err == nil && r.Counts().Begins != 11 {
				t.Fatalf("%s: half a file can be read", name)
			}
		}
		if _, err := Repair(testPath, mendedPath, o); err != nil {
			t.Fatalf("%s: the next repair: %v", name, err)
		}
	}
	l, err := Open(mendedPath, o)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	defer l.Close()
	if c := l.Counts(); c.Begins != 11 || c.Settles != 5 || c.Voids != 2 {
		t.Fatalf("%s: %+v", name, c)
	}
}

func TestRepairOnTheRealDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "batch.checkpoint")
	out := path + ".repaired"
	l, err := Open(path, Options{Service: "sandbox", Create: true})
	must(t, err)
	must(t, l.StartRun(Run{}))
	a := begin(t, l, key(1))
	must(t, l.Settle(key(1), a, verdict))
	must(t, l.Sync())
	at := l.end
	begin(t, l, key(2))
	begin(t, l, key(3))
	must(t, l.EndRun(RunEnd{}))
	must(t, l.Close())
	b, err := os.ReadFile(path)
	must(t, err)
	b[at+30] ^= 1
	must(t, os.WriteFile(path, b, 0o600))
	rep, err := Repair(path, out, Options{})
	must(t, err)
	if !slices.Equal(rep.Missing.Calls, []Span{{2, 2}}) {
		t.Fatalf("%+v", rep.Missing)
	}
	info, err := os.Stat(out)
	must(t, err)
	checkMode(t, info)
	now, err := os.ReadFile(path)
	must(t, err)
	if !bytes.Equal(now, b) {
		t.Fatal("the old file was changed")
	}
	must(t, os.Rename(out, path))
	l, err = Open(path, Options{Service: "sandbox"})
	must(t, err)
	defer l.Close()
	if lookup(t, l.Reader, key(1)).Answer != verdict || lookup(t, l.Reader, key(2)).State != New ||
		lookup(t, l.Reader, key(3)).State != InDoubt || l.Lost() != 1 {
		t.Fatal("lost in the repair")
	}
}

// What was written is read back before it gets its header.
func TestRepairReadsBack(t *testing.T) {
	b := twenty(t).bytes()
	b[700] ^= 1
	m := disked(b)
	harmed := 0
	m.before = func(op string) error {
		if c := m.names[copyPath(mendedPath)]; op == "sync" && c != nil && harmed == 0 {
			c.data[len(c.data)/2] ^= 1
			harmed++
		}
		return nil
	}
	if _, err := Repair(testPath, mendedPath, options(m)); !errors.Is(err, ErrCorrupt) || harmed != 1 || len(m.names) != 1 {
		t.Fatalf("%v, harmed %d, %d files", err, harmed, len(m.names))
	}
}
