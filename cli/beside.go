package cli

import (
	"errors"

	"mobile3batch/checkpoint"
	"mobile3batch/writer"
)

// beside are files that hold rows of the sheet once more: all of them as CSV, and
// those that need a person alone, to be corrected and given back.
type beside []besideSheet

type besideSheet struct {
	*writer.Sheet
	todo bool
}

func (b *batch) createBeside(l writer.Layout) (made beside, err error) {
	defer func() {
		if err != nil {
			made.discard()
		}
	}()
	l.TodoSheet, l.TodoHidden, l.SummarySheet = "", nil, ""
	for _, one := range []struct {
		path string
		todo bool
	}{{b.besideCSV, false}, {b.besideTodo, true}} {
		if one.path == "" {
			continue
		}
		sheet, err := writer.Create(one.path, l, writer.Options{Lock: checkpoint.TryLock, Disk: b.streams.disks.sheet})
		if err != nil {
			return made, err
		}
		made = append(made, besideSheet{sheet, one.todo})
	}
	return made, nil
}

func (s beside) append(r writer.Row) error {
	for _, one := range s {
		if one.todo && !r.Todo {
			continue
		}
		if err := one.Append(r); err != nil {
			return err
		}
	}
	return nil
}

func (s beside) commit() error {
	var failed []error
	for _, one := range s {
		_, err := one.Commit(writer.Summary{})
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}

func (s beside) discard() {
	for _, one := range s {
		one.Discard()
	}
}
