package checkpoint

import (
	"errors"
	"fmt"
	"syscall"
)

const (
	// outcomeRoom is more than an ordinary answer takes, with its frame.
	outcomeRoom = 1 << 10
	// endRoom is for a run's end and what else a stop writes.
	endRoom = 8 << 10
	// roomAhead is set aside at once, so that a call costs no operation of its own.
	roomAhead = 256 << 10
)

// FullError: no room can be set aside on the disk, or the file may not grow, for one more call and its answer. It is ErrFull: the call was not
// begun, and there is room for the answers of those that were.
type FullError struct {
	Path  string
	Bytes int64 // that were asked for
	Err   error
}

func (e *FullError) Error() string {
	why, mend := "the disk is full", "make room"
	if tooLarge(e.Err) {
		why, mend = "the limit on file sizes is reached", "raise it (ulimit -f)"
	}
	return fmt.Sprintf("%s: %s: no room for %d bytes more, so no further call was begun; the answers under way are kept; %s",
		e.Path, why, e.Bytes, mend)
}

// tooLarge: the system lets no file of this process grow so far.
func tooLarge(err error) bool { return errors.Is(err, syscall.EFBIG) }

func (e *FullError) Unwrap() []error { return []error{ErrFull, e.Err} }

// reserve makes sure, before a call is begun, that its answer will find room on the disk, and those of all others that
// were begun through this Log and have none yet. A disk that gets full then costs no answer that was paid for. It is
// called with the lock held.
func (l *Log) reserve() error {
	need := l.queue.off + int64(len(l.queue.buf)) + beginFrame + int64(l.flying+1)*outcomeRoom + endRoom
	if need <= l.reserved {
		return nil
	}
	from := max(l.reserved, l.end)
	err := l.file.Reserve(from, need+roomAhead-from)
	if err == nil {
		l.reserved = need + roomAhead
		return nil
	}
	if err := l.file.Reserve(from, need-from); err != nil {
		if diskFull(err) || tooLarge(err) {
			return &FullError{l.path, need - from, err}
		}
		return fmt.Errorf("checkpoint %s: no room can be set aside: %w", l.path, err)
	}
	l.reserved = need
	return nil
}

// track counts the calls begun through this Log whose answer will still need room.
func (l *Log) track(typ recordType, payload []byte) {
	switch typ {
	case recordBegin:
		l.flying++
	case recordSettle, recordVoid:
		if Attempt(le.Uint64(payload[16:])) > l.liveAfter { // else an earlier run began it
			l.flying--
		}
	}
}
