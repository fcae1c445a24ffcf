package cli

import (
	"errors"

	"mobile3batch/checkpoint"
	"mobile3batch/mobile3"
	"mobile3batch/pipeline"
	"mobile3batch/reader"
)

const (
	exitOK          = 0
	exitInternal    = 1
	exitUsage       = 2
	exitRefused     = 3
	exitCredentials = 4
	exitQuota       = 5
	exitBudget      = 6
	exitGaps        = 7
	exitService     = 8
	exitLocked      = 9
	exitInterrupted = 130
)

const exitCodes = `Exit codes:
    0  every valid row is settled (rows with invalid data alone are no failure)
    1  internal or local disk failure; nothing that was paid is lost
    2  wrong usage, or a question that needs --yes
    3  input or checkpoint refused; nothing was spent
    4  credentials missing or refused
    5  quota used up, expired or in arrears; resumable
    6  own budget reached, valid rows stayed unasked; resumable
    7  finished with gaps: rows in doubt, unusable or rejected
    8  service unavailable; resumable
    9  the checkpoint is in use by another run
  130  interrupted; resumable
Resumable: run the same command again, nobody is paid for twice.`

// usageError is a mistake on the command line.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// silentExit is an end whose text has been printed already.
type silentExit int

func (silentExit) Error() string { return "" }

// refusedError is an input, output or checkpoint that is refused before
// anything is spent.
type refusedError struct{ error }

func (e refusedError) Unwrap() error { return e.error }

// spentError is a failure after calls were made: internal, whatever failed,
// since the codes of a refusal promise that nothing was spent.
type spentError struct{ error }

func (e spentError) Unwrap() error { return e.error }

// codeOf is the table from errors to exit codes.
func codeOf(err error) int {
	var (
		silent  silentExit
		spent   spentError
		usage   usageError
		refused refusedError
		input   *reader.Error
	)
	switch {
	case errors.As(err, &silent):
		return int(silent)
	case errors.As(err, &spent):
		return exitInternal
	case errors.As(err, &usage):
		return exitUsage
	case errors.Is(err, mobile3.ErrCredentials):
		return exitCredentials
	case errors.Is(err, checkpoint.ErrLocked):
		return exitLocked
	case errors.As(err, &refused), errors.As(err, &input), errors.Is(err, pipeline.ErrInputChanged):
		return exitRefused
	}
	for _, gate := range []error{
		checkpoint.ErrNotCheckpoint, checkpoint.ErrVersion, checkpoint.ErrService,
		checkpoint.ErrKey, checkpoint.ErrCorrupt, checkpoint.ErrMissing, checkpoint.ErrFilesystem,
	} {
		if errors.Is(err, gate) {
			return exitRefused
		}
	}
	return exitInternal
}

// codeFor is the table from what a run came to, to an exit code. The first
// that holds counts.
func codeFor(s pipeline.Summary) int {
	gaps := s.ByStatus[pipeline.Rejected] + s.ByStatus[pipeline.Unusable] + s.ByStatus[pipeline.InDoubt]
	for _, row := range []struct {
		holds bool
		code  int
	}{
		{s.Halt&pipeline.HaltInterrupted != 0, exitInterrupted},
		{s.Halt&pipeline.HaltCredentials != 0, exitCredentials},
		{s.Halt&pipeline.HaltQuota != 0, exitQuota},
		{s.Halt&pipeline.HaltParameters != 0, exitUsage},
		{s.Halt&pipeline.HaltService != 0, exitService},
		{s.Halt&(pipeline.HaltBudget|pipeline.HaltLimit) != 0, exitBudget},
		{gaps > 0, exitGaps},
	} {
		if row.holds {
			return row.code
		}
	}
	return exitOK
}
