package checkpoint

import (
	"bytes"
	"errors"
	"slices"
	"testing"
)

// reopened opens what a crash or an accident left, twice: what recovery wrote must say the same again, in order.
func reopened(t testing.TB, b []byte) (picture, error) {
	t.Helper()
	m := disked(b)
	l, err := Open(testPath, options(m))
	if err != nil {
		if !bytes.Equal(m.names[testPath].data, b) || len(m.names) != 1 {
			t.Fatalf("refused (%v), but the file was changed", err)
		}
		return picture{}, err
	}
	shows := draw(t, l.Reader)
	inOrder := l.end > l.body // a copy record is there, or a run's end
	must(t, l.Close())
	copied := m.names[testPath].id
	again := mustOpen(t, options(m))
	defer again.Close()
	if !same(draw(t, again.Reader), shows) {
		t.Fatalf("the second opening shows something else:\n%+v\n%+v", draw(t, again.Reader), shows)
	}
	if m.names[testPath].id != copied && inOrder {
		t.Fatal("copied again although the copy was in order")
	}
	return shows, nil
}

func TestCutAtEveryByte(t *testing.T) {
	s := twenty(t)
	whole := s.bytes()
	cuts := 0
	for n := range whole {
		shows, err := reopened(t, whole[:n])
		if err != nil {
			t.Fatalf("cut at %d: %v", n, err)
		}
		if want := s.shows(int64(n)); !same(shows, want) {
			t.Fatalf("cut at %d:\n%+v\nwant\n%+v", n, shows, want)
		}
		cuts++
	}
	if cuts < 1500 {
		t.Fatalf("only %d cuts: the file has lost its point", cuts)
	}
}

func TestFlipEveryBit(t *testing.T) {
	s := twenty(t)
	whole := s.bytes()
	last := s.frames[len(s.frames)-1].commit
	refused, torn := 0, 0
	for bit := range 8 * len(whole) {
		at := int64(bit / 8)
		b := slices.Clone(whole)
		b[at] ^= 1 << (bit % 8)
		shows, err := reopened(t, b)
		if err != nil {
			if !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrNotCheckpoint) {
				t.Fatalf("bit %d: not a named refusal: %v", bit, err)
			}
			refused++
			continue
		}
		i := slices.IndexFunc(s.frames, func(m mark) bool { return at < m.end })
		if at < s.first.end || s.frames[i].commit != last {
			t.Fatalf("bit %d of an acknowledged commit went unnoticed", bit)
		}
		if want := s.frames[i-1].shows; !same(shows, want) {
			t.Fatalf("bit %d:\n%+v\nwant\n%+v", bit, shows, want)
		}
		torn++
	}
	if refused < 8*1000 || torn < 8*200 {
		t.Fatalf("%d refused, %d torn: the test has lost its point", refused, torn)
	}
}

func TestGarbageBehindTheEnd(t *testing.T) {
	s := twenty(t)
	whole := s.bytes()
	noise := make([]byte, 200_000)
	for i := range noise {
		noise[i] = byte(i*i>>3) ^ byte(i*7)
	}
	tails := map[string][]byte{
		"one zero byte":              {0},
		"a page of zeros":            make([]byte, 4096),
		"noise":                      noise,
		"an earlier part once more":  whole[s.first.end:],
		"the whole file once more":   whole,
		"a length that claims a lot": {0xff, 0xff, 0, 0, 1, 2, 3, 4, 2},
	}
	for name, tail := range tails {
		shows, err := reopened(t, slices.Concat(whole, tail))
		if err != nil || !same(shows, s.shows(1<<40)) {
			t.Errorf("%s: %v, %+v", name, err, shows)
		}
	}
}

// reordered has three frames in its last commit, in which pages may reach the disk in any order.
func reordered(t *testing.T) (s *script, ends []int64) {
	s = newScript(t)
	ends = append(ends, s.first.end)
	s.begin(1)
	s.commit()
	s.begin(2)
	s.begin(3)
	s.begin(4)
	s.commit()
	for _, m := range s.frames {
		ends = append(ends, m.end)
	}
	return s, ends
}

func TestPagesInAnyOrder(t *testing.T) {
	s, ends := reordered(t)
	for missing := 1; missing < 1<<3; missing++ { // which frames of the last commit are missing
		b := s.bytes()
		bad := -1
		for i := range 3 {
			if missing>>i&1 == 0 {
				continue
			}
			clear(b[ends[i+1]:ends[i+2]])
			if bad < 0 {
				bad = i
			}
		}
		shows, err := reopened(t, b)
		if err != nil || !same(shows, s.shows(ends[bad+1])) {
			t.Fatalf("frames %03b missing: %v", missing, err)
		}
	}
}

func TestDamageBeforeALaterCommit(t *testing.T) {
	damage := map[string]func(b []byte, ends []int64){
		"the last frame of the commit gone":  func(b []byte, ends []int64) { clear(b[ends[3]:ends[4]]) },
		"the first frame of the commit gone": func(b []byte, ends []int64) { clear(b[ends[1]:ends[2]]) },
		"the whole commit gone":              func(b []byte, ends []int64) { clear(b[ends[1]:ends[4]]) },
		"a commit of one frame gone":         func(b []byte, ends []int64) { clear(b[ends[0]:ends[1]]) },
		"a length that covers what follows":  func(b []byte, ends []int64) { le.PutUint32(b[ends[1]:], 60000) },
		"a length of nothing":                func(b []byte, ends []int64) { le.PutUint32(b[ends[1]:], 0) },
		"the mark of the commit's end gone":  func(b []byte, ends []int64) { b[ends[3]+8] &^= lastFlag },
	}
	for name, do := range damage {
		s, ends := reordered(t)
		s.begin(5)
		s.commit()
		b := s.bytes()
		do(b, ends)
		_, err := reopened(t, b)
		var c *CorruptError
		if !errors.As(err, &c) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !slices.Contains(ends, c.Offset) {
			t.Errorf("%s: offset %d is not a frame's", name, c.Offset)
		}
	}
}

