package cli

import (
	"os"
	"os/signal"
	"syscall"
)

// brokenPipes is never read: it is enough that the signals go somewhere.
var brokenPipes = make(chan os.Signal, 1)

// outliveReaders is for a command that writes a checkpoint. One Ctrl-C also ends the
// tee or head behind a pipe; the next word that is written there would then kill this
// process, and the paid calls in flight would be in doubt. Writes fail instead: of
// warnings nobody misses one, and what can't be printed at the end is an error after
// everything is safe. It holds until the process ends, since even its last word can
// meet a broken pipe. Commands that only print keep the usual way of dying.
func outliveReaders() { signal.Notify(brokenPipes, syscall.SIGPIPE) }
