package cli

import "mobile3batch/checkpoint"

// inHand is a checkpoint that a command works on by itself, without an input.
type inHand struct {
	path, keyFile string
	talk          *talker
	streams       Streams
}

// open opens the checkpoint as its own service sees it: nothing is asked of that service here.
func (h inHand) open(do func(checkpoint.Options) error) error {
	outliveReaders()
	o := checkpoint.Options{FS: h.streams.disks.checkpoint, Now: h.streams.now}
	if h.keyFile != "" {
		var err error
		if o.Secret, err = checkpoint.ReadKeyFile(h.keyFile); err != nil {
			return refusedError{err}
		}
	}
	view, err := checkpoint.View(h.path, checkpoint.ViewOptions{AnyKey: true})
	if err != nil {
		return err
	}
	o.Service = view.Service()
	if err := view.Close(); err != nil {
		return err
	}
	var question error
	o.Confirm = func(m checkpoint.Moved) bool {
		q := movedQuestion(h.path, m) // which language is wanted is not known here
		question = h.talk.ask(zh, text{q.zh + "\n" + q.en, q.en})
		return question == nil
	}
	if err := do(o); question == nil {
		return err
	}
	return question
}
