package checkpoint

import (
	"iter"
	"time"
)

// Outcome says what became of a call that may have been charged.
type Outcome uint8

const (
	Answered  Outcome = iota // Answer holds what the service said
	Unclear                  // begun, and never answered: in doubt
	SentAgain                // in doubt, and given up for a newer call: see Resent
	Charged                  // found in the provider's usage log, its answer lost: see FoundBilled
	Erased                   // answered, and a purge took the answer: Answer holds what is left
)

// Call is one call that may have been charged.
type Call struct {
	Key     Key
	Attempt Attempt
	Number  int // what people call it, six digits: see CallNumber; 0: its begin is not there
	Begun   time.Time
	At      time.Time // of its answer, or of the finding; of an Unclear one, when it was begun
	Outcome Outcome
	Answer  Answer // if Answered or Erased
}

// Calls yields every call that was not certainly free, answered ones in the order of their answers, those that are in
// doubt last. It reads the file once more; an error ends it.
func (r *Reader) Calls() iter.Seq2[Call, error] {
	return func(yield func(Call, error) bool) {
		r.mu.Lock()
		end := r.end
		r.mu.Unlock()
		begun := map[Attempt]openAttempt{}
		for f, err := range r.frames(end) {
			if err != nil {
				yield(Call{}, err)
				return
			}
			c, ok := f.call(begun)
			if ok && !yield(c, nil) {
				return
			}
		}
		for d := range r.InDoubt() {
			if !yield(Call{Key: d.Key, Attempt: d.Attempt, Number: d.Number, Begun: d.Since, At: d.Since, Outcome: Unclear}, nil) {
				return
			}
		}
	}
}

// frames reads the file once more, up to end. The error, the last thing it yields, is for the caller as it is.
func (r *Reader) frames(end int64) iter.Seq2[frame, error] {
	return func(yield func(frame, error) bool) {
		w := &window{src: r.file, size: end}
		for off := r.body; off < end; {
			b, err := w.from(off, maxFrame)
			if err != nil {
				yield(frame{}, readFailed(r.path, err))
				return
			}
			f, ok := parseFrame(b, r.seed, off)
			if !ok {
				yield(frame{}, &CorruptError{r.path, off, "a record is no longer what it was"})
				return
			}
			off = f.end()
			if !yield(f, nil) {
				return
			}
		}
	}
}

// call is what a frame says of a call that is closed. begun holds the open ones.
func (f frame) call(begun map[Attempt]openAttempt) (c Call, ok bool) {
	switch f.typ {
	case recordBegin:
		if b, ok := parseBegin(f.payload); ok {
			begun[b.attempt] = openAttempt{b.attempt, b.at, b.nonce}
		}
		return c, false
	case recordSettle:
		s, ok := parseAnswer(f.payload)
		if !ok {
			return c, false
		}
		c = Call{Key: s.key, Attempt: s.attempt, At: fromNano(s.at), Outcome: Answered, Answer: s.answer}
		if s.erased {
			c.Outcome = Erased
		}
	case recordVoid:
		key, attempt, at, class, ok := parseVoid(f.payload)
		if !ok {
			return c, false
		}
		c = Call{Key: key, Attempt: attempt, At: fromNano(at), Outcome: SentAgain}
		if string(class) == FoundBilled {
			c.Outcome = Charged
		}
		if certainlyFree(string(class)) {
			delete(begun, attempt)
			return c, false
		}
	default:
		return c, false
	}
	if b, known := begun[c.Attempt]; known {
		c.Begun, c.Number = fromNano(b.at), CallNumber(b.nonce)
	}
	delete(begun, c.Attempt)
	return c, true
}
