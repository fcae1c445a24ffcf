package checkpoint

import "sync"

// near keeps a piece of the file in memory while answers are read back in the order of the file, as they are when a list
// is gone through again: one read then serves hundreds. What was appended never changes, so what was read stays true; a
// frame that is not whole in the piece, or was not when it was read, is left to who reads it alone.
type near struct {
	mu   sync.Mutex
	off  int64 // of piece[0]
	last int64 // what was wanted last
	// Frames that were handed out lie in it: it is replaced, never written over.
	piece []byte
}

const nearSize = 32 << 10

// frame finds the frame at off, reading the piece that begins there if the one wanted last lies closely before it. Without
// an error, ok says whether it was found; else it is to be read alone.
func (n *near) frame(r *Reader, off int64) (f frame, ok bool, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	onward := off > n.last && off-n.last < nearSize
	n.last = off
	if f, ok = n.find(r, off); ok || !onward {
		return f, ok, nil
	}
	b := make([]byte, nearSize)
	got, err := r.file.ReadAt(b, off)
	if err != nil && !isEOF(err) {
		return frame{}, false, readFailed(r.path, err)
	}
	n.off, n.piece = off, b[:got]
	f, ok = n.find(r, off)
	return f, ok, nil
}

func (n *near) find(r *Reader, off int64) (frame, bool) {
	if off < n.off || off >= n.off+int64(len(n.piece)) {
		return frame{}, false
	}
	return parseFrame(n.piece[off-n.off:], r.seed, off)
}
