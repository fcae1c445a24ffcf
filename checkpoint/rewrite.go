package checkpoint

// rewriter appends records to a new file, commit by commit, and knows what the file says by then.
type rewriter struct {
	*Reader
	to   *spool // nil: nothing is written
	buf  []byte // frames of the running commit
	last int    // where in buf the last one starts
}

// newRewriter begins behind a header of which it must know no more than its seed and its end.
func newRewriter(path string, h header, seed uint32, body int64, to *spool) *rewriter {
	r := newReader(path, nil)
	r.header, r.seed, r.body, r.end = h, seed, body, body
	return &rewriter{Reader: r, to: to}
}

// add puts a record into the running commit. One that makes no sense is left out, and the error says why.
func (w *rewriter) add(typ recordType, payload []byte) error {
	at := len(w.buf)
	w.buf = append(openFrame(w.buf, typ), payload...)
	closeFrame(w.buf[at:])
	if err := w.apply(frame{off: w.end + int64(at), typ: typ, payload: payload}); err != nil {
		w.buf = w.buf[:at]
		return err
	}
	w.last = at
	return nil
}

// finish ends the running commit, if there is one.
func (w *rewriter) finish() error {
	if len(w.buf) == 0 {
		return nil
	}
	return w.finishAs(w.commit + 1)
}

func (w *rewriter) finishAs(number uint64) error {
	for at := 0; at < len(w.buf); {
		b := w.buf[at : at+frameLen(w.buf[at:])]
		sealFrame(b, w.seed, w.end+int64(at), number, at == w.last)
		at += len(b)
	}
	if w.to != nil {
		if err := w.to.write(w.buf); err != nil {
			return err
		}
	}
	w.end += int64(len(w.buf))
	w.commit, w.buf = number, w.buf[:0]
	return nil
}

// spool writes a file from an offset on, a lot at a time.
type spool struct {
	file File
	off  int64
	buf  []byte
}

func (s *spool) write(b []byte) error {
	s.buf = append(s.buf, b...)
	if len(s.buf) < windowSize {
		return nil
	}
	return s.flush()
}

func (s *spool) flush() error {
	if _, err := s.file.WriteAt(s.buf, s.off); err != nil {
		return err
	}
	s.off += int64(len(s.buf))
	s.buf = s.buf[:0]
	return nil
}
