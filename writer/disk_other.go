//go:build !unix

package writer

import "os"

const openFlags = 0

// syncDir does nothing: a folder can't be synced here.
func syncDir(string) error { return nil }

// holdLock does nothing: an open file can't be renamed here, so another run
// that opens the sibling after Close only makes the rename fail.
func holdLock(*os.File) (release func()) { return func() {} }
