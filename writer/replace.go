package writer

import (
	"errors"
	"fmt"
	"io/fs"
	"time"
)

const (
	turn  = 5 * time.Second // how long another program's writing of the same file is waited for
	pause = 10 * time.Millisecond
)

// ReplaceFile puts content at path, whole or not at all, with this mode whatever the umask. Links at path stay: the file
// they lead to is replaced, in its own folder. The name, the lock and what a killed run leaves are those of a sheet.
//
// After an error the old file is as it was, with one exception: when the folder could not be synced, the new file is
// there, and may be gone after a power cut. *NotOrdinaryError: see Target.
func ReplaceFile(path string, content []byte, mode fs.FileMode, o Options) error {
	if o.Disk.Open == nil {
		o.Disk = System
	}
	at, err := Target(path)
	if err != nil {
		return err
	}
	s, err := inTurn(at, o)
	if err != nil {
		return err
	}
	defer s.remove()
	s.noSpare = true
	s.check = func() error {
		if again, err := Target(path); err != nil || again == at {
			return err
		}
		return fmt.Errorf("%s leads to another file now; run again", path)
	}
	if _, err := s.Write(content); err != nil {
		return fmt.Errorf("%s: write: %w", path, err)
	}
	if err := s.file.Chmod(mode); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return fmt.Errorf("%s: set its mode: %w", path, err)
	}
	_, err = s.publish()
	return err
}

// inTurn waits for a program that writes the same file: it takes moments, and both may.
func inTurn(path string, o Options) (*sibling, error) {
	for until := time.Now().Add(turn); ; time.Sleep(pause) {
		s, err := openSibling(path, o.Lock, o.Disk, false)
		if !errors.Is(err, ErrBusy) || time.Now().After(until) {
			return s, err
		}
	}
}
