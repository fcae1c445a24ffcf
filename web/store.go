package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"time"
)

// store is all batches, each in a folder of its own:
//
//	DATA/batches/ID/batch.json   the record, replaced whole at each change
//	DATA/batches/ID/list/NAME    the list, as uploaded
//	DATA/batches/ID/…            results
//
// What other folders there are, aside.go says.
type store struct {
	dir       string
	now       func() time.Time
	syncDir   func(dir string) error
	removeAll func(path string) error
	rename    func(from, to string) error
	log       io.Writer
	stuck     []string // folders of damaged batches that could not be moved aside

	mu      sync.Mutex
	batches map[string]*batch
}

const recordFile = "batch.json"

// An ID comes out of an address, so it must be nothing but one.
var isID = regexp.MustCompile(`^[0-9]{8}-[0-9a-f]{16}$`)

var errNoBatch = errors.New("there is no such batch")

func openStore(c Config) (*store, error) {
	s := &store{dir: filepath.Join(c.Data, "batches"), now: c.now, syncDir: c.SyncDir, removeAll: os.RemoveAll, rename: os.Rename, log: c.Log, batches: map[string]*batch{}}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	for _, e := range entries {
		if !e.IsDir() {
			continue // not ours
		}
		if id, ok := unended(e.Name()); ok {
			if err := s.removeAll(filepath.Join(s.dir, e.Name())); err != nil {
				fmt.Fprintf(s.log, "batch %s: what is left of an upload or a deletion can't be cleared away: %v\n", id, unnamed(err))
			}
		} else if isID.MatchString(e.Name()) {
			s.open(e.Name())
		}
	}
	return s, nil
}

// open makes a batch known. One record that can't be used keeps no other batch from opening.
func (s *store) open(id string) {
	one, err := s.read(id)
	switch {
	case errors.Is(err, errNoRecord) && clearEmpty(s.folder(id)):
	case err != nil:
		s.keepAside(id, err)
	default:
		if one.State == Running || one.State == Pausing { // it was at work when the last server ended
			one.State = Waiting // with Then it makes no further call
		}
		s.batches[id] = one
	}
}

func (s *store) folder(id string) string { return filepath.Join(s.dir, id) }

// list is where the uploaded file is.
func (s *store) list(b batch) string { return filepath.Join(s.folder(b.ID), "list", b.Name) }

// unfinished is where a batch is until its list and its record are whole.
func (s *store) unfinished(id string) string { return filepath.Join(s.dir, uploading+id) }

// create makes the folder of a new batch, under a name that only an unfinished upload has; add makes it known.
func (s *store) create(name string) (b batch, list string, err error) {
	now := s.now()
	b = batch{ID: now.In(china).Format("20060102") + "-" + randomHex(8), Name: name, Created: now, Touched: now, State: Checking}
	folder := filepath.Join(s.unfinished(b.ID), "list")
	return b, filepath.Join(folder, name), os.MkdirAll(folder, 0o700)
}

// add gives a new batch its own name, once all of it is on disk: a crash leaves an upload that is cleared away, or a
// whole batch. One that is refused here is under its first name again, so that it can never turn up later.
func (s *store) add(b batch) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := s.unfinished(b.ID)
	err := s.syncDir(filepath.Join(first, "list"))
	if err == nil {
		err = s.writeIn(first, b)
	}
	if err == nil {
		err = s.syncDir(first)
	}
	if err == nil {
		err = s.rename(first, s.folder(b.ID))
	}
	if err != nil {
		return err
	}
	if err := s.syncDir(s.dir); err != nil {
		return errors.Join(err, s.rename(s.folder(b.ID), first))
	}
	s.batches[b.ID] = &b
	return nil
}

func (s *store) get(id string) (batch, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, ok := s.batches[id]
	if !ok {
		return batch{}, errNoBatch
	}
	return *b, nil
}

// all is every batch, the newest first.
func (s *store) all() []batch {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []batch
	for _, b := range s.batches {
		all = append(all, *b)
	}
	slices.SortFunc(all, func(a, b batch) int {
		if c := b.Created.Compare(a.Created); c != 0 {
			return c
		}
		return slices.Compare([]byte(a.ID), []byte(b.ID))
	})
	return all
}

