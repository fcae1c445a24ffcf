//go:build unix

package checkpoint

import "syscall"

var diskFullForTest error = syscall.ENOSPC
