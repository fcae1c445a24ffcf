package selftest

import (
	"io"
	"sync"

	"mobile3batch/checkpoint"
)

// Volatile is the real disk with a cache that dies with the process: what was written reaches the file only when it is
// synced. So killing the process loses what a power cut would, and a missing sync shows. Names are not held back.
type Volatile struct{ checkpoint.Disk }

// Open opens as the real disk does.
func (v Volatile) Open(path string, mode checkpoint.OpenMode) (checkpoint.File, error) {
	f, err := v.Disk.Open(path, mode)
	if err != nil {
		return nil, err
	}
	return &cached{File: f}, nil
}

// cached is an open file and what was written to it since the last sync.
type cached struct {
	checkpoint.File
	mu     sync.RWMutex
	writes []write // oldest first
}

type write struct {
	off int64
	b   []byte
}

func (c *cached) WriteAt(b []byte, off int64) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writes = append(c.writes, write{off, append([]byte(nil), b...)})
	return len(b), nil
}

func (c *cached) ReadAt(b []byte, off int64) (int, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	n, err := c.File.ReadAt(b, off)
	if len(c.writes) == 0 || (err != nil && err != io.EOF) {
		return n, err
	}
	clear(b[n:])
	end := off + int64(n)
	for _, w := range c.writes {
		if from := max(off, w.off); from < min(off+int64(len(b)), w.off+int64(len(w.b))) {
			copy(b[from-off:], w.b[from-w.off:])
		}
		end = max(end, w.off+int64(len(w.b)))
	}
	if end < off+int64(len(b)) {
		return int(max(end-off, 0)), io.EOF
	}
	return len(b), nil
}

func (c *cached) Size() (int64, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	size, err := c.File.Size()
	for _, w := range c.writes {
		size = max(size, w.off+int64(len(w.b)))
	}
	return size, err
}

func (c *cached) Sync() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, w := range c.writes {
		if _, err := c.File.WriteAt(w.b, w.off); err != nil {
			return err
		}
	}
	c.writes = nil
	return c.File.Sync()
}
