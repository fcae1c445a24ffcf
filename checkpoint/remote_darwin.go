package checkpoint

import (
	"strings"

	"golang.org/x/sys/unix"
)

var remoteTypes = []string{"smbfs", "nfs", "afpfs", "webdav", "osxfuse", "macfuse", "fuse", "cifs", "acfs", "9p", "virtiofs"}

func (f osFile) Remote() (string, error) {
	conn, err := f.SyscallConn()
	if err != nil {
		return "", err
	}
	var st unix.Statfs_t
	var failed error
	err = conn.Control(func(fd uintptr) { failed = unix.Fstatfs(int(fd), &st) })
	if err == nil {
		err = failed
	}
	name := strings.ToLower(unix.ByteSliceToString(st.Fstypename[:]))
	for _, remote := range remoteTypes {
		if strings.HasPrefix(name, remote) {
			return name, err
		}
	}
	return "", err
}
