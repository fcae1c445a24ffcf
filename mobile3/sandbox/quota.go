package sandbox

import "sync"

// quota counts the calls left. A call holds one while the vendor works, so that
// no more are counted than were bought, however many come at once.
type quota struct {
	mu      sync.Mutex
	endless bool
	left    int // not yet counted, held ones included
	held    int
}

func (q *quota) set(left int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.endless = left < 0
	q.left = max(left, 0)
}

// hold must be followed by exactly one count or release.
func (q *quota) hold() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.endless && q.held >= q.left {
		return false
	}
	q.held++
	return true
}

func (q *quota) count() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.held--
	q.left = max(q.left-1, 0)
}

func (q *quota) release() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.held--
}

// remaining is -1 when there is no end.
func (q *quota) remaining() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.endless {
		return -1
	}
	return q.left
}
