package cli

import (
	"os"
	"runtime"
	"runtime/debug"
	heap "runtime/metrics"
	"sync/atomic"
)

// garbage is how many bytes may be made between two collections, whatever is in use.
// The runtime's own rule, as much again as is in use, collects every few milliseconds
// while little is in use, and lets a ledger of ten million people take twice its size.
const garbage = 32 << 20

// The bounds of what comes of that, in percent of what is in use.
const (
	leastGarbage = 10
	mostGarbage  = 1000
)

// spaceCollections keeps to it until the process ends: after each collection it looks
// anew at what is in use. Who set GOGC knows better.
func spaceCollections() {
	if os.Getenv("GOGC") != "" || spaced.Swap(true) {
		return
	}
	type sentinel struct{ _ *int } // collected each time, and made anew
	var last int
	var arm func()
	arm = func() {
		runtime.SetFinalizer(&sentinel{}, func(*sentinel) {
			if percent := garbagePercent(inUse()); percent != last {
				debug.SetGCPercent(percent)
				last = percent
			}
			arm()
		})
	}
	debug.SetGCPercent(mostGarbage) // little is in use yet
	arm()
}

var spaced atomic.Bool // once a process

func garbagePercent(used uint64) int {
	return int(min(max(garbage*100/max(used, 1), leastGarbage), mostGarbage))
}

// inUse is what the last collection left, in bytes.
func inUse() uint64 {
	s := []heap.Sample{{Name: "/gc/heap/live:bytes"}}
	heap.Read(s)
	return s[0].Value.Uint64()
}
