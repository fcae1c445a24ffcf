package checkpoint

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"reflect"
)

// Repair writes what is left of a damaged checkpoint to a new one at out, where nothing may be yet, and leaves the
// damaged file as it is. salvage.go has the rules. A sound checkpoint needs no repair: then nothing is written, and the
// report says so. Without its header, and with it the secret, a file can't be repaired: CorruptError.
//
// Service and Secret are checked if they are given; Create and Confirm count for nothing. While it works, the file is
// locked as by Open, so that no run is going on, with the same refusals.
func Repair(path, out string, o Options) (Report, error) {
	service := o.Service
	o.Service, o.Create = cmp.Or(service, "any"), false
	o, err := o.filled()
	if err != nil {
		return Report{}, err
	}
	f, err := take(path, o)
	if err != nil {
		return Report{}, err
	}
	defer f.Close()
	d, err := examine(path, f, false)
	if err != nil {
		return Report{}, err
	}
	rep, err := d.report()
	if err != nil || rep.Sound() {
		return rep, err
	}
	if rep.Headless {
		return rep, rep.Err()
	}
	if err := d.header.check(path, service); err != nil {
		return rep, err
	}
	if o.Secret != nil {
		if _, err := d.header.unlock(path, o.Secret); err != nil {
			return rep, err
		}
	}
	here, err := f.Identity()
	if err != nil {
		return rep, readFailed(path, err)
	}
	return rep, d.rebuild(out, rep, here, o)
}

// rebuild writes the new file. It gets its name when all of it is on disk, its header last, as a copy is made: a crash
// leaves at most OUT.copy, which the next Repair removes and nobody takes for a checkpoint.
func (d *damaged) rebuild(out string, rep Report, here Identity, o Options) error {
	if err := vacant(d.path, out, o.FS); err != nil {
		return err
	}
	if err := checkCopy(out, o.FS); err != nil {
		return err
	}
	if err := removeLeftover(out, d.header.frame(), o.FS); err != nil {
		return err
	}
	name := copyPath(out)
	c, err := o.FS.Open(name, CreateNew)
	if err != nil {
		return fmt.Errorf("the repaired checkpoint can't be made: %w", withHint(err))
	}
	err = c.Lock()
	if err == nil {
		err = d.fill(c, rep, here, o)
	}
	if err == nil {
		err = vacant(d.path, out, o.FS)
	}
	if err == nil {
		err = o.FS.Rename(name, out)
	}
	if err != nil {
		err = fmt.Errorf("the repaired checkpoint %s can't be written; %s is unharmed: %w", out, d.path, withHint(err))
		return errors.Join(err, discard(c, name, o.FS))
	}
	err = o.FS.SyncDir(folderOf(out))
	if err := errors.Join(err, c.Close()); err != nil {
		return fmt.Errorf("the repaired checkpoint %s: the folder can't be synced: %w", out, err)
	}
	return nil
}

// vacant makes sure that nothing stands at out.
func vacant(path, out string, system FileSystem) error {
	if _, err := system.Identify(out); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is there already, and a repair replaces nothing: %w", out, fs.ErrExist)
	}
	if out == copyPath(path) {
		return fmt.Errorf("%s has a meaning of its own, name another file: %w", out, fs.ErrExist)
	}
	return nil
}

// fill writes all of the new file and makes sure that it says what it should.
func (d *damaged) fill(c File, rep Report, here Identity, o Options) error {
	head := d.header.frame()
	if int64(len(head)) != d.body || le.Uint32(head[4:]) != d.seed {
		return malformed("the header can't be made again")
	}
	to := &spool{file: c, off: d.body}
	w := newRewriter(d.path, d.header, d.seed, d.body, to)
	// First of all, so that no later damage to the file's end takes it along.
	lost := repairRecord{at: toNano(o.Now()), calls: uint64(rep.Missing.Lost()), bytes: uint64(rep.Missing.Bytes), host: o.Host}
	if err := w.add(recordRepair, lost.append(nil)); err != nil {
		return err
	}
	if err := w.finish(); err != nil {
		return err
	}
	s := newSalvage(w, d.orphans)
	if err := d.replay(s, func(frame) {}); err != nil {
		return err
	}
	// The new file is where the old one was last used. Else no record says so, and Open asks as it would have asked about
	// the old one.
	if h := w.holder; !h.known || h.host == o.Host && h.inode == here.Inode {
		own, err := c.Identity()
		if err != nil {
			return err
		}
		record := copyRecord{at: toNano(o.Now()), host: o.Host, inode: own.Inode, pid: o.pid}
		if _, err := s.addCopy(record.append(nil)); err != nil {
			return err
		}
	}
	if err := to.flush(); err != nil {
		return err
	}
	if err := c.Sync(); err != nil {
		return err
	}
	if err := d.reread(c, w, rep); err != nil {
		return err
	}
	return writeWhole(c, head)
}

// reread makes sure that the new file, as it is but for its header, is sound and says what was meant.
func (d *damaged) reread(c File, w *rewriter, rep Report) error {
	r := newReader(d.path, c)
	r.header, r.seed, r.body, r.end = d.header, d.seed, d.body, d.body
	torn, err := r.load(w.end, false)
	if err != nil {
		return err
	}
	if torn > 0 || r.end != w.end || !reflect.DeepEqual(r.Counts(), rep.Counts) || len(r.runs) != len(rep.Runs) ||
		r.Lost() != rep.Lost+rep.Missing.Lost() {
		return malformed("what was written says something else than what was read")
	}
	return nil
}
