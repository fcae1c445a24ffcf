//go:build unix

package cli

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"

	"mobile3batch/checkpoint"
	"mobile3batch/writer"
)

// shadowDisk is one folder of real files, which are what programs see, and beside it a model of what is certainly on the
// disk: of each file the bytes at its last sync, of the folder its names at its last sync. The real files are never
// synced. Every operation under the checkpoint and under the sheet is counted and may fail. A sync that fails leaves what
// it should have written in memory alone, and calls it written: so do real systems.
type shadowDisk struct {
	dir     string
	fault   fault
	onStep  func() // called by every operation
	onFault func() // called once, by the first operation that fails, before anything else happens
	slow    func() // returns after the time that a checkpoint's sync takes; nil: none
	lies    lies   // what is reported as synced and is not

	mu      sync.Mutex
	count   int        // of the operations that the fault is about
	failed  *operation // the first one that was made to fail
	dark    bool       // the power is off
	sins    []string   // what no program may do
	nextID  uint64
	files   map[checkpoint.Identity]*shadowFile // by what the real one is
	names   map[string]*shadowFile
	synced  map[string]*shadowFile // names as they are on the disk
	journal []change               // of names, since they were synced
}

// shadowFile is one inode. Its id lasts through power cuts, as an inode's number does.
type shadowFile struct {
	id         uint64
	real       *os.File // held open, so that the real number is not given to another file
	synced     []byte
	dirty      map[int64]bool // pages that the next sync writes
	emptied    bool           // since the last sync
	syncFailed bool
}

const (
	sector = 512  // is on the disk whole or not at all
	page   = 4096 // is what memory holds of a file, and what is dirty or clean
)

// change is one of the folder's names. file nil: the name was removed.
type change struct {
	name, from string // from: the name that goes with a rename
	file       *shadowFile
}

type operation struct{ role, name string }

func (o operation) String() string { return o.role + " " + o.name }

// share is how much of something happens.
type share uint8

const (
	none share = iota
	half
	whole
	hollow // of a file: its length, and zeros
)

// fault is what happens from the at-th operation on, counted from 1; 0: nothing does.
type fault struct {
	only    string // count and harm none but these, such as "sheet" or "checkpoint sync"; "": all
	at      int
	forever bool // it and all later ones, else it alone
	short   bool // a write gets half of its bytes into the file before it fails
	power   bool // the power goes while it is under way: nothing after it happens
	err     error
}

type lies struct{ files, folder bool }

var errPower = fmt.Errorf("the power is off: %w", syscall.EIO)

func newShadowDisk(dir string) *shadowDisk {
	return &shadowDisk{
		dir: dir, onStep: func() {}, nextID: 1000, files: map[checkpoint.Identity]*shadowFile{},
		names: map[string]*shadowFile{}, synced: map[string]*shadowFile{},
	}
}

// close lets the real files go.
func (d *shadowDisk) close() {
	for _, f := range d.files {
		f.real.Close()
	}
}

// plan says what is going to fail, if anything. What was sinned stays.
func (d *shadowDisk) plan(f fault, onFault func()) {
	d.fault, d.onFault = f, onFault
	d.count, d.failed = 0, nil
}

func (d *shadowDisk) streams() disks {
	return disks{checkpoint: shadowCheckpoint{d}, sheet: d.sheet()}
}

// step counts an operation and says how much of it happens, and what it returns if that is an error.
func (d *shadowDisk) step(role, name string) (share, error) {
	d.onStep()
	if d.dark {
		return none, errPower
	}
	if !strings.HasPrefix(role+" "+name, d.fault.only) {
		return whole, nil
	}
	d.count++
	due := d.fault.at > 0 && (d.count == d.fault.at || d.fault.forever && d.count > d.fault.at)
	if !due {
		return whole, nil
	}
	if d.failed == nil {
		d.failed = &operation{role, name}
		if d.onFault != nil {
			d.onFault()
		}
	}
	switch {
	case d.fault.power:
		d.dark = true
		return whole, errPower // in memory; what of it reaches the disk is drawn later
	case d.fault.short && name == "write":
		return half, d.fault.err
	}
	return none, d.fault.err
}

// do is any operation but a write, which alone can happen by half.
func (d *shadowDisk) do(role, name string, act func() error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	happens, err := d.step(role, name)
	if happens != whole {
		return err
	}
	if real := act(); err == nil {
		err = real
	}
	return err
}

