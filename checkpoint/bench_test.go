package checkpoint

import (
	"encoding/binary"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

// spread makes keys that look like digests.
func spread(n uint64) (k Key) {
	n = (n + 1) * 0x9e3779b97f4a7c15
	binary.LittleEndian.PutUint64(k[:], n^n>>29)
	binary.LittleEndian.PutUint64(k[8:], n*0xbf58476d1ce4e5b9)
	return k
}

func BenchmarkBeginSettle(b *testing.B) {
	l, err := Open(filepath.Join(b.TempDir(), "c"), Options{Service: "s", Create: true})
	must(b, err)
	var next atomic.Uint64
	var all sync.WaitGroup
	b.ReportAllocs()
	for range 64 {
		all.Go(func() {
			for {
				n := next.Add(1)
				if n > uint64(b.N) {
					return
				}
				a, err := l.Begin(spread(n), [16]byte{})
				if err == nil {
					err = l.Settle(spread(n), a, verdict)
				}
				if err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	must(b, l.Sync())
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
	must(b, l.Close())
}

func BenchmarkOpen1M(b *testing.B) {
	const persons = 1_000_000
	path := filepath.Join(b.TempDir(), "c")
	l, err := Open(path, Options{Service: "s", Create: true})
	must(b, err)
	must(b, l.StartRun(Run{}))
	for n := range uint64(persons) {
		_, a, err := l.queueBegin(spread(n), [16]byte{})
		if err == nil {
			err = l.Settle(spread(n), a, verdict)
		}
		must(b, err)
	}
	must(b, l.EndRun(RunEnd{}))
	must(b, l.Close())
	b.ResetTimer()
	var held uint64
	for range b.N {
		l = nil
		before := heap()
		l, err = Open(path, Options{Service: "s"})
		must(b, err)
		b.StopTimer()
		held = heap() - before
		if l.Counts().Settles != persons {
			b.Fatal("not all there")
		}
		must(b, l.Close())
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(2*persons), "ns/record")
	b.ReportMetric(float64(held)/persons, "B/person")
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
