package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// workdir is the folder that a rig works in, for itself alone as long as it is open.
type workdir struct {
	path string
	lock *os.File
}

// openWorkdir takes the folder of a fixed name under dir, and clears what a killed rig has left in it.
func openWorkdir(dir string) (*workdir, error) {
	path, err := filepath.Abs(filepath.Join(dir, "mobile3batch-powercut"))
	if err != nil {
		return nil, err
	}
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, err
	}
	w := &workdir{path, f}
	if err := w.take(); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), f.Close())
	}
	return w, nil
}

func (w *workdir) take() error {
	var st unix.Stat_t
	if err := unix.Fstat(int(w.lock.Fd()), &st); err != nil {
		return err
	}
	if int(st.Uid) != os.Geteuid() {
		return errors.New("is somebody else's; choose another -dir")
	}
	if err := unix.Flock(int(w.lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return fmt.Errorf("another rig is at work there, or can't be told: %w", err)
	}
	return w.clear()
}

func (w *workdir) clear() error {
	entries, err := os.ReadDir(w.path)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := os.RemoveAll(filepath.Join(w.path, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// close removes the folder. Nothing may be mounted in it any more.
func (w *workdir) close() error {
	return errors.Join(w.clear(), os.Remove(w.path), w.lock.Close())
}