func (d *shadowDisk) write(role string, f *shadowFile, b []byte, off int64, act func([]byte) (int, error)) (n int, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	happens, err := d.step(role, "write")
	switch happens {
	case none:
		return 0, err
	case half:
		b = b[:len(b)/2]
	}
	n, real := act(b)
	for p := off / page; p*page < off+int64(n); p++ {
		f.dirty[p] = true
	}
	if err == nil {
		err = real
	}
	return n, err
}

// closeFile closes it in any case, as the system does, also when it reports an error or is dead. The error of a close
// names the file itself.
func (d *shadowDisk) closeFile(role, path string, act func() error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, err := d.step(role, "close")
	if real := act(); err == nil {
		return real
	}
	return &fs.PathError{Op: "close", Path: path, Err: err}
}

// sync reads what is now certain. A failed one makes it a sin to try again: the system would say yes and mean nothing.
func (d *shadowDisk) sync(role string, f *shadowFile) error {
	if d.slow != nil && role == roleCheckpoint {
		d.slow()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if f.syncFailed {
		d.sins = append(d.sins, "a second sync of the "+role+" after one that failed")
	}
	_, err := d.step(role, "sync")
	if err != nil {
		if !d.dark { // a power cut decides by itself what of it is written
			f.syncFailed = true
			clear(f.dirty)
		}
		return err
	}
	if d.lies.files {
		return nil
	}
	if f.synced, err = f.reachable(); err != nil {
		return err
	}
	clear(f.dirty)
	f.emptied = false
	return nil
}

func (d *shadowDisk) syncDir(role, dir string) error {
	return d.do(role, "sync folder", func() error {
		if filepath.Clean(dir) != d.dir {
			return fmt.Errorf("%s is not the folder of this disk", dir)
		}
		if d.lies.folder || d.dark {
			return nil
		}
		d.synced, d.journal = maps.Clone(d.names), nil
		return nil
	})
}

func (d *shadowDisk) rename(role, from, to string, act func(from, to string) error) error {
	return d.do(role, "rename", func() error {
		if err := act(from, to); err != nil {
			return err
		}
		d.change(change{filepath.Base(to), filepath.Base(from), d.names[filepath.Base(from)]})
		return nil
	})
}

func (d *shadowDisk) remove(role, path string, act func(path string) error) error {
	return d.do(role, "remove", func() error {
		if err := act(path); err != nil {
			return err
		}
		d.change(change{name: filepath.Base(path)})
		return nil
	})
}

func (d *shadowDisk) change(c change) {
	d.journal = append(d.journal, c)
	c.apply(d.names)
}

func (c change) apply(names map[string]*shadowFile) {
	delete(names, c.from)
	if c.file == nil {
		delete(names, c.name)
		return
	}
	names[c.name] = c.file
}

// meet finds the model of the file at path, which was just opened, and makes it if the file is new.
func (d *shadowDisk) meet(path string) (*shadowFile, error) {
	id, err := (checkpoint.Disk{}).Identify(path)
	if err != nil {
		return nil, err
	}
	if f := d.files[id]; f != nil {
		return f, nil
	}
	real, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	d.nextID++
	f := &shadowFile{id: d.nextID, real: real, dirty: map[int64]bool{}}
	d.files[id] = f
	d.change(change{name: filepath.Base(path), file: f})
	return f, nil
}

// bytes are the file's as programs see it.
func (f *shadowFile) bytes() ([]byte, error) {
	info, err := f.real.Stat()
	if err != nil {
		return nil, err
	}
	b := make([]byte, info.Size())
	if _, err := f.real.ReadAt(b, 0); err != nil && err != io.EOF {
		return nil, err
	}
	return b, nil
}

// reachable is what a sync that succeeded now would leave on the disk.
func (f *shadowFile) reachable() ([]byte, error) {
	cached, err := f.bytes()
	if err != nil {
		return nil, err
	}
	b := make([]byte, len(cached))
	if !f.emptied {
		copy(b, f.synced)
	}
	for p := range f.dirty {
		if at := int(p) * page; at < len(b) {
			copy(b[at:min(at+page, len(b))], cached[at:])
		}
	}
	return b, nil
}

const (
	roleCheckpoint = "checkpoint"
	roleCopy       = "copy"
	roleSheet      = "sheet"
)

func roleOf(path string) string {
	if strings.HasSuffix(path, ".copy") {
		return roleCopy
	}
	return roleCheckpoint
}

// shadowCheckpoint is the disk as the checkpoint sees it.
type shadowCheckpoint struct{ *shadowDisk }

func (d shadowCheckpoint) Open(path string, mode checkpoint.OpenMode) (checkpoint.File, error) {
	var h *shadowHandle
	name := "open"
	if mode == checkpoint.CreateNew {
		name = "create"
	}
	err := d.do(roleOf(path), name, func() error {
		real, err := (checkpoint.Disk{}).Open(path, mode)
		if err != nil {
			return err
		}
		file, err := d.meet(path)
		if err != nil {
			real.Close()
			return err
		}
		h = &shadowHandle{real, d.shadowDisk, file, path}
		return nil
	})
	if err != nil {
		if h != nil {
			h.File.Close()
		}
		return nil, err // not h, which would be no nil in an interface
	}
	return h, nil
}

func (d shadowCheckpoint) Identify(path string) (id checkpoint.Identity, err error) {
	err = d.do(roleOf(path), "identify", func() error {
		id, err = (checkpoint.Disk{}).Identify(path)
		if f := d.files[id]; err == nil && f != nil {
			id.Inode = f.id
		}
		return err
	})
	return id, err
}

func (d shadowCheckpoint) Rename(from, to string) error {
	return d.rename(roleOf(from), from, to, checkpoint.Disk{}.Rename)
}
func (d shadowCheckpoint) Remove(path string) error {
	return d.remove(roleOf(path), path, checkpoint.Disk{}.Remove)
}
func (d shadowCheckpoint) SyncDir(dir string) error { return d.syncDir(roleCheckpoint, dir) }

// shadowHandle is an open file of the checkpoint.
type shadowHandle struct {
	checkpoint.File
	disk *shadowDisk
	file *shadowFile
	path string // by which it was opened
}

// role is what the file is now: a copy becomes the checkpoint, which then is old.
func (h *shadowHandle) role() string {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	for name, f := range h.disk.names {
		if f == h.file {
			return roleOf(name)
		}
	}
	return "old " + roleOf(h.path)
}

func (h *shadowHandle) ReadAt(b []byte, off int64) (n int, err error) {
	err = h.disk.do(h.role(), "read", func() (err error) { n, err = h.File.ReadAt(b, off); return err })
	return n, err
}

func (h *shadowHandle) WriteAt(b []byte, off int64) (int, error) {
	return h.disk.write(h.role(), h.file, b, off, func(b []byte) (int, error) { return h.File.WriteAt(b, off) })
}

func (h *shadowHandle) Sync() error { return h.disk.sync(h.role(), h.file) }

func (h *shadowHandle) Reserve(off, n int64) error {
	return h.disk.do(h.role(), "reserve", func() error { return h.File.Reserve(off, n) })
}

func (h *shadowHandle) Size() (n int64, err error) {
	err = h.disk.do(h.role(), "size", func() (err error) { n, err = h.File.Size(); return err })
	return n, err
}

func (h *shadowHandle) Identity() (id checkpoint.Identity, err error) {
	err = h.disk.do(h.role(), "identity", func() (err error) {
		id, err = h.File.Identity()
		id.Inode = h.file.id
		return err
	})
	return id, err
}

func (h *shadowHandle) Lock() error { return h.disk.do(h.role(), "lock", h.File.Lock) }

func (h *shadowHandle) Remote() (name string, err error) {
	err = h.disk.do(h.role(), "file system", func() (err error) { name, err = h.File.Remote(); return err })
	return name, err
}

func (h *shadowHandle) Close() error { return h.disk.closeFile(h.role(), h.path, h.File.Close) }

// sheet is the disk as the sheet sees it.
func (d *shadowDisk) sheet() writer.Disk {
	system := writer.System
	return writer.Disk{
		Open: func(path string) (f *os.File, err error) {
			err = d.do(roleSheet, "open", func() error {
				if f, err = system.Open(path); err != nil {
					return err
				}
				_, err = d.meet(path)
				return err
			})
			if err != nil && f != nil {
				f.Close()
				f = nil
			}
			return f, err
		},
		Truncate: func(f *os.File) error {
			file, err := d.known(f)
			if err != nil {
				return err
			}
			return d.do(roleSheet, "truncate", func() error {
				file.emptied, file.syncFailed = true, false // whatever was lost is not wanted any more
				clear(file.dirty)
				return system.Truncate(f)
			})
		},
		Write: func(f *os.File, p []byte) (int, error) {
			file, err := d.known(f)
			if err != nil {
				return 0, err
			}
			at, err := f.Seek(0, io.SeekCurrent)
			if err != nil {
				return 0, err
			}
			return d.write(roleSheet, file, p, at, func(p []byte) (int, error) { return system.Write(f, p) })
		},
		Sync: func(f *os.File) error {
			file, err := d.known(f)
			if err != nil {
				return err
			}
			return d.sync(roleSheet, file)
		},
		Close: func(f *os.File) error {
			return d.closeFile(roleSheet, f.Name(), func() error { return system.Close(f) })
		},
		Rename:  func(from, to string) error { return d.rename(roleSheet, from, to, system.Rename) },
		Remove:  func(path string) error { return d.remove(roleSheet, path, system.Remove) },
		SyncDir: func(dir string) error { return d.syncDir(roleSheet, dir) },
	}
}

func (d *shadowDisk) known(f *os.File) (*shadowFile, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	st := info.Sys().(*syscall.Stat_t)
	d.mu.Lock()
	defer d.mu.Unlock()
	file := d.files[checkpoint.Identity{Volume: uint64(st.Dev), Inode: uint64(st.Ino)}]
	if file == nil {
		return nil, fs.ErrNotExist
	}
	return file, nil
}

// luck says what of the unsynced had reached the disk when the power went; half is drawn: names one by one or up to
// some moment, bytes in sectors of 512.
type luck struct {
	names, data share
	rng         *rand.Rand
}

func (l luck) String() string {
	of := [...]string{"lost", "kept in part", "kept", "zeros"}
	return fmt.Sprintf("names %s, data %s", of[l.names], of[l.data])
}

// wreck is a folder as it is found when the power is back.
type wreck struct {
	files  map[string]found
	nextID uint64
}

type found struct {
	id   uint64
	data []byte
}

func (d *shadowDisk) wreck(l luck) (wreck, error) {
	w := wreck{map[string]found{}, d.nextID}
	names := maps.Clone(d.synced)
	until, each := len(d.journal), false
	if l.names == half {
		if each = l.rng.IntN(2) == 0; !each {
			until = l.rng.IntN(len(d.journal) + 1)
		}
	}
	for _, c := range d.journal[:until] {
		if l.names == none || each && l.rng.IntN(2) == 0 {
			continue
		}
		c.apply(names)
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		f := names[name]
		cached, err := f.reachable()
		if err != nil {
			return w, err
		}
		w.files[name] = found{f.id, l.survives(f.synced, cached)}
	}
	return w, nil
}

// survives draws what is on the disk of a file whose synced bytes were overtaken by cached ones in memory.
func (l luck) survives(synced, cached []byte) []byte {
	switch l.data {
	case none:
		return synced
	case whole:
		return cached
	case hollow:
		b := make([]byte, len(cached))
		copy(b, synced)
		return b
	}
	low, high := min(len(synced), len(cached)), max(len(synced), len(cached))
	size := []int{len(synced), len(cached), len(cached), low + l.rng.IntN(high-low+1)}[l.rng.IntN(4)]
	if size != len(synced) && size != len(cached) {
		size = min(size/sector*sector+sector, high)
	}
	odds := []float64{0.2, 0.5, 0.8}[l.rng.IntN(3)]
	b := make([]byte, size) // what neither has is zeros
	for at := 0; at < size; at += sector {
		from := synced
		if l.rng.Float64() < odds {
			from = cached
		}
		if at < len(from) {
			copy(b[at:min(at+sector, size)], from[at:])
		}
	}
	return b
}

// fingerprint tells wrecks of one run apart.
func (w wreck) fingerprint() [32]byte {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(w.files)) {
		f := w.files[name]
		fmt.Fprintf(h, "%q", name)
		binary.Write(h, binary.LittleEndian, []uint64{f.id, uint64(len(f.data))})
		h.Write(f.data)
	}
	return [32]byte(h.Sum(nil))
}

// boot puts what was found into dir, all of it synced, and starts a disk on it.
func (w wreck) boot(dir string) (*shadowDisk, error) {
	d := newShadowDisk(dir)
	for name, f := range w.files {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, f.data, 0o600); err != nil {
			return nil, err
		}
		d.nextID = f.id - 1 // meet gives it the number that it had
		file, err := d.meet(path)
		if err != nil {
			return nil, err
		}
		file.synced = f.data
	}
	d.nextID = w.nextID
	d.synced, d.journal = maps.Clone(d.names), nil
	return d, nil
}
