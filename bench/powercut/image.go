package main

import (
	"errors"
	"sync"
)

var (
	errPower   = errors.New("the power is off")
	errOutside = errors.New("outside of the disk")
)

// image is a disk with a volatile cache, in memory. What is written stands in the cache; a flush makes everything
// written before it last. Once the power is cut nothing succeeds any more: whoever asks gets errPower, so that nobody is
// told of a flush that did not happen. Safe for many goroutines.
type image struct {
	mu      sync.Mutex
	disk    []byte  // what lasts: everything up to the last flush
	cache   []byte  // what is read: disk and then pending
	pending []write // since the last flush, in order
	events  int     // writes and flushes that were taken
	flushes int
	cutAt   int // the power goes instead of this event; 0: not armed
	dark    chan struct{}
}

// write is one write command, whose sectors a disk may keep or lose one by one.
type write struct {
	off  int64
	data []byte
}

// newImage takes disk over.
func newImage(disk []byte) *image {
	return &image{disk: disk, cache: append([]byte(nil), disk...), dark: make(chan struct{})}
}

func (m *image) size() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return int64(len(m.cache))
}

func (m *image) read(p []byte, off int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.off() {
		return errPower
	}
	if !m.holds(p, off) {
		return errOutside
	}
	copy(p, m.cache[off:])
	return nil
}

// write copies p.
func (m *image) write(p []byte, off int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.event() {
		return errPower
	}
	if !m.holds(p, off) {
		return errOutside
	}
	w := write{off, append([]byte(nil), p...)}
	copy(m.cache[off:], w.data)
	m.pending = append(m.pending, w)
	return nil
}

// flush returns when everything written before lasts.
func (m *image) flush() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.event() {
		return errPower
	}
	for _, w := range m.pending {
		copy(m.disk[w.off:], w.data)
	}
	m.pending = nil
	m.flushes++
	return nil
}

// cut turns the power off, and reports whether it was on.
func (m *image) cut() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.off() {
		return false
	}
	close(m.dark)
	return true
}

// cutAfter turns the power off instead of taking the n-th write or flush from now; n is at least 1.
func (m *image) cutAfter(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cutAt = m.events + n
}

// taken is the number of writes and flushes so far, and of flushes among them.
func (m *image) taken() (events, flushes int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.events, m.flushes
}

// survivor is the disk that is found when the power comes back, and how many written bytes it has lost. The power must
// be off. It takes the image's memory over: the image is of no use any more.
func (m *image) survivor(f fate) (next *image, dropped int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.off() {
		panic("powercut: a survivor with the power on")
	}
	for i, w := range m.pending {
		for at := 0; at < len(w.data); at += f.sector {
			part := w.data[at:min(at+f.sector, len(w.data))]
			if f.keep(i, at/f.sector) {
				copy(m.disk[w.off+int64(at):], part)
			} else {
				dropped += int64(len(part))
			}
		}
	}
	for _, w := range m.pending {
		copy(m.cache[w.off:], m.disk[w.off:w.off+int64(len(w.data))])
	}
	next = &image{disk: m.disk, cache: m.cache, dark: make(chan struct{})}
	m.disk, m.cache, m.pending = nil, nil, nil
	return next, dropped
}

// event takes a write or flush, unless the power is off or goes with it.
func (m *image) event() bool {
	if m.off() {
		return false
	}
	if m.cutAt > 0 && m.events+1 >= m.cutAt {
		close(m.dark)
		return false
	}
	m.events++
	return true
}

func (m *image) off() bool {
	select {
	case <-m.dark:
		return true
	default:
		return false
	}
}

func (m *image) holds(p []byte, off int64) bool {
	return off >= 0 && off <= int64(len(m.cache)) && int64(len(p)) <= int64(len(m.cache))-off
}
