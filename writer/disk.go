package writer

import "os"

// Disk is every call by which a sheet gets to the disk. System holds the real ones; tests replace one at a time to see
// what a failure of it does. The scratch folder of a workbook is not among them: nothing is lost with it.
type Disk struct {
	Open     func(path string) (*os.File, error) // read and write, made if need be, mode 0600, links not followed
	Truncate func(f *os.File) error              // to nothing
	Write    func(f *os.File, p []byte) (int, error)
	Sync     func(f *os.File) error
	Close    func(f *os.File) error
	Rename   func(from, to string) error
	Remove   func(path string) error
	SyncDir  func(dir string) error
}

// System is the real disk.
var System = Disk{
	Open: func(path string) (*os.File, error) {
		return os.OpenFile(path, os.O_RDWR|os.O_CREATE|openFlags, 0o600)
	},
	Truncate: func(f *os.File) error { return f.Truncate(0) },
	Write:    func(f *os.File, p []byte) (int, error) { return f.Write(p) },
	Sync:     func(f *os.File) error { return f.Sync() },
	Close:    func(f *os.File) error { return f.Close() },
	Rename:   os.Rename,
	Remove:   os.Remove,
	SyncDir:  syncDir,
}
