package checkpoint

import (
	"fmt"
	"sync"
	"time"
)

// Log is an open checkpoint: a Reader that also records. All methods may be called from any goroutine.
//
// One goroutine writes. What is queued while a commit is being synced makes up the next commit.
type Log struct {
	*Reader

	now   func() time.Time
	host  string
	pid   int
	inode uint64

	// Guarded by Reader.mu.
	work    *sync.Cond // something was queued, or the Log is closing
	room    *sync.Cond // the queue was taken, or there is a failure
	queue   *commit    // filling
	flight  *commit    // being written; after a failure: the one that failed
	spare   []byte
	failure error
	closing bool
	running bool
	stopped chan struct{} // closed by the writing goroutine when it ends

	reserved int64 // room is set aside on the disk up to here
	flying   int   // begun through this Log and neither settled nor voided
}

// commit is a group of frames that are written and synced together.
type commit struct {
	off  int64 // where buf goes in the file
	buf  []byte
	last int           // where in buf the last frame starts
	done chan struct{} // closed by the writing goroutine once err is final
	err  error
}

// maxQueued bounds the bytes that wait for the next commit; who brings more has to wait.
const maxQueued = 1 << 20

// mostTail is the most that a crash can leave of the one commit that was being written, from where it began: a queue that
// was not full yet, one record more, and the byte that fail writes behind them.
const mostTail = (maxQueued - 1) + maxFrame + 1

func newLog(r *Reader, here Identity, o Options) *Log {
	l := &Log{Reader: r, now: o.Now, host: o.Host, pid: o.pid, inode: here.Inode, stopped: make(chan struct{})}
	l.work, l.room = sync.NewCond(&r.mu), sync.NewCond(&r.mu)
	l.queue = &commit{off: r.end, done: make(chan struct{})}
	r.liveFrom, r.liveAfter = r.end, r.attempts
	r.queued = l.payloadInMemory
	return l
}

func (l *Log) start() { go l.write() }

// Begin records that a person is about to be asked, and returns when that is on disk: only then may the request leave.
func (l *Log) Begin(k Key, nonce [16]byte) (Attempt, error) {
	c, attempt, err := l.queueBegin(k, nonce)
	if err := wait(c, err); err != nil {
		return 0, err
	}
	return attempt, nil
}

func (l *Log) queueBegin(k Key, nonce [16]byte) (c *commit, attempt Attempt, err error) {
	c, err = l.add(recordBegin, func(b []byte) ([]byte, error) {
		if err := l.reserve(); err != nil {
			return nil, err
		}
		attempt = l.attempts + 1
		return beginRecord{k, attempt, nonce, toNano(l.now())}.append(b), nil
	})
	return c, attempt, err
}

// Settle records the answer to an attempt. Lookup knows it at once; it is on disk with the next commit, which Sync
// waits for.
func (l *Log) Settle(k Key, a Attempt, ans Answer) error {
	if err := ans.check(); err != nil {
		return err
	}
	_, err := l.add(recordSettle, func(b []byte) ([]byte, error) {
		return settleRecord{key: k, attempt: a, at: toNano(l.now()), answer: ans}.append(b), nil
	})
	return err
}

// Void records that an attempt was certainly free, and in a word why. Durable as a Settle is.
func (l *Log) Void(k Key, a Attempt, class string) error {
	if err := tooLong("class", class); err != nil {
		return err
	}
	_, err := l.add(recordVoid, func(b []byte) ([]byte, error) {
		return voidRecord{k, a, toNano(l.now()), class}.append(b), nil
	})
	return err
}

// StartRun records the start of a run and returns when that is on disk.
func (l *Log) StartRun(run Run) error {
	if err := run.check(); err != nil {
		return err
	}
	c, err := l.add(recordRunStart, func(b []byte) ([]byte, error) {
		if l.running {
			return nil, fmt.Errorf("%w: a run has not ended", ErrRun)
		}
		l.running = true
		run.Number, run.At = uint64(len(l.runs))+1, l.now()
		run.Host, run.PID, run.Inode = l.host, l.pid, l.inode
		return run.append(b), nil
	})
	return wait(c, err)
}

// EndRun waits until everything is on disk, then records the run's end by itself and waits for that, too: so the last
// commit of a checkpoint that was left in order holds nothing that could be missed.
func (l *Log) EndRun(end RunEnd) error {
	if err := end.check(); err != nil {
		return err
	}
	if err := l.Sync(); err != nil {
		return err
	}
	c, err := l.add(recordRunEnd, func(b []byte) ([]byte, error) {
		if !l.running {
			return nil, fmt.Errorf("%w: no run was started", ErrRun)
		}
		l.running = false
		end.At = l.now()
		return end.append(b, uint64(len(l.runs))), nil
	})
	return wait(c, err)
}

