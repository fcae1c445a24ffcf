package checkpoint

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// wastes are kinds of bytes that hold no whole record.
func wastes(p past, rng *rand.Rand) map[string]func(n int) []byte {
	part := p.whole[:p.body-1]
	if len(p.frames) > 0 {
		last := p.frames[len(p.frames)-1]
		part = p.whole[last.off : last.end()-1]
	}
	return map[string]func(n int) []byte{
		"zeros": func(n int) []byte { return make([]byte, n) },
		"random": func(n int) []byte {
			b := make([]byte, n)
			for i := range b {
				b[i] = byte(rng.Uint32())
			}
			return b
		},
		"parts of records": func(n int) (b []byte) {
			for len(b) < n {
				b = append(b, part[9+rng.IntN(len(part)-9):]...) // a head would make records of what stands behind it
			}
			return b[:n]
		},
	}
}

// leftInOrder is a file whose last commit is a run's end.
func leftInOrder(t *testing.T) *script {
	s := newScript(t)
	s.run()
	s.commit()
	s.settle(1, s.begin(1))
	s.begin(2)
	s.commit()
	s.end()
	s.commit()
	return s
}

// unfinished is a file whose last commit is not all there: its whole records stay.
func unfinished(t *testing.T) (b []byte, from int64) {
	s := leftInOrder(t)
	from = int64(len(s.bytes()))
	s.run()
	for n := range 8 {
		s.begin(n)
	}
	s.commit()
	return s.bytes()[:len(s.bytes())-70], from
}

// TestTailsByLength: no more bytes than one commit has, from where the unfinished commit began, can have been torn by a
// crash. More are damage, whatever they are, for everybody who opens the file; and a repair counts the calls that had room
// there, so that the next run asks.
func TestTailsByLength(t *testing.T) {
	broken, from := unfinished(t)
	files := map[string]struct {
		whole []byte
		from  int64
	}{
		"left in order":           {leftInOrder(t).bytes(), -1},
		"not left in order":       {twenty(t).bytes(), -1},
		"a header alone":          {newScript(t).bytes(), -1},
		"with part of one commit": {broken, from},
	}
	for file, c := range files {
		if brief() && file != "left in order" && file != "with part of one commit" {
			continue
		}
		if c.from < 0 {
			c.from = int64(len(c.whole))
		}
		sound := disked(c.whole)
		before, err := View(testPath, ViewOptions{FS: sound})
		must(t, err)
		end := before.end
		for kind, waste := range wastes(pastOf(t, c.whole[:end]), rand.New(rand.NewPCG(1, 2))) {
			if brief() && kind == "random" {
				continue
			}
			for _, length := range []int64{mostTail, mostTail + 1, 5 << 19} {
				if length > mostTail+1 && (kind != "zeros" || file != "left in order") {
					continue
				}
				name := fmt.Sprintf("%s, then %d bytes of %s", file, length, kind)
				b := slices.Concat(c.whole[:end], waste(int(c.from+length-end)))
				if length > mostTail {
					damagedTail(t, name, b, before, length)
					continue
				}
				r, err := View(testPath, ViewOptions{FS: disked(b)})
				if err != nil || !same(draw(t, r), draw(t, before)) {
					t.Fatalf("%s: %v", name, err)
				}
				rep, err := Verify(testPath, ViewOptions{FS: disked(b)})
				if err != nil || !rep.Sound() || rep.Tail != int64(len(b))-end {
					t.Fatalf("%s: %v, %+v", name, err, rep)
				}
				l, err := Open(testPath, options(disked(b)))
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				must(t, l.Close())
			}
		}
	}
}

func damagedTail(t *testing.T, name string, b []byte, before *Reader, length int64) {
	t.Helper()
	refused := func(who string, err error) {
		t.Helper()
		var c *CorruptError
		if !errors.As(err, &c) || c.Offset != before.end || !strings.Contains(c.Reason, fmt.Sprint(length)) || !strings.Contains(c.Reason, fmt.Sprint(mostTail)) {
			t.Fatalf("%s: %s: %v", name, who, err)
		}
	}
	m := disked(b)
	_, err := Open(testPath, options(m))
	refused("open", err)
	_, err = View(testPath, ViewOptions{FS: m})
	refused("view", err)
	_, err = View(testPath, ViewOptions{FS: m, runsOnly: true})
	refused("view of the runs", err)
	_, err = Purge(testPath, purgeOptions(true), options(m), agreed)
	refused("purge", err)
	rep, err := Verify(testPath, ViewOptions{FS: m})
	must(t, err)
	refused("verify", rep.Err())
	gone := int64(len(b)) - before.end
	if f := rep.Faults[0]; len(rep.Faults) != 1 || f.Length != gone || f.Behind != 0 || rep.Tail != 0 || rep.Missing.Bytes != gone {
		t.Fatalf("%s: %+v", name, rep)
	}
	if !slices.Equal(m.names[testPath].data, b) {
		t.Fatalf("%s: the file was changed", name)
	}
	rep, err = Repair(testPath, mendedPath, options(m))
	must(t, err)
	r, err := View(mendedPath, ViewOptions{FS: m})
	must(t, err)
	defer r.Close()
	if want := int((gone + beginFrame - 1) / beginFrame); rep.Missing.Beyond < want-8 || rep.Missing.Beyond > want || r.Lost() != rep.Missing.Lost() {
		t.Fatalf("%s: room for %d calls, %+v, lost %d", name, want, rep.Missing, r.Lost())
	}
	if got, want := draw(t, r), draw(t, before); !same(got, want) {
		t.Fatalf("%s: repaired\n%+v\nwant\n%+v", name, got, want)
	}
}