// ranSince: a run has ended since.
func (s *store) ranSince(t time.Time) bool {
	for _, b := range s.all() {
		if b.Last != nil && b.Last.Ended.After(t) {
			return true
		}
	}
	return false
}

// change lets f change a batch, and keeps what it became. When f says no, or the
// disk does, nothing has changed.
func (s *store) change(id string, f func(*batch) error) (batch, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, ok := s.batches[id]
	if !ok {
		return batch{}, errNoBatch
	}
	next := *b
	if b.Start != nil {
		started := *b.Start
		next.Start = &started
	}
	if err := f(&next); err != nil {
		return *b, err
	}
	next.Touched, next.Version = s.now(), b.Version+1
	err := s.save(next)
	if err == nil || errors.Is(err, errUnsynced) && s.write(*b) != nil { // memory follows the disk
		s.batches[id] = &next
		return next, err
	}
	return *b, err
}

func (s *store) write(b batch) error { return s.writeIn(s.folder(b.ID), b) }

func (s *store) writeIn(folder string, b batch) error {
	text, err := json.MarshalIndent(b, "", "\t")
	if err != nil {
		return err
	}
	return WriteFile(filepath.Join(folder, recordFile), append(text, '\n'))
}

func (s *store) save(b batch) error {
	if err := s.write(b); err != nil {
		return err
	}
	if err := s.syncDir(s.folder(b.ID)); err != nil { // the power may take back what somebody agreed to, and what a run was told
		return fmt.Errorf("%w: %w", errUnsynced, err)
	}
	return nil
}

// errUnsynced: the record is there, and may be gone after a power cut.
var errUnsynced = errors.New("the record may not be on the disk")

var errBusy = errors.New("the batch is at work")

// remove deletes a batch with everything in its folder, under a name that says so: what a crash leaves of it is cleared
// away, and not taken for a batch that has lost its record. The record goes last: what can't be deleted is a batch still,
// and can be deleted again.
func (s *store) remove(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, ok := s.batches[id]
	if !ok {
		return errNoBatch
	}
	if b.State.goes() && b.State != Checking { // the end of its reading finds it gone
		return errBusy
	}
	gone := filepath.Join(s.dir, deleting+id)
	if err := s.rename(s.folder(id), gone); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	_ = s.syncDir(s.dir) // a full disk must not keep anybody from making room; at worst the power brings the old name back
	if err := s.clear(gone); err != nil {
		if _, kept := os.Lstat(filepath.Join(gone, recordFile)); kept == nil {
			err = errors.Join(err, s.rename(gone, s.folder(id)))
		}
		return err
	}
	delete(s.batches, id)
	return nil
}

// clear deletes a batch's folder, its record last.
func (s *store) clear(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, e := range entries {
		if e.Name() == recordFile {
			continue
		}
		if err := s.removeAll(filepath.Join(folder, e.Name())); err != nil {
			return err
		}
	}
	return s.removeAll(folder)
}

// unnamed leaves out which file it was: what somebody called a list may name a person.
func unnamed(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return fmt.Errorf("%s: %w", path.Op, path.Err)
	}
	return err
}

// expired are those that nobody has touched since.
func (s *store) expired(since time.Time) (old []batch) {
	for _, b := range s.all() {
		if b.Touched.Before(since) && !b.State.goes() {
			old = append(old, b)
		}
	}
	return old
}

const half = ".new-" // begins the names of files that WriteFile has not finished

var isHalf = regexp.MustCompile(`^\.new-[0-9]+$`)

// clearHalves removes what a crash has left of files in a folder, and nothing else that is there.
func clearHalves(dir string) error {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if isHalf.MatchString(e.Name()) && e.Type().IsRegular() {
			err = errors.Join(err, os.Remove(filepath.Join(dir, e.Name())))
		}
	}
	return err
}

// WriteFile replaces a file whole: a crash leaves the old one or the new one.
func WriteFile(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), half+"*") // 0600
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// china is the time zone of what is shown.
var china = time.FixedZone("+08:00", 8*60*60)
