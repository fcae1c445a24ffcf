//go:build unix

package cli

import "golang.org/x/sys/unix"

// noCoreDump keeps what is in memory, people and the AppCode, from being written to
// a disk when the program crashes.
func noCoreDump() {
	_ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
	undumpable()
}
