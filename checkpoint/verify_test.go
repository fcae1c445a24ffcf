package checkpoint

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestVerifySound(t *testing.T) {
	s := twenty(t)
	s.run()
	s.commit()
	s.end()
	s.commit()
	whole := s.bytes()
	for tail := range 4 {
		b := append(slices.Clone(whole), make([]byte, 100*tail)...)
		rep, err := Verify(testPath, ViewOptions{FS: disked(b)})
		must(t, err)
		want := []Tally{{"begin", 11}, {"settle", 6}, {"void", 2}, {"run start", 2}, {"run end", 1}, {"copy", 0}, {"repair", 0}}
		if !rep.Sound() || rep.Err() != nil || rep.Tail != int64(100*tail) || rep.Bytes != int64(len(b)) ||
			!slices.Equal(rep.Records, want) || rep.Commits != 11 || len(rep.Runs) != 2 || rep.Service != "sandbox" ||
			!reflectEqual(rep.Counts, s.log.Counts()) || rep.Created != s.log.Created() || rep.Missing.Lost() != 0 {
			t.Fatalf("%d bytes behind it: %+v", 100*tail, rep)
		}
	}
}

// A sound history, salvaged, is what it was: no rule may change anything that is whole.
func TestSalvageOfSoundHistoriesChangesNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	records := 0
	for range 60 {
		p := pastOf(t, history(t, rng, 80))
		r, err := View(testPath, ViewOptions{FS: disked(p.whole)})
		must(t, err)
		d := &damaged{path: testPath, window: &window{src: r.file, size: r.end}, header: r.header, seed: r.seed, body: r.body}
		must(t, d.survey())
		rep, err := d.report()
		must(t, err)
		if !reflectEqual(rep.Counts, r.Counts()) || len(rep.Faults) > 0 || len(rep.Runs) != len(r.Runs()) || rep.Tail != 0 {
			t.Fatalf("%+v\nwas %+v", rep, r.Counts())
		}
		if m := rep.Missing; m.Lost() != 0 || m.Begins+m.Free+m.Resent+m.Open != 0 || len(m.Runs)+len(m.Ends) != 0 || m.Bytes != 0 {
			t.Fatalf("%+v", m)
		}
		records += len(p.frames)
	}
	if records < 2000 {
		t.Fatalf("only %d records: the test has lost its point", records)
	}
}

func TestVerifyNamesEveryFault(t *testing.T) {
	p := pastOf(t, twenty(t).bytes())
	b := slices.Clone(p.whole)
	b[p.frames[3].off+20] ^= 1 // a settle
	b[p.frames[8].off+20] ^= 1 // two frames behind one another
	b[p.frames[9].off+20] ^= 1
	b = append(b, 1, 2, 3)
	rep, err := Verify(testPath, ViewOptions{FS: disked(b)})
	must(t, err)
	want := []Fault{
		{p.frames[3].off, p.frames[3].end() - p.frames[3].off, "no sound record stands here", 14},
		{p.frames[8].off, p.frames[9].end() - p.frames[8].off, "no sound record stands here", 10},
	}
	if !slices.Equal(rep.Faults, want) || rep.Tail != 3 || rep.Sound() {
		t.Fatalf("%+v, tail %d, want %+v", rep.Faults, rep.Tail, want)
	}
	var c *CorruptError
	if !errors.As(rep.Err(), &c) || c.Offset != p.frames[3].off {
		t.Fatalf("%v", rep.Err())
	}
}

// Bytes taken out or put in move what is behind them. It is no torn tail, however long.
func TestMovedRecordsAreDamage(t *testing.T) {
	p := pastOf(t, twenty(t).bytes())
	at := int(p.frames[4].off) + 9
	for name, h := range map[string]harm{
		"taken out": {at, 21, nil}, "put in": {at, 0, []byte("\r")},
		"a sector and more": {at, 0, bytes.Repeat([]byte{0xee}, 3*mostAstray)},
	} {
		m := disked(h.do(p.whole))
		o := options(m)
		o.Create = false
		if _, err := Open(testPath, o); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: opened: %v", name, err)
		}
		rep, err := Verify(testPath, ViewOptions{FS: m})
		must(t, err)
		sound := 0
		for _, r := range rep.Records {
			sound += r.Count
		}
		if sound != 19 || len(rep.Missing.Calls) > 1 || rep.Missing.Beyond > 0 {
			t.Errorf("%s: %+v", name, rep)
		}
	}
}

