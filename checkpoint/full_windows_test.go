package checkpoint

import "golang.org/x/sys/windows"

var diskFullForTest error = windows.ERROR_DISK_FULL
