package checkpoint

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

// counted counts how often a file is read.
type counted struct {
	File
	reads atomic.Int64
	bytes atomic.Int64
	fails int64 // the read that does; 0: none
}

func (c *counted) ReadAt(b []byte, off int64) (int, error) {
	if c.reads.Add(1) == c.fails {
		return 0, syscall.EIO
	}
	c.bytes.Add(int64(len(b)))
	return c.File.ReadAt(b, off)
}

// answersOf is a checkpoint of n people with answers of different lengths, its file counted from here on.
func answersOf(t *testing.T, n int) (*Log, *counted) {
	l, err := Open(filepath.Join(t.TempDir(), "c"), Options{Service: "s", Create: true})
	must(t, err)
	t.Cleanup(func() { l.Close() })
	for i := range n {
		settleOne(t, l, i)
	}
	must(t, l.Sync())
	c := &counted{File: l.file}
	l.file = c
	return l, c
}

func settleOne(t testing.TB, l *Log, i int) {
	_, a, err := l.queueBegin(spread(uint64(i)), [16]byte{})
	must(t, err)
	must(t, l.Settle(spread(uint64(i)), a, answerNo(i)))
}

func answerNo(i int) Answer {
	return Answer{HTTPStatus: 200, Result: 1 + i%3, SeqNo: fmt.Sprint("S", i), ResultDesc: fmt.Sprintf("%*d", i%700, i)}
}

func found(t testing.TB, l *Log, i int) {
	e, err := l.Lookup(spread(uint64(i)))
	must(t, err)
	if e.Answer != answerNo(i) {
		t.Errorf("person %d: %+v", i, e.Answer)
	}
}

func TestAnswersInOrderAreReadTogether(t *testing.T) {
	const people = 2000
	l, file := answersOf(t, people)
	for i := range people {
		found(t, l, i)
	}
	if n := file.reads.Load(); n == 0 || n > people/20 {
		t.Errorf("%d reads for %d people", n, people)
	}
}

func TestAnswersInNoOrderAreReadAlone(t *testing.T) {
	const people = 2000
	l, file := answersOf(t, people)
	for range people {
		found(t, l, rand.IntN(people))
	}
	if n := file.bytes.Load(); n == 0 || n > nearSize/4*people {
		t.Errorf("%d bytes read for %d people", n, people)
	}
}

// What is appended while others read is found, whatever piece of the file is held.
func TestAnswersAreFoundWhileTheFileGrows(t *testing.T) {
	const before, after = 500, 1500
	l, _ := answersOf(t, before)
	var known atomic.Int64
	known.Store(before)
	var all sync.WaitGroup
	for seed := range uint64(3) {
		all.Go(func() {
			rng := rand.New(rand.NewPCG(seed, 1))
			for known.Load() < after {
				top := int(known.Load())
				for i := max(0, top-1-rng.IntN(60)); i < top; i++ { // in order, up to the end
					found(t, l, i)
				}
			}
		})
	}
	for i := before; i < after; i++ {
		settleOne(t, l, i)
		if i%7 == 0 {
			must(t, l.Sync())
		}
		known.Store(int64(i + 1))
	}
	all.Wait()
}

// A read that fails is heard of, once and by whoever needed it.
func TestAFailedReadOfAPieceIsHeardOf(t *testing.T) {
	const people = 400
	l, file := answersOf(t, people)
	for file.fails = 1; ; file.fails++ {
		file.reads.Store(0)
		failures := 0
		for i := range people {
			if _, err := l.Lookup(spread(uint64(i))); errors.Is(err, syscall.EIO) {
				failures++
			}
		}
		if file.reads.Load() < file.fails {
			break
		}
		if failures != 1 {
			t.Fatalf("read %d fails: heard of %d times", file.fails, failures)
		}
	}
	if file.fails < 3 {
		t.Error("nothing was read")
	}
}
