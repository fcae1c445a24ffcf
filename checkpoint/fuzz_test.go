package checkpoint

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

var named = []error{ErrMissing, ErrNotCheckpoint, ErrVersion, ErrService, ErrKey, ErrCorrupt, ErrMoved}

// recovered opens any bytes as a checkpoint: a named refusal that changes nothing, or a state that the file as it is
// then, opened again, shows once more.
func recovered(t *testing.T, b []byte) (picture, error) {
	t.Helper()
	m := disked(b)
	o := options(m)
	o.Confirm = func(Moved) bool { return true }
	l, err := Open(testPath, o)
	if err != nil {
		if !slices.ContainsFunc(named, func(n error) bool { return errors.Is(err, n) }) {
			t.Fatalf("not a named refusal: %v", err)
		}
		if string(m.names[testPath].data) != string(b) || len(m.names) != 1 {
			t.Fatalf("refused (%v), but something was changed", err)
		}
		return picture{}, err
	}
	shows := draw(t, l.Reader)
	if _, err := l.Begin(key(0), [16]byte{}); err != nil {
		t.Fatal(err)
	}
	with := draw(t, l.Reader)
	must(t, l.Close())
	o.Confirm = nil
	again, err := Open(testPath, o)
	// A file that was in order is not copied, so it may still name another inode.
	if errors.Is(err, ErrMoved) {
		o.Confirm = func(Moved) bool { return true }
		again, err = Open(testPath, o)
	}
	must(t, err)
	defer again.Close()
	if !same(draw(t, again.Reader), with) {
		t.Fatalf("the second opening shows something else")
	}
	return shows, nil
}

// seal gives every frame of b the checksum that it should have, so that what is behind the checksums is reached.
func seal(b []byte) {
	var seed uint32
	for off := 0; off+frameHead <= len(b); {
		n := frameLen(b[off:])
		if n < frameHead || n > maxFrame || off+n > len(b) {
			return
		}
		f := b[off : off+n]
		le.PutUint32(f[4:], checksum(seed, int64(off), f))
		if off == 0 {
			seed = le.Uint32(f[4:])
		}
		off += n
	}
}

// FuzzRecovery gives Open any bytes, with checksums made right or left as they are.
func FuzzRecovery(f *testing.F) {
	whole := twenty(f).bytes()
	f.Add(whole, false)
	f.Add(whole[:len(whole)-9], true)
	f.Fuzz(func(t *testing.T, b []byte, sealed bool) {
		if sealed {
			b = slices.Clone(b)
			seal(b)
		}
		_, _ = recovered(t, b)
	})
}

// FuzzHistory makes a file by a program of steps, harms one place and cuts the end, and wants to see a beginning of the
// history or a refusal; and no beginning before the last commit that was on disk.
func FuzzHistory(f *testing.F) {
	f.Add([]byte{1, 2, 3, 0x40, 0x81, 0x80, 0x40, 5, 6, 0xc1, 0x40}, uint16(300), byte(0), uint16(9))
	f.Fuzz(func(t *testing.T, steps []byte, at uint16, flip byte, cut uint16) {
		s := play(t, steps[:min(len(steps), 200)])
		b := s.bytes()
		cut = uint16(min(int(cut), len(b)-int(s.first.end)))
		// What was acknowledged for certain: all commits but the last.
		acknowledged := s.upTo(s.log.commit)
		if int64(len(b))-int64(cut) < acknowledged {
			cut = 0 // a cut like that is no crash
		}
		if cut > 0 && flip != 0 {
			// The damage may be in the commit before the torn one: behind it stands no whole frame that would
			// tell the two apart.
			acknowledged = s.upTo(s.log.commit - 1)
		}
		b = b[:len(b)-int(cut)]
		if len(b) > 0 {
			b[int(at)%len(b)] ^= flip
		}
		shows, err := recovered(t, b)
		if err != nil {
			if flip == 0 {
				t.Fatalf("refused without damage: %v", err)
			}
			return
		}
		for _, m := range append([]mark{s.first}, s.frames...) {
			if m.end >= acknowledged && m.end <= int64(len(b)) && same(m.shows, shows) {
				return
			}
		}
		t.Fatalf("no such state was ever on disk: %+v", shows)
	})
}

// upTo is where the commits before number n end.
func (s *script) upTo(n uint64) int64 {
	end := s.first.end
	for _, m := range s.frames {
		if m.commit < n {
			end = m.end
		}
	}
	return end
}

// play runs a program: the two top bits of a step say what to do, the rest with whom.
func play(t *testing.T, steps []byte) *script {
	s := newScript(t)
	for _, step := range steps {
		n := int(step & 0x3f % people)
		open := s.log.OpenAttempts(key(n))
		switch {
		case step>>6 == 0:
			s.begin(n)
		case step>>6 == 1:
			if len(s.log.queue.buf) > 0 {
				s.commit()
			}
		case len(open) == 0:
		case step>>6 == 2:
			s.settle(n, open[int(step>>5&1)%len(open)])
		default:
			s.void(n, open[0], "throttled")
		}
	}
	if len(s.log.queue.buf) > 0 {
		s.commit()
	}
	return s
}

func TestFuzzCorpusIsThere(t *testing.T) {
	for _, target := range []string{"FuzzRecovery", "FuzzHistory"} {
		names, err := os.ReadDir(filepath.Join("testdata", "fuzz", target))
		if err != nil || len(names) < 4 {
			t.Errorf("%s: %d seeds, %v", target, len(names), err)
		}
	}
}
