package checkpoint

import (
	"errors"
	"fmt"
	"io"
)

func isEOF(err error) bool { return errors.Is(err, io.EOF) }

func readFailed(path string, err error) error {
	return fmt.Errorf("checkpoint %s can't be read: %w", path, err)
}

// follows tells whether a valid frame may stand where it stands: in the running commit, or first in the next one.
// A copy record is alone in its commit, which is the only one that leaves a number out and may follow an unfinished one.
func (r *Reader) follows(f frame) bool {
	if f.typ == recordCopy {
		return f.last && f.commit == r.commit+2
	}
	return f.typ != recordHeader && f.commit == r.running()
}

// running is the commit that a frame at r.end belongs to.
func (r *Reader) running() uint64 {
	if r.whole {
		return r.commit + 1
	}
	return r.commit
}

// load reads the header and all records. It returns how many bytes behind the last good frame are a torn tail.
// While someone else may be writing (live), a frame that was bad is looked at again before it counts as damage.
func (r *Reader) load(size int64, live bool) (torn int64, err error) {
	w := &window{src: r.file, size: size}
	for {
		b, err := w.from(r.end, maxFrame)
		if err != nil {
			return 0, readFailed(r.path, err)
		}
		f, ok := parseFrame(b, r.seed, r.end)
		if ok && r.follows(f) {
			if err := r.apply(f); err != nil {
				return 0, &CorruptError{r.path, f.off, err.Error()}
			}
			if f.commit != r.commit {
				r.lastAt = f.off
			}
			r.end, r.commit, r.whole = f.end(), f.commit, f.last
			continue
		}
		if r.end == w.size {
			return 0, nil
		}
		err = r.judge(w)
		if err == nil {
			return w.size - r.end, nil
		}
		if !live || !errors.Is(err, ErrCorrupt) || !r.repaired(w) {
			return 0, err
		}
	}
}

// repaired tells whether the frame at r.end, bad a moment ago, is good by now.
func (r *Reader) repaired(w *window) bool {
	size, err := r.file.Size()
	if err != nil {
		return false
	}
	w.forget(size)
	b, err := w.from(r.end, maxFrame)
	if err != nil {
		return false
	}
	f, ok := parseFrame(b, r.seed, r.end)
	return ok && r.follows(f)
}

// judge decides what the bytes from r.end on are, the first of which start no frame that may stand there. They are a
// torn tail (nil) if nothing but frames of the running commit can be made out behind them, at whatever offset, and they
// are no more than one commit: that commit was then never acknowledged. Any other valid frame, and every byte more,
// proves that something acknowledged is damaged.
func (r *Reader) judge(w *window) error {
	for off := r.end; off+frameHead <= w.size; {
		b, err := w.from(off, maxFrame)
		if err != nil {
			return readFailed(r.path, err)
		}
		// Every frame that starts in the first part of b lies wholly in b, or runs past the end of the file.
		n := len(b) - maxFrame
		if off+int64(len(b)) >= w.size {
			n = len(b) - frameHead
		}
		if n < 0 {
			break
		}
		for i := 0; i <= n; i++ {
			f, ok := parseFrame(b[i:], r.seed, off+int64(i))
			if ok && f.commit != r.running() {
				return &CorruptError{r.path, r.end, fmt.Sprintf("a sound record stands behind it at byte %d", f.off)}
			}
			// So does a later one that stands where it does not belong: bytes were taken out or put in.
			if f, ok := astray(b[i:], r.seed, off+int64(i)); ok && f.off >= r.end && f.commit > r.running() {
				return &CorruptError{r.path, r.end, fmt.Sprintf("a sound record stands behind it at byte %d, %d bytes from its place",
					off+int64(i), max(f.off-off-int64(i), off+int64(i)-f.off))}
			}
		}
		off += int64(n) + 1
	}
	start := r.end // of the running commit
	if !r.whole {
		start = r.lastAt
	}
	if reason, tooLong := tooLongTail(w.size - start); tooLong {
		return &CorruptError{r.path, r.end, reason}
	}
	return nil
}

// tooLongTail tells whether so many bytes from the start of the unfinished commit to the end of the file are more than
// the one commit that a crash can tear.
func tooLongTail(n int64) (reason string, tooLong bool) {
	if n <= mostTail {
		return "", false
	}
	return fmt.Sprintf("its unfinished end is %d bytes long, and a crash leaves at most %d: what was recorded there is lost", n, mostTail), true
}
