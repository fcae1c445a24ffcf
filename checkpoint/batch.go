package checkpoint

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// The batch of a run, and the number of its calls that purges have forgotten, are stored behind the caller's options in
// the options text of the run start. The layout of a record must not change: an older program would take the record for
// a torn write and lose everything behind it.

const (
	// trailerMark separates the trailer from the caller's options. The last one in the text counts.
	trailerMark  = "\x1f"
	batchWord    = "batch="
	forgotWord   = "forgotten="
	maxBatch     = 128
	forgotAtMost = math.MaxInt32
)

// checkBatch keeps a batch's name apart from what stands around it.
func checkBatch(id string) error {
	if len(id) > maxBatch {
		return fmt.Errorf("%w: batch has %d bytes, at most %d are kept", ErrTooLong, len(id), maxBatch)
	}
	if strings.ContainsFunc(id, func(c rune) bool { return c <= ' ' || c >= 0x7f }) {
		return errors.New("checkpoint: a batch is named in ASCII without spaces")
	}
	return nil
}

// optionsText is the options text as the file has it.
func (r Run) optionsText() string {
	var words []string
	if r.Batch != "" {
		words = append(words, batchWord+r.Batch)
	}
	if r.forgotten > 0 {
		words = append(words, forgotWord+strconv.Itoa(r.forgotten))
	}
	if _, _, _, found := cutTrailer(r.Options); len(words) == 0 && !found {
		return r.Options
	}
	// Options that look like they have a trailer get an empty one, so that they come back unchanged.
	return r.Options + trailerMark + strings.Join(words, " ")
}

// cutTrailer splits an options text. Anything that is not exactly a trailer belongs to the options.
func cutTrailer(text string) (options, batch string, forgotten int, found bool) {
	at := strings.LastIndex(text, trailerMark)
	if at < 0 {
		return text, "", 0, false
	}
	options, trailer := text[:at], text[at+len(trailerMark):]
	if trailer == "" {
		return options, "", 0, true
	}
	var number string
	if rest, ok := strings.CutPrefix(trailer, batchWord); ok {
		batch, number, _ = strings.Cut(rest, " ")
		if batch == "" || checkBatch(batch) != nil {
			return text, "", 0, false
		}
		if batch == rest {
			return options, batch, 0, true
		}
	} else {
		number = trailer
	}
	number, ok := strings.CutPrefix(number, forgotWord)
	n, err := strconv.Atoi(number)
	if !ok || err != nil || n <= 0 || n > forgotAtMost || strconv.Itoa(n) != number {
		return text, "", 0, false
	}
	return options, batch, n, true
}

// term is a stretch of attempts, beginning at from, and the run that was under way. Between the end of a run and the
// start of the next there is none.
type term struct {
	from Attempt
	run  int // in runs; -1: none
}

func (r *Reader) newTerm(run int) { r.terms = append(r.terms, term{r.attempts + 1, run}) }

// runOf is the run in which an attempt was begun, whichever run closes it; -1: none.
func (r *Reader) runOf(a Attempt) int {
	low, high := 0, len(r.terms) // the last term that begins at or before a
	for low < high {
		if mid := (low + high) / 2; r.terms[mid].from <= a {
			low = mid + 1
		} else {
			high = mid
		}
	}
	if low == 0 {
		return -1
	}
	return r.terms[low-1].run
}

// countOf adds to the calls of the batch in whose run an attempt was begun.
func (r *Reader) countOf(a Attempt, n int) {
	if run := r.runOf(a); run >= 0 && r.runs[run].Batch != "" {
		r.calls[r.runs[run].Batch] += n
	}
}

// CallsOf is how many calls begun by the runs of a batch may have been charged: answered, in doubt, sent again, or found
// billed. Calls that a purge has forgotten still count.
func (r *Reader) CallsOf(batch string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.calls[batch]
}