// A frame that is far behind, out of line with all others, is still found.
func TestLaterCommitFarBehindTheDamage(t *testing.T) {
	s := newScript(t)
	s.begin(1)
	s.commit()
	from := s.log.end
	for n := range 20_000 {
		_, a, err := s.log.queueBegin(key(100+n), [16]byte{})
		must(t, err)
		must(t, s.log.Void(key(100+n), a, "throttled"))
		if n%1000 == 999 {
			s.commit()
		}
	}
	to := s.log.end
	s.begin(2)
	s.commit()
	b := s.bytes()
	for i := from; i < to; i++ {
		b[i] = byte(i % 251)
	}
	var c *CorruptError
	if _, err := reopened(t, b); !errors.As(err, &c) || c.Offset != from {
		t.Fatalf("%v, want damage at %d", err, from)
	}
	if _, err := View(testPath, ViewOptions{FS: disked(b)}); !errors.Is(err, ErrCorrupt) {
		t.Fatalf("view: %v", err)
	}
}

func TestCutsOneAfterAnother(t *testing.T) {
	s, ends := reordered(t)
	b := s.bytes()[:ends[2]+5] // inside the commit of three: one of them is whole
	for round := range 5 {
		m := disked(b)
		l := mustOpen(t, options(m))
		want := draw(t, l.Reader)
		if round > 0 && want.Counts.Begins != 2+round {
			t.Fatalf("round %d: %d begins", round, want.Counts.Begins)
		}
		begin(t, l, key(5+round))
		want = draw(t, l.Reader)
		must(t, l.Close())
		b = append(slices.Clone(m.names[testPath].data), 1, 2, 3)
		if shows, err := reopened(t, b); err != nil || !same(shows, want) {
			t.Fatalf("round %d: %v", round, err)
		}
		// A flip before the newest commit is damage, also in front of and in the copy records.
		for at := ends[0]; at < int64(len(b))-3-frameHead-48; at++ {
			c := slices.Clone(b)
			c[at] ^= 4
			if _, err := reopened(t, c); !errors.Is(err, ErrCorrupt) {
				t.Fatalf("round %d, byte %d of %d: %v", round, at, len(b), err)
			}
		}
	}
}

func TestSettleReadBackIsChecked(t *testing.T) {
	m := newMemory()
	l := mustOpen(t, options(m))
	defer l.Close()
	a := begin(t, l, key(1))
	must(t, l.Settle(key(1), a, verdict))
	must(t, l.Sync())
	m.names[testPath].data[l.end-5] ^= 1
	if _, err := l.Lookup(key(1)); !errors.Is(err, ErrCorrupt) {
		t.Fatalf("%v", err)
	}
}

// In a file hardly longer than its header, no damage may make the records look like the rest of a header whose making
// was cut short: then everyone in it would be new.
func TestFlipEveryBitOfAShortFile(t *testing.T) {
	s := newScript(t)
	s.begin(1)
	s.commit()
	s.begin(2)
	s.commit()
	whole := s.bytes()
	if len(whole) > maxHeader {
		t.Fatalf("%d bytes: not a short file", len(whole))
	}
	for bit := range 8 * len(whole) {
		b := slices.Clone(whole)
		b[bit/8] ^= 1 << (bit % 8)
		shows, err := reopened(t, b)
		if int64(bit/8) < s.frames[0].end {
			if !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrNotCheckpoint) {
				t.Fatalf("bit %d of what was acknowledged: %v", bit, err)
			}
			continue
		}
		if err != nil || !same(shows, s.frames[0].shows) {
			t.Fatalf("bit %d of the last commit: %v", bit, err)
		}
	}
}

// Only a copy record leaves a number out, exactly one, and only alone in its commit.
func TestNumbersHaveNoGaps(t *testing.T) {
	s := newScript(t)
	s.begin(1)
	s.commit()
	whole, end, number := s.bytes(), s.log.end, s.log.commit
	begin := beginRecord{key: key(2), attempt: 2}.append(openFrame(nil, recordBegin))
	copied := copyRecord{host: "here", inode: 101}.append(openFrame(nil, recordCopy))
	cases := []struct {
		name   string
		frame  []byte
		commit uint64
		last   bool
		sound  bool
	}{
		{"a begin that is next", begin, number + 1, true, true},
		{"a begin behind a gap", begin, number + 2, true, false},
		{"a begin of a finished commit", begin, number, true, false},
		{"a copy record", copied, number + 2, true, true},
		{"a copy record without a gap", copied, number + 1, true, false},
		{"a copy record behind a wider gap", copied, number + 3, true, false},
		{"a copy record in company", copied, number + 2, false, false},
	}
	for _, c := range cases {
		f := slices.Clone(c.frame)
		closeFrame(f)
		sealFrame(f, s.log.seed, end, c.commit, c.last)
		m := disked(slices.Concat(whole, f))
		r, err := View(testPath, ViewOptions{FS: m})
		if c.sound {
			if err != nil || r.end != end+int64(len(f)) {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		// One that claims to be of the running commit is a tail; any other proves damage.
		if c.commit != number+1 && !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", c.name, err)
		}
		if err == nil && r.end != end {
			t.Errorf("%s was taken in", c.name)
		}
	}
}
