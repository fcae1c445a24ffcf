package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"mobile3batch/checkpoint"
	"mobile3batch/pipeline"
	"mobile3batch/reader"
)

// paths are the files of one batch.
type paths struct{ input, output, checkpoint string }

// choosePaths fills in what was not given. The sandbox has names of its own, so
// that a rehearsal never stands where a real result is looked for.
func choosePaths(o options, format string) (paths, error) {
	p := o.runPaths(format)
	ext := strings.ToLower(filepath.Ext(p.output))
	if ext != ".csv" && ext != ".xlsx" {
		return p, usageError{fmt.Errorf("--output %s: the name must end in .csv or .xlsx", p.output)}
	}
	if ext != ".csv" && o.outputEncoding != "" {
		return p, usageError{fmt.Errorf("--output-encoding is for a .csv, and the sheet is %s: leave it out, or give --output NAME.csv", p.output)}
	}
	return p, p.distinct(o)
}

func (o options) runPaths(format string) paths {
	p := o.planPaths()
	if p.output == "" {
		ext := filepath.Ext(o.input)
		if lower := strings.ToLower(ext); lower != ".csv" && lower != ".xlsx" {
			ext = "." + format
		}
		p.output = strings.TrimSuffix(o.input, filepath.Ext(o.input)) + o.mark() + ".checked" + ext
	}
	return p
}

// checkPaths looks at the files of a run before INPUT is read. Its format may not be known
// yet: no output may clash with either of the names that the sheet may come to have.
func checkPaths(o options) error {
	for _, format := range []string{"csv", "xlsx"} {
		if err := o.runPaths(format).distinct(o); err != nil {
			return err
		}
	}
	return nil
}

// planPaths are those of plan, whose output is a report.
func (o options) planPaths() paths {
	p := paths{input: o.input, output: o.output, checkpoint: o.checkpoint}
	if p.checkpoint == "" {
		p.checkpoint = o.input + o.mark() + ".checkpoint"
	}
	return p
}

// mark stands in the names of a rehearsal's files.
func (o options) mark() string {
	if o.sandbox {
		return ".sandbox"
	}
	return ""
}

// distinct refuses a file in two roles: one would overwrite the other.
func (p paths) distinct(o options) error {
	roles := []role{
		{"INPUT", p.input, read}, {"--output", p.output, sheet}, {"--checkpoint", p.checkpoint, read},
		{"--key-file", o.keyFile, read}, {"--appcode-file", o.appCodeFile, read}, {"--app-secret-file", o.appSecretFile, read},
		{"--password-file", o.passwordFile, read},
		{"--summary-json", o.summaryJSON, numbers}, {"--metrics-file", o.metricsFile, numbers}, {"--changes", o.changes, sheet},
		{"the results as CSV", o.besideCSV, sheet}, {"the rows to correct", o.besideTodo, sheet},
	}
	if p.checkpoint != "" {
		roles = append(roles, role{"the checkpoint's copy", p.checkpoint + ".copy", read})
	}
	return checkOutputs(roles)
}

func sameFile(a, b string) bool {
	if fa, err := os.Stat(a); err == nil {
		if fb, err := os.Stat(b); err == nil {
			return os.SameFile(fa, fb)
		}
	}
	absA, errA := filepath.Abs(a)
	absB, errB := filepath.Abs(b)
	return errA == nil && errB == nil && absA == absB
}

// unused reports that nobody was ever begun in the checkpoint at path: it is not
// there, was cut short while it was made, or holds no call yet.
func unused(path string) bool {
	const largest = 8 << 10 // of a file without a call: header and a few run records
	info, err := os.Stat(path)
	if err != nil {
		return !exists(path)
	}
	if info.Size() > largest {
		return false
	}
	v, err := checkpoint.View(path, checkpoint.ViewOptions{AnyKey: true})
	if err != nil {
		return errors.Is(err, checkpoint.ErrMissing)
	}
	defer v.Close()
	return v.Counts().Begins == 0
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// earlier is what stands at OUTPUT before a run.
type earlier struct {
	there, ours, answers bool
}

// lookAtOutput says whether OUTPUT is a sheet of ours, which may be replaced,
// and whether it holds answers, which must have a checkpoint. answersToo: look
// for answers as well, which can mean reading all of it.
func lookAtOutput(path string, answersToo bool) (earlier, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return earlier{there: exists(path)}, nil
	case err != nil:
		return earlier{}, fmt.Errorf("look at OUTPUT: %w", err)
	case info.IsDir():
		return earlier{}, usageError{fmt.Errorf("--output %s is a folder", path)}
	}
	e := earlier{there: true}
	t, err := reader.Open(path, reader.Options{AnyColumns: true})
	if err != nil {
		return e, nil // unreadable is not ours
	}
	defer t.Close()
	at, ok := ownColumns(t.Header())
	e.ours = ok
	if !ok || !answersToo {
		return e, nil
	}
	for row, err := range t.Rows() {
		if err != nil || asked(row, at) { // what can't be read may hold answers
			e.answers = true
			return e, nil
		}
	}
	return e, nil
}

// asked reports whether a row of our own sheet was ever sent to the service:
// it has a source, or it is in doubt.
func asked(row reader.Row, at columns) bool {
	cell := func(column int) string { return row.Cells[at[column]].Text }
	doubt := cell(columnStatus)
	return cell(columnSource) != "" || doubt == statusWords[pipeline.InDoubt].zh || doubt == statusWords[pipeline.InDoubt].en
}
