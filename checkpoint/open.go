package checkpoint

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"
)

// Options say how to open a checkpoint. Only Service is needed.
type Options struct {
	Service string // whose answers these are; up to 1024 bytes
	Secret  []byte // nil: the secret lives in the file; else the 32 bytes of a key file
	Create  bool   // make the file if it is missing
	// Confirm is asked whether a file that was last used on another host, or as another file, is the only one in use.
	// nil says no.
	Confirm func(Moved) bool

	Now  func() time.Time // nil: time.Now
	Host string           // "": os.Hostname
	Rand io.Reader        // where a new file's secret comes from; nil: crypto/rand

	FS FileSystem // nil: Disk

	pid int
}

// Moved is the question whether a checkpoint that is not where it was may be used. Two copies in use pay twice.
type Moved struct {
	Path               string
	FromHost, ToHost   string
	FromInode, ToInode uint64
	Since              time.Time // when the file was last taken into use there
}

func (o Options) filled() (Options, error) {
	if o.Service == "" || len(o.Service) > maxService {
		return o, fmt.Errorf("checkpoint: the service needs a name of 1 to %d bytes", maxService)
	}
	if o.Secret != nil && len(o.Secret) != secretSize {
		return o, fmt.Errorf("%w: it needs %d bytes", ErrKey, secretSize)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if o.Host == "" {
		o.Host = hostname()
	}
	o.Host = o.Host[:min(len(o.Host), 255)]
	if o.FS == nil {
		o.FS = Disk{}
	}
	if o.pid == 0 {
		o.pid = os.Getpid()
	}
	return o, nil
}

func hostname() string {
	name, err := os.Hostname()
	if err != nil || name == "" {
		return "unknown host"
	}
	return name
}

// Open opens the checkpoint at path, or makes it, for this process alone. It is a gate: whatever is not certain is
// refused with one of the errors of this package, and then nothing was changed. A checkpoint that was not closed in
// order is replaced by a copy of its sound part first.
//
// The Log must be closed.
func Open(path string, o Options) (*Log, error) {
	o, err := o.filled()
	if err != nil {
		return nil, err
	}
	f, err := take(path, o)
	if err != nil {
		return nil, err
	}
	l, err := enter(path, f, o)
	if err != nil {
		return nil, err
	}
	if err := o.FS.SyncDir(folderOf(path)); err != nil {
		l.file.Close()
		return nil, fmt.Errorf("checkpoint %s: the folder can't be synced: %w", path, err)
	}
	l.start()
	return l, nil
}

// take opens the file at path, made if need be, and locks it.
func take(path string, o Options) (File, error) {
	const tries = 20 // each one lost means that another process replaced the file just then
	for range tries {
		f, made, err := openOrCreate(path, o)
		if err != nil {
			return nil, err
		}
		ours, err := claim(path, f, o.FS)
		if err == nil && ours {
			return f, nil
		}
		if made && err != nil && !errors.Is(err, ErrLocked) {
			err = errors.Join(err, o.FS.Remove(path))
		}
		f.Close()
		if err != nil {
			return nil, err
		}
	}
	return nil, &LockedError{Path: path}
}

func openOrCreate(path string, o Options) (f File, made bool, err error) {
	_, err = o.FS.Identify(path)
	if err == nil {
		f, err := o.FS.Open(path, ReadWrite)
		if err != nil {
			return nil, false, fmt.Errorf("checkpoint %s can't be opened: %w", path, err)
		}
		return f, false, nil
	}
	if errors.Is(err, errSymlink) || errors.Is(err, errNoFile) {
		return nil, false, fmt.Errorf("%s is %w: it %w", path, ErrNotCheckpoint, err)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, false, fmt.Errorf("checkpoint %s can't be opened: %w", path, err)
	}
	if !o.Create {
		return nil, false, missing(path)
	}
	if _, err := o.FS.Identify(copyPath(path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, false, fmt.Errorf("checkpoint %s is not there, and whether its copy is can't be told: %w", path, err)
	} else if err == nil {
		return nil, false, fmt.Errorf("%w: %s is gone, but %s, made while it was being repaired, is there: bring the first back, or move the second away to start anew",
			ErrMissing, path, copyPath(path))
	}
	f, err = o.FS.Open(path, CreateNew)
	if errors.Is(err, fs.ErrExist) { // another process was faster
		f, err = o.FS.Open(path, ReadWrite)
		return f, false, err
	}
	if err != nil {
		return nil, false, fmt.Errorf("checkpoint %s can't be made: %w", path, err)
	}
	return f, true, nil
}

func missing(path string) error { return fmt.Errorf("%w: %s", ErrMissing, path) }

// claim locks f and makes sure that it is still the file at path. Whoever replaces the file holds the lock on the copy
// until it has the final name, so a copy that is locked means that someone is at work.
func claim(path string, f File, system FileSystem) (ours bool, err error) {
	remote, err := f.Remote()
	if err != nil {
		return false, fmt.Errorf("checkpoint %s: its file system can't be told: %w", path, err)
	}
	if remote != "" {
		return false, fmt.Errorf("checkpoint %s is on a %w (%s): put it on a local disk", path, ErrFilesystem, remote)
	}
	if err := f.Lock(); err != nil {
		return false, locked(path, f, err)
	}
	if err := checkCopy(path, system); err != nil {
		return false, err
	}
	mine, err := f.Identity()
	if err != nil {
		return false, readFailed(path, err)
	}
	there, err := system.Identify(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, readFailed(path, err)
	}
	return mine == there, nil
}

// locked finds out who holds the lock from what the file says.
func locked(path string, f File, err error) error {
	if !errors.Is(err, ErrLocked) {
		return fmt.Errorf("checkpoint %s can't be locked: %w", path, err)
	}
	e := &LockedError{Path: path}
	r, openErr := view(path, f, ViewOptions{AnyKey: true, runsOnly: true})
	if openErr != nil || !r.holder.busy {
		return e
	}
	e.Known, e.PID, e.Host, e.Since = true, r.holder.pid, r.holder.host, fromNano(r.holder.at)
	return e
}

// enter reads a file that is open and locked, and takes it into use. f is closed when it fails.
func enter(path string, f File, o Options) (l *Log, err error) {
	defer func() {
		if err != nil {
			f.Close()
		}
	}()
	start, size, err := beginning(path, f)
	if err != nil {
		return nil, err
	}
	if unborn(start) && size == int64(len(start)) {
		if !o.Create {
			return nil, fmt.Errorf("%w: %s is empty", ErrMissing, path)
		}
		if err := removeLeftover(path, nil, o.FS); err != nil {
			return nil, err
		}
		return beget(path, f, size, o)
	}
	r := newReader(path, f)
	torn, err := r.loadAll(start, size, false, func() error {
		if err := r.header.check(path, o.Service); err != nil {
			return err
		}
		r.secret, err = r.header.unlock(path, o.Secret)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := removeLeftover(path, start[:r.body], o.FS); err != nil {
		return nil, err
	}
	here, err := f.Identity()
	if err != nil {
		return nil, readFailed(path, err)
	}
	if err := settleMove(r, here, o); err != nil {
		return nil, err
	}
	if r.clean && r.whole && torn == 0 {
		if err := r.renewEnd(); err != nil {
			return nil, err
		}
		return newLog(r, here, o), nil
	}
	return renew(r, torn, o)
}

func settleMove(r *Reader, here Identity, o Options) error {
	if !r.holder.known || (r.holder.host == o.Host && r.holder.inode == here.Inode) {
		return nil
	}
	q := Moved{r.path, r.holder.host, o.Host, r.holder.inode, here.Inode, fromNano(r.holder.at)}
	if o.Confirm != nil && o.Confirm(q) {
		return nil
	}
	where := "under this name or in this place"
	if q.FromHost != q.ToHost {
		where = fmt.Sprintf("on this host (%s): it was used on %s", q.ToHost, q.FromHost)
	}
	return fmt.Errorf("%w: %s was not used %s before: if no other copy of it is in use, confirm it",
		ErrMoved, r.path, where)
}

// beginning reads as much of the file as the longest header has.
func beginning(path string, f File) ([]byte, int64, error) {
	size, err := f.Size()
	if err != nil {
		return nil, 0, readFailed(path, err)
	}
	b := make([]byte, min(size, int64(maxHeader)))
	n, err := f.ReadAt(b, 0)
	if err != nil && !isEOF(err) {
		return nil, 0, readFailed(path, err)
	}
	return b[:n], size, nil
}

// loadAll reads the header, asks gate about it, and then all records.
func (r *Reader) loadAll(start []byte, size int64, live bool, gate func() error) (torn int64, err error) {
	r.header, r.seed, r.body, err = readHeader(r.path, start)
	r.end = r.body
	if err != nil {
		return 0, err
	}
	if err := gate(); err != nil {
		return 0, err
	}
	return r.load(size, live)
}

// ViewOptions say what a View is to check.
type ViewOptions struct {
	Service string // "": any
	Secret  []byte // as in Options

	// AnyKey leaves the key unchecked: counts and runs need none. Secret() is then nil for a file with a key file.
	AnyKey bool

	FS       FileSystem // nil: Disk
	runsOnly bool
}

// View reads a checkpoint without locking or changing it, as far as it goes at this moment: what another process adds
// meanwhile is not seen, and an unfinished end is left out. The same refusals as Open's apply, but for those about locks
// and moves. The Reader must be closed.
func View(path string, o ViewOptions) (*Reader, error) {
	if o.FS == nil {
		o.FS = Disk{}
	}
	if _, err := o.FS.Identify(path); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, missing(path)
		}
		if errors.Is(err, errSymlink) || errors.Is(err, errNoFile) {
			return nil, fmt.Errorf("%s is %w: it %w", path, ErrNotCheckpoint, err)
		}
		return nil, readFailed(path, err)
	}
	f, err := o.FS.Open(path, ReadOnly)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, missing(path)
	}
	if err != nil {
		return nil, readFailed(path, err)
	}
	r, err := view(path, f, o)
	if err != nil {
		f.Close()
		return nil, err
	}
	return r, nil
}

func view(path string, f File, o ViewOptions) (*Reader, error) {
	start, size, err := beginning(path, f)
	if err != nil {
		return nil, err
	}
	if unborn(start) && size == int64(len(start)) {
		return nil, fmt.Errorf("%w: %s is empty", ErrMissing, path)
	}
	r := newReader(path, f)
	r.runsOnly = o.runsOnly
	_, err = r.loadAll(start, size, true, func() error {
		if err := r.header.check(path, o.Service); err != nil {
			return err
		}
		if o.AnyKey && o.Secret == nil {
			if r.header.inside {
				r.secret = r.header.secret[:]
			}
			return nil
		}
		r.secret, err = r.header.unlock(path, o.Secret)
		return err
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}
