package writer

import "os"

// disk is what the sibling asks of the system. Tests replace one call at a
// time to see what a failure of it does.
type disk struct {
	open    func(path string) (*os.File, error)
	write   func(f *os.File, p []byte) (int, error)
	sync    func(f *os.File) error
	close   func(f *os.File) error
	rename  func(from, to string) error
	syncDir func(dir string) error
}

var system = disk{
	open: func(path string) (*os.File, error) {
		return os.OpenFile(path, os.O_RDWR|os.O_CREATE|openFlags, 0o600)
	},
	write:   func(f *os.File, p []byte) (int, error) { return f.Write(p) },
	sync:    func(f *os.File) error { return f.Sync() },
	close:   func(f *os.File) error { return f.Close() },
	rename:  os.Rename,
	syncDir: syncDir,
}
