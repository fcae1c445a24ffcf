package main

import (
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// noise is what else goes on with the disk while the program runs. Without any, nothing that the program has not synced
// would ever be half on disk: the kernel begins to write by itself only when the power has long been cut.
type noise uint8

const (
	quiet     noise = iota
	pagesOut        // the kernel writes dirty pages, without a flush
	neighbour       // somebody else syncs a file: the journal commits what the program has changed, its data or not
	noises
)

const neighbourName = ".neighbour"

// make makes the noise on the disk mounted at dir until stop is called. Its errors don't matter: the power may be off.
func (n noise) make(dir string) (stop func()) {
	var making sync.WaitGroup
	stopping := make(chan struct{})
	making.Go(func() {
		for {
			select {
			case <-stopping:
				return
			case <-time.After(500 * time.Microsecond):
			}
			switch n {
			case pagesOut:
				writePages(dir)
			case neighbour:
				syncNeighbour(filepath.Join(dir, neighbourName))
			}
		}
	})
	return func() { close(stopping); making.Wait() }
}

func writePages(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		fd, err := unix.Open(filepath.Join(dir, e.Name()), unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0)
		if err != nil {
			continue
		}
		_ = unix.SyncFileRange(fd, 0, 0, unix.SYNC_FILE_RANGE_WRITE)
		_ = unix.Close(fd)
	}
}

func syncNeighbour(path string) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return
	}
	_, _ = f.WriteString("!")
	_ = f.Sync()
	_ = f.Close()
}
