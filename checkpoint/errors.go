package checkpoint

import (
	"errors"
	"fmt"
	"time"
)

// The refusals of Open and View, and the failures of a Log. Branch on them with errors.Is; the texts around them name
// the file and what to do.
var (
	ErrMissing       = errors.New("no checkpoint there")
	ErrNotCheckpoint = errors.New("not a checkpoint of this program")
	ErrVersion       = errors.New("checkpoint of another format version")
	ErrService       = errors.New("checkpoint of another service")
	ErrKey           = errors.New("wrong key for this checkpoint")
	ErrCorrupt       = errors.New("checkpoint is damaged")
	ErrLocked        = errors.New("in use by another process")
	ErrMoved         = errors.New("checkpoint was moved or copied")
	ErrFilesystem    = errors.New("file system without reliable locks")

	// ErrFailed: a write or a sync failed. It is final for this Log: every later call fails with it.
	ErrFailed = errors.New("checkpoint can't be written")
	// ErrFull: no room on the disk for another call. Nothing failed yet: what was begun can still be recorded.
	ErrFull = errors.New("no room on the disk")
	// ErrClosed: the Log was closed.
	ErrClosed = errors.New("checkpoint is closed")
	// ErrAttempt: a Settle or Void named an attempt that is not open for that person.
	ErrAttempt = errors.New("attempt is not open")
	// ErrRun: StartRun during a run, or EndRun outside one.
	ErrRun = errors.New("run records out of order")
	// ErrTooLong: a text is longer than MaxText bytes. Nothing was recorded.
	ErrTooLong = errors.New("text too long for the checkpoint")
	// ErrKeyFile: a key file can't be used as it is.
	ErrKeyFile = errors.New("key file refused")
)

// CorruptError says where a checkpoint stops making sense although later, complete commits follow, or although its
// checksum is right. It is ErrCorrupt.
type CorruptError struct {
	Path   string
	Offset int64 // of the first bad frame
	Reason string
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("checkpoint %s is damaged at byte %d (%s): save what is sound with mobile3batch verify %s --repair, which says how many calls are lost; a backup is better only if nobody was asked since it was made, for they would be paid for again; nothing was changed in it",
		e.Path, e.Offset, e.Reason, e.Path)
}

func (e *CorruptError) Unwrap() error { return ErrCorrupt }

// LockedError names the process that holds a checkpoint, as far as the file itself tells. It is ErrLocked.
type LockedError struct {
	Path  string
	Known bool // whether the three below are known
	PID   int
	Host  string
	Since time.Time
}

func (e *LockedError) Error() string {
	if !e.Known {
		return fmt.Sprintf("checkpoint %s is in use by another process: wait until it has ended", e.Path)
	}
	return fmt.Sprintf("checkpoint %s is in use by another process (pid %d on %s since %s): wait until it has ended",
		e.Path, e.PID, e.Host, e.Since.Format(time.RFC3339))
}

func (e *LockedError) Unwrap() error { return ErrLocked }
