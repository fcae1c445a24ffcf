package checkpoint

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
)

// copyPath is where a checkpoint's sound part is written before it takes the checkpoint's place. The name is fixed, so
// that crashes leave at most one behind.
func copyPath(path string) string { return path + ".copy" }

// checkCopy makes sure that nobody is at work on a copy: whoever makes one holds its lock until it has its final name.
func checkCopy(path string, system FileSystem) error {
	f, err := openCopy(path, system)
	if f == nil {
		return err
	}
	defer f.Close()
	if err := f.Lock(); errors.Is(err, ErrLocked) {
		return &LockedError{Path: path}
	} else if err != nil {
		return fmt.Errorf("checkpoint %s: %s can't be locked, move it away: %w", path, copyPath(path), err)
	}
	return nil
}

// openCopy opens what stands at the copy's path; nil if nothing does.
func openCopy(path string, system FileSystem) (File, error) {
	name := copyPath(path)
	if _, err := system.Identify(name); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	f, err := system.Open(name, ReadOnly)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("checkpoint %s: %s is in the way, move it away: %w", path, name, err)
	}
	return f, nil
}

// removeLeftover removes what a crash left of a copy, and nothing that someone else may have put there: a copy of ours
// has no header yet, or ends with a record that names its own inode.
//
// header is that of the checkpoint: a copy gets it last, and may have got a part of it.
func removeLeftover(path string, header []byte, system FileSystem) error {
	f, err := openCopy(path, system)
	if f == nil {
		return err
	}
	defer f.Close()
	if !leftover(copyPath(path), header, f) {
		return nil
	}
	if err := system.Remove(copyPath(path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("checkpoint %s: its left-over copy can't be removed: %w", path, err)
	}
	return nil
}

func leftover(name string, header []byte, f File) bool {
	start, size, err := beginning(name, f)
	if err != nil {
		return false
	}
	if torn(start, header) || (unborn(start) && size == int64(len(start))) {
		return true
	}
	if header == nil && headerAlone(start, size) {
		return true
	}
	r, err := view(name, f, ViewOptions{AnyKey: true, runsOnly: true})
	if err != nil {
		return false
	}
	own, err := f.Identity()
	return err == nil && r.clean && r.holder.busy && r.holder.inode == own.Inode
}

// torn tells whether no more than a part of the header stands at the start, and zeros where the rest of it belongs.
func torn(start, header []byte) bool {
	start = start[:min(len(start), len(header))]
	n := 0
	for n < len(start) && start[n] == header[n] {
		n++
	}
	return n < len(header) && len(bytes.Trim(start[n:], "\x00")) == 0
}

// headerAlone tells whether a copy holds no more than a header, or the beginning of one. Where the checkpoint itself has
// none yet, nothing was ever recorded.
func headerAlone(start []byte, size int64) bool {
	if size > int64(len(start)) {
		return false
	}
	begun := bytes.TrimRight(start, "\x00")
	if len(begun) <= frameHead || len(begun) > frameHead+int(le.Uint32(start)) {
		return false
	}
	text := begun[frameHead:min(len(begun), frameHead+len(magic))]
	return bytes.HasPrefix([]byte(magic), text)
}

// beget gives a file that has no header yet its first frame. One that was just made gets it in its place; of one with
// half a header nothing is kept, not even its mode.
func beget(path string, f File, size int64, o Options) (*Log, error) {
	h, err := newHeader(o)
	if err != nil {
		return nil, err
	}
	first := h.frame()
	if size > 0 {
		f, err = replace(path, f, o, func(c File) error {
			return writeWhole(c, first)
		})
		if err != nil {
			return nil, err
		}
	} else if err := writeWhole(f, first); err != nil {
		return nil, fmt.Errorf("checkpoint %s can't be made: %w", path, withHint(err))
	}
	here, err := f.Identity()
	if err != nil {
		return nil, readFailed(path, err)
	}
	r := newReader(path, f)
	r.header, r.seed, r.body, err = readHeader(path, first)
	r.end = r.body
	if err != nil {
		return nil, err
	}
	if r.secret, err = h.unlock(path, o.Secret); err != nil {
		return nil, err
	}
	return newLog(r, here, o), nil
}

func writeWhole(f File, b []byte) error {
	if _, err := f.WriteAt(b, 0); err != nil {
		return err
	}
	return f.Sync()
}

// renew replaces the file of r, whose newest pages can't be trusted to be on disk, by a synced copy of its sound part,
// and lets r go on with that. The copy ends with a record that names its own inode, so nobody takes it for a fork. Its
// header is written last: a copy that can be read is a whole one.
func renew(r *Reader, torn int64, o Options) (*Log, error) {
	var last []byte
	var here Identity
	f, err := replace(r.path, r.file, o, func(c File) error {
		var err error
		if here, err = c.Identity(); err != nil {
			return err
		}
		start := make([]byte, r.body)
		if _, err := r.file.ReadAt(start, 0); err != nil {
			return err
		}
		if err := copyBytes(c, r.file, r.body, r.end); err != nil {
			return err
		}
		record := copyRecord{at: toNano(o.Now()), host: o.Host, inode: here.Inode, pid: o.pid, cut: torn}
		last = record.append(openFrame(nil, recordCopy))
		closeFrame(last)
		sealFrame(last, r.seed, r.end, r.commit+2, true)
		if _, err := c.WriteAt(last, r.end); err != nil {
			return err
		}
		if err := c.Sync(); err != nil {
			return err
		}
		return writeWhole(c, start)
	})
	if err != nil {
		return nil, err
	}
	r.file = f
	record, ok := parseFrame(last, r.seed, r.end)
	if !ok || r.apply(record) != nil {
		f.Close()
		return nil, fmt.Errorf("checkpoint %s: its copy record can't be read back", r.path)
	}
	r.end, r.commit, r.whole = record.end(), record.commit, true
	return newLog(r, here, o), nil
}

// renewEnd writes the last commit once more, as it is, and syncs it. If its own sync failed, the system may have taken it
// for written all the same and would never write it: records behind it would then stand behind a hole.
func (r *Reader) renewEnd() error {
	if r.lastAt == 0 {
		return nil
	}
	b := make([]byte, r.end-r.lastAt)
	if n, err := r.file.ReadAt(b, r.lastAt); n < len(b) {
		return readFailed(r.path, err)
	}
	_, err := r.file.WriteAt(b, r.lastAt)
	if err == nil {
		err = r.file.Sync()
	}
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrFailed, r.path, withHint(err))
	}
	return nil
}

