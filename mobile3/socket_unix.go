//go:build unix

package mobile3

import "syscall"

// peek looks at what a socket has received and nobody has read, and takes nothing
// away. ended: the other side has closed it, and nothing is left to read.
func peek(raw syscall.RawConn) (waiting, ended bool) {
	var b [1]byte
	var n int
	var err error
	if raw.Control(func(fd uintptr) { n, _, err = syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT) }) != nil {
		return false, true // closed here
	}
	switch err {
	case nil:
		return n > 0, n == 0
	case syscall.EAGAIN, syscall.EINTR:
		return false, false
	}
	return false, true
}
