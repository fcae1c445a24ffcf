package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"mobile3batch/checkpoint"
	"mobile3batch/pipeline"
)

// openLedger opens the checkpoint, and makes it if it may.
func (b *batch) openLedger(wanted bool) (*checkpoint.Log, error) {
	if !wanted {
		return nil, nil
	}
	secret, err := b.secret()
	if err != nil {
		return nil, err
	}
	var question error
	log, err := checkpoint.Open(b.paths.checkpoint, checkpoint.Options{
		Service: b.service, Secret: secret, Create: true, FS: b.streams.disks.checkpoint, Now: b.streams.now,
		Confirm: func(m checkpoint.Moved) bool {
			question = b.talk.ask(b.lang, movedQuestion(b.paths.checkpoint, m))
			return question == nil
		},
	})
	if question != nil {
		return nil, question
	}
	return log, err
}

func movedQuestion(path string, m checkpoint.Moved) text {
	return text{
		fmt.Sprintf("%s 上次是作为另一个文件、或在另一台主机上使用的（当时 %s，现在 %s）。如果它是副本，而另一份仍在使用，就会重复付费。这是唯一的一份吗？", path, m.FromHost, m.ToHost),
		fmt.Sprintf("%s was last used as another file or on another host (then %s, now %s). If it is a copy and the other one is still in use, people are paid for twice. Is this the only one?",
			path, m.FromHost, m.ToHost),
	}
}

// stateOf is another one after each run, and never one that was before: a yes to what
// the checkpoint says is a yes to that state of it.
func stateOf(p past) string {
	if p == nil {
		return ""
	}
	return fmt.Sprintf("%d runs, %d", len(p.Runs()), p.NewestRecord().UnixNano())
}

// secret is the key file's, made if it is not there; nil: it lives in the
// checkpoint itself.
func (b *batch) secret() ([]byte, error) {
	if b.keyFile == "" {
		return nil, nil
	}
	if _, err := os.Stat(b.keyFile); errors.Is(err, fs.ErrNotExist) && !exists(b.paths.checkpoint) {
		secret, err := checkpoint.CreateKeyFile(b.keyFile)
		if err != nil {
			return nil, err
		}
		return secret, nil
	}
	secret, err := checkpoint.ReadKeyFile(b.keyFile)
	if err != nil {
		return nil, refusedError{err}
	}
	return secret, nil
}

// policy turns flags into what may be paid for again.
func (b *batch) policy(earlier past) (pipeline.Policy, error) {
	p := pipeline.Policy{Resend: b.resend, Limit: b.limit}
	if err := b.trustClock(earlier); err != nil || b.maxAge == 0 {
		return p, err
	}
	p.FreshSince = b.batchFrom.Add(-b.maxAge)
	return p, nil
}

// trustClock refuses a clock that stands before the newest record, where it counts:
// ages could not be told, and a day's cap would begin anew with every day that the
// clock is set back.
func (b *batch) trustClock(earlier past) error {
	if earlier == nil || b.maxAge == 0 && b.dailyMax < 0 {
		return nil
	}
	newest, now := earlier.NewestRecord(), b.streams.now()
	if !now.Add(time.Second).Before(newest) {
		return nil
	}
	why := "ages can't be told"
	if b.maxAge == 0 {
		why = "what was spent today can't be told; if it is right by now, cap this run with --max-cost instead of --daily-max-cost"
	}
	return refusedError{fmt.Errorf("the clock says %s, but %s holds a record of %s: set the clock, %s",
		now.Format(time.RFC3339), b.paths.checkpoint, newest.Format(time.RFC3339), why)}
}

// nobody is the checkpoint that is not there yet.
type nobody struct{}

func (nobody) Lookup(checkpoint.Key) (checkpoint.Entry, error)  { return checkpoint.Entry{}, nil }
func (nobody) OpenAttempts(checkpoint.Key) []checkpoint.Attempt { return nil }

func lookupIn(p past) pipeline.Lookup {
	if p == nil {
		return nobody{}
	}
	return p
}
