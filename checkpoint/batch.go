package checkpoint

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// A run's batch, and how many of its calls purges have forgotten, ride behind the caller's options in the run start's
// options text: the layout of a record never changes, or an older program would cut the file off there.

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
	// An empty trailer keeps options that end like one as they are.
	return r.Options + trailerMark + strings.Join(words, " ")
}

// cutTrailer takes an options text apart. What is no trailer, to the letter, belongs to the options.
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

// term is the run from whose start on, by the number of the next attempt, calls are begun. No run is under way between
// the end of one and the start of the next.
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

// CallsOf is how many calls the runs of a batch have begun that were not certainly free: answered, in doubt, sent again,
// or found billed. What a purge has forgotten of them counts on. So many may have been charged.
func (r *Reader) CallsOf(batch string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.calls[batch]
}