func TestVerifyHeader(t *testing.T) {
	p := pastOf(t, twenty(t).bytes())
	secret := frameHead + len(magic) + 3
	for name, at := range map[string]int{"length": 0, "magic": 20, "secret": secret, "service": int(p.body) - 2} {
		b := slices.Clone(p.whole)
		b[at] ^= 1
		rep, err := Verify(testPath, ViewOptions{FS: disked(b)})
		if err != nil || !rep.Headless || rep.Sound() || rep.Faults[0].Offset != 0 || rep.Faults[0].Behind != 20 ||
			rep.Records[0].Count != 11 || rep.Service != "" || !rep.Created.IsZero() || rep.Missing.Lost() != 0 {
			t.Errorf("%s: %v, %+v", name, err, rep)
		}
	}
	// All of it is gone: nothing says that this was ever ours.
	b := slices.Clone(p.whole)
	clear(b[:p.body])
	if _, err := Verify(testPath, ViewOptions{FS: disked(b)}); !errors.Is(err, ErrNotCheckpoint) {
		t.Errorf("no header at all: %v", err)
	}
	// The checksum alone: all records are sound under the one it should be, so the rest of the header is.
	b = slices.Clone(p.whole)
	b[5] ^= 1
	m := disked(b)
	rep, err := Repair(testPath, mendedPath, options(m))
	must(t, err)
	if rep.Headless || rep.Faults[0] != (Fault{4, 4, rep.Faults[0].Reason, 20}) || rep.Missing.Lost() != 0 || rep.Missing.Bytes != 0 {
		t.Errorf("%+v", rep)
	}
	l, err := Open(mendedPath, options(m))
	must(t, err)
	defer l.Close()
	if was, err := View(testPath, ViewOptions{FS: disked(p.whole)}); err != nil || !bytes.Equal(l.Secret(), was.Secret()) ||
		l.Created() != was.Created() || l.Service() != was.Service() {
		t.Error("another header")
	}
}

func TestVerifyRefusals(t *testing.T) {
	whole := twenty(t).bytes()
	newer := slices.Clone(whole)
	newer[frameHead+len(magic)]++
	head := newer[:frameLen(newer)]
	le.PutUint32(head[4:], checksum(0, 0, head))
	for name, c := range map[string]struct {
		content []byte
		o       ViewOptions
		want    error
	}{
		"empty":           {[]byte{}, ViewOptions{}, ErrMissing},
		"a text":          {[]byte("姓名,手机号\n"), ViewOptions{}, ErrNotCheckpoint},
		"a long text":     {bytes.Repeat([]byte("姓名,手机号\n"), 10_000), ViewOptions{}, ErrNotCheckpoint},
		"newer":           {newer, ViewOptions{}, ErrVersion},
		"another service": {whole, ViewOptions{Service: "other"}, ErrService},
		"another key":     {whole, ViewOptions{Secret: make([]byte, 32)}, ErrKey},
	} {
		c.o.FS = disked(c.content)
		if _, err := Verify(testPath, c.o); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Verify(testPath, ViewOptions{FS: newMemory()}); !errors.Is(err, ErrMissing) {
		t.Errorf("no file: %v", err)
	}
	if _, err := Verify(t.TempDir(), ViewOptions{}); !errors.Is(err, ErrNotCheckpoint) {
		t.Errorf("a folder: %v", err)
	}
}

// A run is at work meanwhile: what it is just writing is no damage.
func TestVerifyWhileWriting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "batch.checkpoint")
	l, err := Open(path, Options{Service: "sandbox", Create: true})
	must(t, err)
	must(t, l.StartRun(Run{}))
	done := make(chan struct{})
	go func() {
		defer close(done)
		for n := range 1000 {
			a, err := l.Begin(key(n), [16]byte{})
			if err == nil {
				err = l.Settle(key(n), a, answer(n))
			}
			if err != nil {
				t.Error(err)
				return
			}
		}
	}()
	looks, last := 0, 0
	for going := true; going; looks++ {
		select {
		case <-done:
			going = false
		default:
		}
		rep, err := Verify(path, ViewOptions{Service: "sandbox"})
		must(t, err)
		if !rep.Sound() || rep.Records[0].Count != rep.Counts.Begins || rep.Counts.Begins < last {
			t.Fatalf("%+v after %d", rep, last)
		}
		last = rep.Counts.Begins
	}
	if last != 1000 || looks < 3 {
		t.Fatalf("%d begins seen in %d looks", last, looks)
	}
	must(t, l.Close())
}