// replace puts a new file, written and synced by fill, in the place of old, which it closes. The new one is locked
// before anyone can see it under its name. When it fails, the file at path is as it was, old is open, and no copy is left if
// that can be helped.
func replace(path string, old File, o Options, fill func(File) error) (File, error) {
	name := copyPath(path)
	c, err := o.FS.Open(name, CreateNew)
	if errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("checkpoint %s must be written anew, but %s is in the way: move that away: %w",
			path, name, err)
	}
	if err != nil {
		return nil, fmt.Errorf("checkpoint %s must be written anew: %w", path, withHint(err))
	}
	err = c.Lock()
	if err == nil {
		err = fill(c)
	}
	if err != nil {
		err = fmt.Errorf("checkpoint %s can't be written anew; it is unharmed: %w", path, withHint(err))
		return nil, errors.Join(err, discard(c, name, o.FS))
	}
	if replaceNeedsClose {
		// From here to the rename the lock on the copy keeps others out: see claim.
		old.Close()
	}
	if err := o.FS.Rename(name, path); err != nil {
		err = fmt.Errorf("checkpoint %s can't be replaced by its copy; it is unharmed: %w", path, err)
		return nil, errors.Join(err, discard(c, name, o.FS))
	}
	if err := o.FS.SyncDir(folderOf(path)); err != nil {
		c.Close()
		return nil, fmt.Errorf("checkpoint %s: the folder can't be synced: %w", path, err)
	}
	old.Close()
	return c, nil
}

// discard removes a copy before its lock is let go.
func discard(c File, name string, system FileSystem) error {
	err := system.Remove(name)
	return errors.Join(err, c.Close())
}

func copyBytes(to, from File, off, end int64) error {
	b := make([]byte, min(windowSize, end-off))
	for off < end {
		part := b[:min(int64(len(b)), end-off)]
		if n, err := from.ReadAt(part, off); n < len(part) {
			return err
		}
		if _, err := to.WriteAt(part, off); err != nil {
			return err
		}
		off += int64(len(part))
	}
	return nil
}

// withHint says in words that a disk is full.
func withHint(err error) error {
	if !diskFull(err) {
		return err
	}
	return fmt.Errorf("the disk is full, make room on it: %w", err)
}
