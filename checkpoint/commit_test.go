package checkpoint

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// Begin returns after a sync that covers it, never before, and all that wait share one.
func TestGroupCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		l := mustOpen(t, options(m))
		release := make(chan error)
		syncs := 0
		m.before = func(op string) error {
			if op != "sync" {
				return nil
			}
			syncs++
			return <-release
		}
		var returned atomic.Int32
		start := func(n int) {
			go func() {
				if _, err := l.Begin(key(n), [16]byte{}); err == nil {
					returned.Add(1)
				}
			}()
		}
		start(0)
		synctest.Wait()
		for n := 1; n <= 63; n++ {
			start(n)
		}
		synctest.Wait()
		if returned.Load() != 0 || syncs != 1 {
			t.Fatalf("%d returned, %d syncs", returned.Load(), syncs)
		}
		release <- nil
		synctest.Wait()
		if returned.Load() != 1 || syncs != 2 {
			t.Fatalf("after the first sync: %d returned, %d syncs", returned.Load(), syncs)
		}
		if got := onDisk(t, m); got != 1 {
			t.Fatalf("%d on disk while 1 was acknowledged", got)
		}
		release <- nil
		synctest.Wait()
		if returned.Load() != 64 || syncs != 2 || onDisk(t, m) != 64 {
			t.Fatalf("after the second sync: %d returned, %d syncs, %d on disk", returned.Load(), syncs, onDisk(t, m))
		}

		// A settle is known at once, and on its way to the disk without anybody asking.
		must(t, l.Settle(key(0), 1, verdict))
		if lookup(t, l.Reader, key(0)).State != Settled {
			t.Fatal("a queued settle is not seen")
		}
		synctest.Wait()
		if lookup(t, l.Reader, key(0)).Answer != verdict {
			t.Fatal("a settle being written is not seen")
		}
		must(t, l.Settle(key(1), l.OpenAttempts(key(1))[0], verdict))
		synced := make(chan error, 1)
		go func() { synced <- l.Sync() }()
		synctest.Wait()
		release <- nil
		synctest.Wait()
		if len(synced) != 0 {
			t.Fatal("sync returned before what was queued")
		}

		// A failing sync fails everyone who waits, those of the next commit, too.
		start(100)
		synctest.Wait()
		release <- errors.New("input/output error")
		if err := <-synced; !errors.Is(err, ErrFailed) {
			t.Fatalf("sync: %v", err)
		}
		synctest.Wait()
		if returned.Load() != 64 || syncs != 4 {
			t.Fatalf("%d returned, %d syncs", returned.Load(), syncs)
		}
		m.before = nil
		if err := l.Close(); !errors.Is(err, ErrFailed) {
			t.Fatalf("close: %v", err)
		}
	})
}

func onDisk(t *testing.T, m *memory) int {
	t.Helper()
	r, err := View(testPath, ViewOptions{FS: m.after(crash{})})
	must(t, err)
	return r.Counts().Begins
}

func TestFullQueueHoldsCallersBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		l := mustOpen(t, options(m))
		const callers = 200
		for n := range callers {
			begin(t, l, key(n))
		}
		release := make(chan struct{})
		m.before = func(op string) error {
			if op == "sync" {
				<-release
			}
			return nil
		}
		long := strings.Repeat("x", MaxText)
		big := Answer{HTTPStatus: 200, Code: long, SeqNo: long, ResultDesc: long, MobileChannel: long, RequestID: long}
		var queued atomic.Int32
		for n := range callers {
			go func() {
				if err := l.Settle(key(n), Attempt(n+1), big); err != nil {
					t.Error(err)
				}
				queued.Add(1)
			}()
		}
		synctest.Wait()
		if n := len(l.queue.buf); n < maxQueued || n > maxQueued+maxFrame || queued.Load() == callers {
			t.Fatalf("%d bytes queued by %d callers", n, queued.Load())
		}
		close(release)
		synctest.Wait()
		must(t, l.Close())
		if l.Counts().Settles != callers {
			t.Fatalf("%d settles", l.Counts().Settles)
		}
	})
}

func TestManyWorkersAtOnce(t *testing.T) {
	m := newMemory()
	l := mustOpen(t, options(m))
	must(t, l.StartRun(Run{}))
	var all sync.WaitGroup
	const workers, each = 32, 50
	for w := range workers {
		all.Go(func() {
			for i := range each {
				k := key(1 + w*each + i)
				a, err := l.Begin(k, [16]byte{})
				if err == nil && i%10 == 9 {
					err = l.Void(k, a, "throttled")
				} else if err == nil {
					err = l.Settle(k, a, answer(w+i))
				}
				e, lookErr := l.Lookup(k)
				if err != nil || lookErr != nil || (e.State == Settled) != (i%10 != 9) {
					t.Errorf("%v %v %v", err, lookErr, e)
				}
				if e.State == Settled && e.Answer != answer(w+i) {
					t.Errorf("another one's answer: %+v", e)
				}
			}
		})
	}
	all.Wait()
	must(t, l.EndRun(RunEnd{}))
	before := l.Counts()
	must(t, l.Close())
	again := mustOpen(t, options(m))
	defer again.Close()
	if c := again.Counts(); fmt.Sprint(c) != fmt.Sprint(before) || c.Begins != workers*each || c.InDoubt != 0 {
		t.Fatalf("%+v, before %+v", c, before)
	}
	for w := range workers {
		for i := range each {
			if e := lookup(t, again.Reader, key(1+w*each+i)); i%10 != 9 && e.Answer != answer(w+i) {
				t.Fatalf("another one's answer: %+v", e)
			}
		}
	}
}
