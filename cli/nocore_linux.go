package cli

import "golang.org/x/sys/unix"

// undumpable also keeps a crash handler from getting the memory through a pipe, which
// no limit of sizes ends, and other programs of the same user from reading it.
func undumpable() { _ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0) }
