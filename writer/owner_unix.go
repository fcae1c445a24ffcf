//go:build unix

package writer

import (
	"io/fs"
	"os"
	"syscall"
)

// trusted: the link is ours or root's.
func trusted(link fs.FileInfo) bool {
	st, ok := link.Sys().(*syscall.Stat_t)
	return !ok || int(st.Uid) == os.Geteuid() || st.Uid == 0
}

// foreign: the file under the sibling's name has another owner, who could read what is written to it, or a second name,
// under which it would be overwritten.
func foreign(f fs.FileInfo) bool {
	st, ok := f.Sys().(*syscall.Stat_t)
	return ok && (int(st.Uid) != os.Geteuid() || st.Nlink > 1)
}
