package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"golang.org/x/sys/unix"
)

const diskSize = 64 << 20

// rig is a computer whose disk is an image.
type rig struct {
	shelf *shelf
	mnt   string // where the ext4 is mounted while the power is on
}

// newRig works in dir, which must be empty. It must be closed.
func newRig(dir string) (*rig, error) {
	r := &rig{mnt: filepath.Join(dir, "mnt")}
	shelf := filepath.Join(dir, "shelf")
	for _, d := range []string{r.mnt, shelf} {
		if err := os.Mkdir(d, 0o700); err != nil {
			return nil, err
		}
	}
	var err error
	if r.shelf, err = newShelf(shelf); err != nil {
		return nil, err
	}
	if err := r.prove(dir); err != nil {
		return nil, errors.Join(err, r.close())
	}
	return r, nil
}

func (r *rig) close() error { return r.shelf.close() }

// Mount options of the ext4, beyond its defaults.
const (
	merciful = ""                // it writes what was not synced before a rename over another file, and more of the kind
	strict   = "noauto_da_alloc" // it does not
)

// with mounts the image, has do use it, and takes it away again, whether or not the power is still on. A disk that can't
// be mounted is an error of its own: no program can be blamed for it.
func (r *rig) with(m *image, options string, do func(mnt string) error) (err error) {
	path := r.shelf.put(m)
	defer r.shelf.take(path)
	device, fd, err := attach(path)
	if err != nil {
		return err
	}
	err = checkCache(device)
	if err == nil {
		err = os.NewSyscallError("mount "+device, unix.Mount(device, r.mnt, "ext4", unix.MS_NOSUID|unix.MS_NODEV, options))
	}
	unix.Close(fd) // from here on the mount alone keeps the device
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unmount(r.mnt)) }()
	return do(r.mnt)
}

// format makes a disk with an ext4 that fill has filled and that was unmounted in order.
func (r *rig) format(dir string, fill func(mnt string) error) ([]byte, error) {
	path := filepath.Join(dir, "blank.img")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	defer os.Remove(path)
	if err := errors.Join(f.Truncate(diskSize), f.Close()); err != nil {
		return nil, err
	}
	// What is laid out lazily by default would be written behind the program's back for minutes.
	out, err := exec.Command("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0,nodiscard", path).CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("mkfs.ext4: %w\n%s", err, out)
	}
	blank, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	m := newImage(blank)
	if err := r.with(m, merciful, fill); err != nil {
		return nil, err
	}
	m.cut()
	m, _ = m.survivor(fate{sector: 4096, keep: func(int, int) bool { return true }})
	return m.disk, nil
}

// prove makes sure that this rig loses what was not synced and keeps what was: a rig that does neither proves nothing.
func (r *rig) prove(dir string) error {
	disk, err := r.format(dir, func(string) error { return nil })
	if err != nil {
		return err
	}
	m := newImage(disk)
	synced, unsynced := bytes.Repeat([]byte("s"), 5000), bytes.Repeat([]byte("u"), 5000)
	err = r.with(m, merciful, func(mnt string) error {
		if err := writeFile(filepath.Join(mnt, "synced"), synced, true); err != nil {
			return err
		}
		if err := writeFile(filepath.Join(mnt, "unsynced"), unsynced, false); err != nil {
			return err
		}
		m.cut()
		if err := writeFile(filepath.Join(mnt, "late"), synced, true); err == nil {
			return errors.New("the rig is no good: a sync succeeded without power")
		}
		return nil
	})
	if err != nil {
		return err
	}
	m, _ = m.survivor(fate{sector: 512, keep: func(int, int) bool { return false }})
	return r.with(m, merciful, func(mnt string) error {
		if b, err := os.ReadFile(filepath.Join(mnt, "synced")); err != nil || !bytes.Equal(b, synced) {
			return fmt.Errorf("the rig is no good: a synced file was lost (%d bytes are left, %w)", len(b), err)
		}
		if b, err := os.ReadFile(filepath.Join(mnt, "unsynced")); err == nil && bytes.Equal(b, unsynced) {
			return errors.New("the rig is no good: it keeps what was not synced")
		}
		return nil
	})
}

// writeFile makes a file and syncs it, its name included, if it should last.
func writeFile(path string, b []byte, lasting bool) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil && lasting {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
