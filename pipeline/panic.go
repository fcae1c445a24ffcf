package pipeline

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
)

// PanicError is a mistake in this program, caught where it can do no more than end the batch: the calls under way are
// still answered and recorded. It holds no value of a row.
type PanicError struct {
	What  string // the runtime's own words, or the type of what was thrown
	Where string // file:line
}

func (e *PanicError) Error() string {
	return fmt.Sprintf("internal error at %s: %s", e.Where, e.What)
}

// contain turns a panic into the batch's failure. It must be deferred itself.
func (r *run) contain(err *error) {
	if p := recover(); p != nil {
		*err = r.fail(thrown(p))
	}
}

// caught turns a panic into an error, where nobody asks. It must be deferred itself.
func caught(err *error) {
	if p := recover(); p != nil {
		*err = thrown(p)
	}
}

func thrown(p any) error {
	e := &PanicError{What: fmt.Sprintf("%T", p), Where: thrownAt()}
	if own, ok := p.(runtime.Error); ok {
		e.What = own.Error()
	}
	return e
}

// askContained: who was being asked stays in doubt, if the intent was on disk.
func (r *run) askContained(t task) (res Result, err error) {
	defer r.contain(&err)
	return r.ask(t)
}

func (r *run) append(res Result) (err error) {
	defer r.contain(&err)
	return r.Sink.Append(res)
}

// thrownAt is the innermost place in this program that is on the stack of a panic.
func thrownAt() string {
	pc := make([]uintptr, 64)
	frames := runtime.CallersFrames(pc[:runtime.Callers(5, pc)])
	for {
		f, more := frames.Next()
		if strings.HasPrefix(f.Function, "mobile3batch/") {
			return fmt.Sprintf("%s:%d", filepath.Base(f.File), f.Line)
		}
		if !more {
			return "an unknown place"
		}
	}
}
