package main

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"
)

const testSector = 512

// sectors is a disk whose sector i is filled with the i-th letter of s.
func sectors(s string) []byte {
	var b []byte
	for i := range len(s) {
		b = append(b, bytes.Repeat([]byte{s[i]}, testSector)...)
	}
	return b
}

// letters is the inverse of sectors; a sector that is not of one piece is '?'.
func letters(b []byte) string {
	var s []byte
	for ; len(b) > 0; b = b[testSector:] {
		c := b[0]
		if !bytes.Equal(b[:testSector], bytes.Repeat([]byte{c}, testSector)) {
			c = '?'
		}
		s = append(s, c)
	}
	return string(s)
}

func put(t *testing.T, m *image, sector int64, s string) {
	t.Helper()
	b := sectors(s)
	if err := m.write(b, sector*testSector); err != nil {
		t.Fatal(err)
	}
	clear(b) // the kernel's buffer is used again
}

func flush(t *testing.T, m *image) {
	t.Helper()
	if err := m.flush(); err != nil {
		t.Fatal(err)
	}
}

// contents reads what the image shows, and makes sure that it is what lasts when nothing is pending.
func contents(t *testing.T, m *image) string {
	t.Helper()
	b := make([]byte, m.size())
	if err := m.read(b, 0); err != nil {
		t.Fatal(err)
	}
	if len(m.pending) == 0 && !bytes.Equal(b, m.disk) {
		t.Errorf("shows %s, but %s lasts", letters(b), letters(m.disk))
	}
	return letters(b)
}

func is[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestWhatSurvives(t *testing.T) {
	all := func(int, int) bool { return true }
	none := func(int, int) bool { return false }
	for _, c := range []struct {
		what    string
		keep    func(write, sector int) bool
		want    string
		dropped int64
	}{
		{"none", none, "ABcdef", 5},
		{"all", all, "AXY2ef", 0},
		{"the first write", func(w, _ int) bool { return w == 0 }, "AXcdef", 4},
		{"one sector of the middle write", func(w, s int) bool { return w == 1 && s == 1 }, "ABYdef", 4},
		{"the overwritten version alone", func(w, s int) bool { return w == 1 && s == 2 }, "ABc1ef", 4},
		{"the newer version alone", func(w, _ int) bool { return w == 2 }, "ABc2ef", 4},
	} {
		m := newImage(sectors("abcdef"))
		put(t, m, 0, "AB")
		flush(t, m)
		put(t, m, 1, "X")
		put(t, m, 1, "XY1")
		put(t, m, 3, "2")
		is(t, c.what+": before", contents(t, m), "AXY2ef")
		m.cut()
		next, dropped := m.survivor(fate{sector: testSector, keep: c.keep})
		is(t, c.what, contents(t, next), c.want)
		is(t, c.what+": dropped sectors", dropped/testSector, c.dropped)
	}
}

func TestLargerSectorsLiveOrDieAsOne(t *testing.T) {
	m := newImage(sectors("abcdefgh"))
	put(t, m, 2, "WXYZ")
	m.cut()
	next, dropped := m.survivor(fate{sector: 2 * testSector, keep: func(_, s int) bool { return s == 1 }})
	is(t, "contents", contents(t, next), "abcdYZgh")
	is(t, "dropped", dropped, 2*testSector)
}

func TestNothingSucceedsWithoutPower(t *testing.T) {
	m := newImage(sectors("ab"))
	put(t, m, 0, "A")
	is(t, "first cut", m.cut(), true)
	is(t, "second cut", m.cut(), false)
	for what, err := range map[string]error{
		"write": m.write(sectors("B"), testSector), "flush": m.flush(), "read": m.read(make([]byte, 1), 0),
	} {
		if !errors.Is(err, errPower) {
			t.Errorf("%s without power: %v", what, err)
		}
	}
	next, _ := m.survivor(fate{sector: testSector, keep: func(int, int) bool { return false }})
	is(t, "the flush came too late", contents(t, next), "ab")
}

func TestThePowerGoesInsteadOfAnEvent(t *testing.T) {
	m := newImage(sectors("ab"))
	put(t, m, 0, "x")
	m.cutAfter(2)
	put(t, m, 0, "A")
	if err := m.flush(); !errors.Is(err, errPower) {
		t.Fatalf("the second event was taken: %v", err)
	}
	<-m.dark
	events, flushes := m.taken()
	is(t, "events", events, 2)
	is(t, "flushes", flushes, 0)
	next, dropped := m.survivor(fate{sector: testSector, keep: func(int, int) bool { return false }})
	is(t, "nothing was flushed", contents(t, next), "ab")
	is(t, "dropped", dropped, 2*testSector)
}

func TestOutsideOfTheDisk(t *testing.T) {
	m := newImage(sectors("ab"))
	for _, off := range []int64{-1, testSector + 1, 2 * testSector, 1 << 62} {
		if err := m.write(sectors("x"), off); !errors.Is(err, errOutside) {
			t.Errorf("write at %d: %v", off, err)
		}
		if err := m.read(make([]byte, testSector), off); !errors.Is(err, errOutside) {
			t.Errorf("read at %d: %v", off, err)
		}
	}
	is(t, "contents", contents(t, m), "ab")
}

// TestFates: what was flushed never changes, every sector is one of its versions, and over many cuts each version of
// each sector that was not flushed is seen.
func TestFates(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	seen, names := make(map[[2]byte]int), make(map[string]int)
	for range 2000 {
		m := newImage(sectors("abcdefgh"))
		put(t, m, 0, "AB")
		flush(t, m)
		put(t, m, 2, "1")
		put(t, m, 2, "2vw")
		put(t, m, 3, "V")
		m.cut()
		f := drawFate(r, len(m.pending))
		f.sector = testSector // the larger ones are tested above
		names[f.name]++
		next, _ := m.survivor(f)
		got := contents(t, next)
		switch f.name {
		case "none":
			is(t, "none", got, "ABcdefgh")
		case "all":
			is(t, "all", got, "AB2Vwfgh")
		}
		is(t, f.name+": flushed", got[:2], "AB")
		is(t, f.name+": untouched", got[5:], "fgh")
		for i := 2; i < 5; i++ {
			seen[[2]byte{byte(i), got[i]}]++
		}
	}
	is(t, "versions of the sectors", len(seen), 3+3+2)
	for _, v := range []string{"2c", "21", "22", "3d", "3v", "3V", "4e", "4w"} {
		if seen[[2]byte{v[0] - '0', v[1]}] == 0 {
			t.Errorf("sector %c was never seen as %c", v[0], v[1])
		}
	}
	is(t, "fates", len(names), 6)
}
