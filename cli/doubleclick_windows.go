package cli

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

// doubleClicked: nobody else is in this process's console, so no shell started it, and
// the window closes with it.
func doubleClicked() bool {
	list := windows.NewLazySystemDLL("kernel32.dll").NewProc("GetConsoleProcessList")
	if list.Find() != nil {
		return false
	}
	var ids [2]uint32
	n, _, _ := list.Call(uintptr(unsafe.Pointer(&ids[0])), uintptr(len(ids)))
	return n == 1
}
