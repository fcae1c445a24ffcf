package mobile3

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// fionread asks how many bytes can be read.
const fionread = 0x4004667f

// peek looks at what a socket has received and nobody has read, and takes nothing
// away. That the other side has closed it is not seen here.
func peek(raw syscall.RawConn) (waiting, ended bool) {
	var n, returned uint32
	var err error
	if raw.Control(func(fd uintptr) {
		err = windows.WSAIoctl(windows.Handle(fd), fionread, nil, 0, (*byte)(unsafe.Pointer(&n)), uint32(unsafe.Sizeof(n)), &returned, nil, 0)
	}) != nil {
		return false, true
	}
	return err == nil && n > 0, false
}