// racing is a file that grows while it is read: at first it is as long as it was, and once it is longer, the first look
// at what is new comes too early for its first frame.
type racing struct {
	File
	was    int64
	frame  frame
	looked int
	early  int
}

func (f *racing) Size() (int64, error) {
	if f.looked++; f.looked == 1 {
		return f.was, nil
	}
	return f.File.Size()
}

func (f *racing) ReadAt(b []byte, off int64) (int, error) {
	n, err := f.File.ReadAt(b, off)
	if f.looked == 2 && f.early == 0 {
		f.early++
		clear(b[f.frame.off-off : f.frame.end()-off])
	}
	return n, err
}

type racingFS struct {
	*memory
	file racing
}

func (r *racingFS) Open(path string, mode OpenMode) (File, error) {
	f, err := r.memory.Open(path, mode)
	r.file.File = f
	return &r.file, err
}

func TestVerifyLooksAgain(t *testing.T) {
	p := pastOf(t, twenty(t).bytes())
	system := &racingFS{memory: disked(p.whole)}
	system.file.was, system.file.frame = p.frames[8].off, p.frames[8]
	rep, err := Verify(testPath, ViewOptions{FS: system})
	must(t, err)
	if !rep.Sound() || rep.Records[0].Count != 11 || rep.Tail != 0 || system.file.early != 1 {
		t.Fatalf("%d looks: %+v", system.file.looked, rep)
	}
}

func TestPlaceOf(t *testing.T) {
	frame := beginRecord{key: key(1), attempt: 2}.append(openFrame(nil, recordBegin))
	closeFrame(frame)
	for _, seed := range []uint32{0, 1, 0xdeadbeef} {
		for _, place := range []int64{0, 1, 93, 70_000, 1<<31 + 5, 1<<32 - 1, 1<<32 + 77, 5<<32 + 1<<31} {
			sealFrame(frame, seed, place, 3, true)
			if got := placeOf(frame, seed, place&^0xffff); got != place {
				t.Fatalf("seed %x: %d, want %d", seed, got, place)
			}
		}
	}
}

// FuzzRepair makes a file by a program of steps and replaces some bytes by others.
func FuzzRepair(f *testing.F) {
	f.Add([]byte{1, 2, 3, 0x40, 0x81, 0x80, 0x40, 5, 6, 0xc1, 0x40}, uint16(300), uint16(9), []byte("harm"))
	f.Fuzz(func(t *testing.T, steps []byte, at, gone uint16, by []byte) {
		p := pastOf(t, play(t, steps[:min(len(steps), 200)]).bytes())
		off := int(at) % len(p.whole)
		mended(t, p, harms{{off, min(int(gone), len(p.whole)-off), by[:min(len(by), 4096)]}})
	})
}

func TestRepairCorpusIsThere(t *testing.T) {
	names, err := os.ReadDir(filepath.Join("testdata", "fuzz", "FuzzRepair"))
	if err != nil || len(names) < 4 {
		t.Errorf("%d seeds, %v", len(names), err)
	}
}