// TestLongTailBehindDamage: the end is reported as what it is also where something else is damaged before it.
func TestLongTailBehindDamage(t *testing.T) {
	b := twenty(t).bytes()
	end := len(b)
	b = append(b, make([]byte, mostTail+1)...)
	b[pastOf(t, b[:end]).frames[5].off+20] ^= 1
	rep, err := Verify(testPath, ViewOptions{FS: disked(b)})
	must(t, err)
	if len(rep.Faults) != 2 || rep.Faults[1].Offset != int64(end) || rep.Faults[1].Length != mostTail+1 || rep.Tail != 0 {
		t.Errorf("%+v", rep)
	}
	rep, err = Verify(testPath, ViewOptions{FS: disked(b[:len(b)-1])})
	must(t, err)
	if len(rep.Faults) != 1 || rep.Tail != mostTail {
		t.Errorf("%+v", rep)
	}
}

// TestFullestCommitIsNoDamage: a queue filled to the brim and one record more, the largest there can be, is one commit.
// Of it anything may be on the disk when the power goes, and a byte behind it when its sync failed.
func TestFullestCommitIsNoDamage(t *testing.T) {
	s := newScript(t)
	s.run()
	s.commit()
	sound := s.bytes()
	want := draw(t, s.log.Reader)
	long := strings.Repeat("x", MaxText)
	largest := Answer{HTTPStatus: 200, Result: 1, IsFee: long, Code: long, SeqNo: long, ResultDesc: long, MobileChannel: long, RequestID: long}
	big := func(n int) { must(t, s.log.Settle(key(n), s.begin(n), largest)) }
	filler := func(size int) { // a void of so many bytes, with its frame
		a := s.begin(1)
		must(t, s.log.Void(key(1), a, long[:size-beginFrame-frameHead-34]))
	}
	for n := range 1000 {
		if left := maxQueued - len(s.log.queue.buf); left < 60<<10 {
			break
		}
		big(n)
	}
	last := s.begin(2)
	for left := maxQueued - 1 - len(s.log.queue.buf); left > 0; left = maxQueued - 1 - len(s.log.queue.buf) {
		if left > 4000 {
			filler(2000)
			continue
		}
		filler(left)
	}
	if n := len(s.log.queue.buf); n != maxQueued-1 {
		t.Fatalf("the queue holds %d bytes", n)
	}
	must(t, s.log.Settle(key(2), last, largest))
	if size := len(s.log.queue.buf); size <= maxQueued || size > mostTail-1 {
		t.Fatalf("a commit of %d bytes, %d are allowed for", size, mostTail-1)
	}
	c := s.log.next()
	must(t, s.log.save(c))
	s.log.fail(c, errors.New("the sync failed"))
	whole := s.bytes()
	if len(whole) != len(sound)+len(c.buf)+1 {
		t.Fatalf("%d bytes of %d are in the file", len(whole)-len(sound), len(c.buf))
	}
	whole[len(sound)+3] ^= 0xff // its first record did not reach the disk
	clear(whole[len(whole)-100:])
	for _, b := range [][]byte{whole, whole[:len(whole)-1], slices.Concat(sound, make([]byte, len(c.buf)+1))} {
		l, err := Open(testPath, options(disked(b)))
		if err != nil {
			t.Fatal(err)
		}
		if !same(draw(t, l.Reader), want) {
			t.Error("something else than the sound part is there")
		}
		must(t, l.Close())
	}
}

// TestReservedRoomIsNoTail: what is set aside on the disk for thousands of answers is more than a tail may be, and not to
// be seen in the file.
func TestReservedRoomIsNoTail(t *testing.T) {
	path := filepath.Join(t.TempDir(), "batch.checkpoint")
	l, err := Open(path, Options{Service: "sandbox", Create: true})
	must(t, err)
	defer l.Close()
	for n := range 2000 {
		_, _, err := l.queueBegin(key(n), [16]byte{1})
		must(t, err)
	}
	must(t, l.Sync())
	info, err := os.Stat(path)
	must(t, err)
	rep, err := Verify(path, ViewOptions{})
	must(t, err)
	if l.reserved < l.end+mostTail || info.Size() != l.end || !rep.Sound() || rep.Tail != 0 || rep.Counts.InDoubt != 2000 {
		t.Errorf("%d bytes reserved, the file has %d, its records end at %d; tail %d", l.reserved, info.Size(), l.end, rep.Tail)
	}
}
