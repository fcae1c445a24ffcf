package cli

import (
	"runtime"
	"testing"
)

func TestGarbagePercent(t *testing.T) {
	for used, want := range map[uint64]int{0: mostGarbage, 1 << 20: mostGarbage, 16 << 20: 200, 64 << 20: 50, 320 << 20: leastGarbage, 10 << 30: leastGarbage} {
		if got := garbagePercent(used); got != want {
			t.Errorf("%d in use: %d %%, want %d", used, got, want)
		}
	}
	if inUse() == 0 {
		runtime.GC()
		if inUse() == 0 {
			t.Error("the runtime doesn't tell what is in use")
		}
	}
}

// With a large index in use the heap grows by the same bytes as with none.
func TestCollectionsFollowWhatIsInUse(t *testing.T) {
	t.Setenv("GOGC", "")
	spaceCollections()
	index := make([]byte, 96<<20)
	for range 3 {
		runtime.GC()
	}
	var m runtime.MemStats
	for try := 0; ; try++ { // the finalizer runs on a goroutine of its own
		if runtime.ReadMemStats(&m); m.NextGC < m.HeapAlloc+2*garbage {
			break
		}
		if try == 1000 {
			t.Fatalf("in use %d MiB, the next collection at %d", m.HeapAlloc>>20, m.NextGC>>20)
		}
		runtime.GC()
		runtime.Gosched()
	}
	runtime.KeepAlive(index)
}
