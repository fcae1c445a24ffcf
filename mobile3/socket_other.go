//go:build !unix && !windows

package mobile3

import "syscall"

func peek(syscall.RawConn) (waiting, ended bool) { return false, false }
