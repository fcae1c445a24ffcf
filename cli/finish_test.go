package cli

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mobile3batch/checkpoint"
	"mobile3batch/pipeline"
	"mobile3batch/reader"
	"mobile3batch/writer"
)

// steps is a checkpoint and a sheet that write down what is asked of them.
type steps struct {
	done              []string
	syncErr, sheetErr error
	endErr            error
	end               checkpoint.RunEnd
}

func (s *steps) Sync() error {
	s.done = append(s.done, "sync")
	return s.syncErr
}

func (s *steps) EndRun(e checkpoint.RunEnd) error {
	s.done, s.end = append(s.done, "end"), e
	return s.endErr
}

func (s *steps) Commit(writer.Summary) (string, error) {
	s.done = append(s.done, "sheet")
	return map[bool]string{true: "out.csv"}[s.sheetErr == nil], s.sheetErr
}

// TestSheetFollowsTheCheckpoint: the sheet is a projection of what is on disk,
// so it appears after the last outcome is there, and not at all if it is not.
func TestSheetFollowsTheCheckpoint(t *testing.T) {
	dir := t.TempDir()
	input := filepath.Join(dir, "people.csv")
	if err := os.WriteFile(input, []byte("name,mobile,idCard\n张伟,15400001010,11010519491231002X\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	table, err := reader.Open(input, reader.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	out, err := os.Create(filepath.Join(dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	b := &batch{source: source{table: table, lang: en}, streams: Streams{Out: out}, talk: &talker{err: out}}
	paid := pipeline.Summary{Rows: 1, Calls: 1, Billed: 1, ByStatus: map[pipeline.Status]int64{pipeline.Match: 1}}
	disk := errors.New("the disk is gone")

	var s steps
	if err := b.finish(&s, &s, report{batch: b, Summary: paid}, nil); err != nil {
		t.Fatal(err)
	}
	is(t, "order", slices.Equal(s.done, []string{"sync", "sheet", "end"}), true)
	is(t, "recorded", s.end.OutputWritten, true)

	s = steps{syncErr: disk}
	err = b.finish(&s, &s, report{batch: b, Summary: paid}, nil)
	is(t, "exit code", codeOf(err), exitInternal)
	is(t, "no sheet without its checkpoint", slices.Contains(s.done, "sheet"), false)

	s = steps{sheetErr: disk}
	err = b.finish(&s, &s, report{batch: b, Summary: paid}, nil)
	is(t, "exit code", codeOf(err), exitInternal)
	is(t, "cause is kept", errors.Is(err, disk), true)
	is(t, "recorded", s.end.OutputWritten, false)

	// After a failure of the checkpoint nobody is told that all answers are kept.
	s = steps{syncErr: checkpoint.ErrFailed}
	err = b.finish(&s, &s, report{batch: b, Summary: paid}, nil)
	is(t, "not kept", strings.Contains(err.Error(), "are kept"), false)
	is(t, "in doubt", strings.Contains(err.Error(), "is in doubt") && strings.Contains(err.Error(), "resolve"), true)

	s = steps{endErr: checkpoint.ErrFailed} // which came after another failure
	err = b.finish(&s, &s, report{batch: b, Summary: paid}, disk)
	is(t, "both causes", errors.Is(err, disk) && errors.Is(err, checkpoint.ErrFailed), true)
	is(t, "not kept", strings.Contains(err.Error(), "are kept"), false)
	is(t, "exit code", codeOf(err), exitInternal)

	// An input that breaks in the second reading is no refusal: money was spent.
	s = steps{}
	err = b.finish(&s, &s, report{batch: b, Summary: paid}, &reader.Error{File: "people.csv", Problem: "changed"})
	is(t, "exit code", codeOf(err), exitInternal)
	is(t, "recorded", s.end.Why, "failed")
}
