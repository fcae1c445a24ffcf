package cli

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync/atomic"

	"golang.org/x/term"
)

// talker is the one voice of a run: messages for people, or for machines.
type talker struct {
	in          *os.File
	err         io.Writer
	terminal    bool // a person sees err
	asks        bool // a person can answer
	yes         bool
	quiet       bool
	log         *slog.Logger    // nil: plain text
	interrupted <-chan struct{} // closed by Ctrl-C; nil: never
	midLine     atomic.Bool     // a progress bar stands on the present line

	put func(question text) error // answers instead of a terminal; nil: nobody does
}

func newTalker(s Streams, o options) *talker {
	t := &talker{
		in: s.In, err: s.Err, yes: o.yes, quiet: o.quiet,
		terminal: isTerminal(s.Err) && os.Getenv("TERM") != "dumb", // which can't draw a line anew
		asks:     isTerminal(s.In) && isTerminal(s.Err),
	}
	if o.jsonLog {
		level := slog.LevelInfo
		if o.quiet {
			level = slog.LevelWarn
		}
		t.log = slog.New(slog.NewJSONHandler(s.Err, &slog.HandlerOptions{Level: level}))
		t.terminal = false
	}
	return t
}

// columns is how wide the terminal is at this moment.
func (t *talker) columns() int {
	if f, ok := t.err.(*os.File); ok {
		if n, _, err := term.GetSize(int(f.Fd())); err == nil && n > 0 {
			return n
		}
	}
	return 80
}

func isTerminal(f *os.File) bool { return f != nil && term.IsTerminal(int(f.Fd())) }

// say prints a message. Facts are for the JSON log: never a person's data.
func (t *talker) say(msg string, facts ...any) {
	switch {
	case t.quiet:
	case t.log != nil:
		t.log.Info(msg, facts...)
	default:
		fmt.Fprintln(t.err, msg)
	}
}

// warn is heard even when quiet.
func (t *talker) warn(msg string, facts ...any) {
	if t.log != nil {
		t.log.Warn(msg, facts...)
		return
	}
	if t.midLine.Load() {
		fmt.Fprintln(t.err)
	}
	fmt.Fprintln(t.err, msg)
}

// ask puts a question that needs a yes. Without a terminal nothing is asked:
// the run ends and says how to answer beforehand.
func (t *talker) ask(l lang, q text) error {
	if t.put != nil {
		return t.put(q)
	}
	question := l.of(q)
	if t.yes {
		t.say(question + " --yes")
		return nil
	}
	if !t.asks {
		return usageError{fmt.Errorf("%s\nThere is no terminal to ask on: repeat the command with --yes to agree", question)}
	}
	fmt.Fprintf(t.err, "%s [y/N] ", question)
	answer := make(chan string, 1)
	go func() { // ends with the process: nothing can stop a read from a terminal
		line, _ := bufio.NewReader(t.in).ReadString('\n')
		answer <- line
	}()
	var line string
	select {
	case line = <-answer:
	case <-t.interrupted:
		return silentExit(exitInterrupted)
	}
	switch strings.ToLower(strings.TrimSpace(line)) {
	case "y", "yes", "是", "好":
		return nil
	}
	return usageError{fmt.Errorf("not agreed; nothing was done")}
}