// Sync returns when everything queued so far is on disk.
func (l *Log) Sync() error {
	l.mu.Lock()
	if err := l.refusal(); err != nil {
		l.mu.Unlock()
		return err
	}
	c := l.flight
	if len(l.queue.buf) > 0 {
		c = l.queue
	}
	l.mu.Unlock()
	return wait(c, nil)
}

func wait(c *commit, err error) error {
	if err != nil || c == nil {
		return err
	}
	<-c.done
	return c.err
}

// Err is the failure that ended this Log, if any.
func (l *Log) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.failure
}

// Close writes what is queued, waits for it, and lets the file and its lock go. The checkpoint is left in order only if
// EndRun came before. A second Close does nothing.
func (l *Log) Close() error {
	l.mu.Lock()
	if l.closing {
		l.mu.Unlock()
		<-l.stopped
		return nil
	}
	l.closing = true
	l.work.Broadcast()
	l.room.Broadcast()
	l.mu.Unlock()
	<-l.stopped
	closed := l.file.Close()
	if err := l.Err(); err != nil {
		return err
	}
	if closed != nil {
		return fmt.Errorf("checkpoint %s can't be closed: %w", l.path, closed)
	}
	return nil
}

func (l *Log) refusal() error {
	if l.failure != nil {
		return l.failure
	}
	if l.closing {
		return fmt.Errorf("%w: %s", ErrClosed, l.path)
	}
	return nil
}

// add queues one record. payload appends it to the queue, under the lock, so that numbers rise in the file's order.
func (l *Log) add(typ recordType, payload func([]byte) ([]byte, error)) (*commit, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.refusal() == nil && len(l.queue.buf) >= maxQueued {
		l.room.Wait()
	}
	if err := l.refusal(); err != nil {
		return nil, err
	}
	c := l.queue
	at := len(c.buf)
	b, err := payload(openFrame(c.buf, typ))
	if err != nil {
		return nil, err
	}
	closeFrame(b[at:])
	err = l.apply(frame{off: c.off + int64(at), typ: typ, payload: b[at+frameHead:]})
	if err != nil {
		return nil, fmt.Errorf("checkpoint %s: %w", l.path, err)
	}
	c.buf, c.last = b, at
	l.track(typ, b[at+frameHead:])
	l.work.Signal()
	return c, nil
}

// payloadInMemory finds a frame that is queued or being written.
func (l *Log) payloadInMemory(off int64) []byte {
	for _, c := range [2]*commit{l.queue, l.flight} {
		if c == nil || off < c.off || off >= c.off+int64(len(c.buf)) {
			continue
		}
		b := c.buf[off-c.off:]
		return b[frameHead:frameLen(b)]
	}
	return nil
}

// write is the writing goroutine: it takes the queue, writes it, syncs it, and releases who waits for it.
func (l *Log) write() {
	defer close(l.stopped)
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		for len(l.queue.buf) == 0 && !l.closing {
			l.work.Wait()
		}
		if len(l.queue.buf) == 0 {
			return
		}
		c := l.next()
		l.mu.Unlock()
		err := l.save(c)
		l.mu.Lock()
		if err != nil {
			l.fail(c, err)
			return
		}
		l.flight, l.spare = nil, c.buf[:0]
		close(c.done)
	}
}

// next seals the queue and opens a new one.
func (l *Log) next() *commit {
	c := l.queue
	number := l.commit + 1
	for at := 0; at < len(c.buf); {
		b := c.buf[at:]
		b = b[:frameLen(b)]
		sealFrame(b, l.seed, c.off+int64(at), number, at == c.last)
		at += len(b)
	}
	l.commit, l.end = number, c.off+int64(len(c.buf))
	l.flight = c
	l.queue = &commit{off: l.end, buf: l.spare, done: make(chan struct{})}
	l.spare = nil
	l.room.Broadcast()
	return c
}

func (l *Log) save(c *commit) error {
	if _, err := l.file.WriteAt(c.buf, c.off); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrFailed, l.path, withHint(err))
	}
	if err := l.file.Sync(); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrFailed, l.path, withHint(err))
	}
	return nil
}

// fail ends all recording. What is queued stays visible to Lookup and is never written: after a failed sync nobody
// knows what is on disk, and a second one would only seem to succeed.
func (l *Log) fail(c *commit, err error) {
	// If the commit was a run's end, the file may look in order although its last page is not on disk. A byte behind it
	// makes the next Open copy the file. Where it can't be written, nothing is worse than before.
	_, _ = l.file.WriteAt([]byte{0}, c.off+int64(len(c.buf)))
	l.failure = err
	c.err, l.queue.err = err, err
	close(c.done)
	close(l.queue.done)
	l.room.Broadcast()
}
