package main

import (
	"io"
	"sync"
)

// inLanes calls do for 0 to n-1, so many at a time, and waits for all.
func inLanes(lanes, n int, do func(int) error) []error {
	errs := make([]error, n)
	next := make(chan int)
	var all sync.WaitGroup
	for range min(lanes, n) {
		all.Go(func() {
			for i := range next {
				errs[i] = do(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	all.Wait()
	return errs
}

// inOrder prints lines by their numbers, each as soon as all before it are there.
type inOrder struct {
	mu    sync.Mutex
	early map[int]string
	next  int
	red   int
}

func (o *inOrder) print(out io.Writer, i int, line string, red bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.early == nil {
		o.early = map[int]string{}
	}
	o.early[i] = line
	if red {
		o.red++
	}
	for ; o.early[o.next] != ""; o.next++ {
		io.WriteString(out, o.early[o.next])
	}
}
