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
	"strings"
	"sync"
	"time"
)

// store is all batches, each in a folder of its own:
//
//	DATA/batches/ID/batch.json   the record, replaced whole at each change
//	DATA/batches/ID/list/NAME    the list, as uploaded
//	DATA/batches/ID/…            results
//
// A folder without a record is an upload that never ended; it goes at the next start.
type store struct {
	dir       string
	now       func() time.Time
	syncDir   func(dir string) error
	removeAll func(path string) error
	log       io.Writer

	mu      sync.Mutex
	batches map[string]*batch
}

const recordFile = "batch.json"

// An ID comes out of an address, so it must be nothing but one.
var isID = regexp.MustCompile(`^[0-9]{8}-[0-9a-f]{16}$`)

var errNoBatch = errors.New("there is no such batch")

func openStore(c Config) (*store, error) {
	s := &store{dir: filepath.Join(c.Data, "batches"), now: c.now, syncDir: c.SyncDir, removeAll: os.RemoveAll, log: c.Log, batches: map[string]*batch{}}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	for _, e := range entries {
		if !e.IsDir() || !isID.MatchString(e.Name()) {
			continue // not ours
		}
		if err := s.open(e.Name()); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *store) open(id string) error {
	path := filepath.Join(s.folder(id), recordFile)
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.RemoveAll(s.folder(id)); err != nil {
			fmt.Fprintf(s.log, "batch %s, which never came about, can't be cleared away: %v\n", id, unnamed(err))
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	var one batch
	if err := json.Unmarshal(b, &one); err != nil || one.ID != id {
		return fmt.Errorf("%s is damaged: move it away, or bring it back from a backup; what was paid for is in the checkpoint (%w)", path, errors.Join(err, errNoBatch))
	}
	if started := []State{Waiting, Running, Pausing, Paused, Asking, Failed, Finished, Stopped}; slices.Contains(started, one.State) && (one.Start == nil || one.Check == nil) {
		return fmt.Errorf("%s is damaged: it says %s, and not what was agreed: move it away", path, one.State)
	}
	if one.State == Running || one.State == Pausing { // it was at work when the last server ended
		one.State = Waiting // with Then it makes no further call
	}
	s.batches[id] = &one
	return nil
}

func (s *store) folder(id string) string { return filepath.Join(s.dir, id) }

// list is where the uploaded file is.
func (s *store) list(b batch) string { return filepath.Join(s.folder(b.ID), "list", b.Name) }

// create makes the folder of a new batch; add makes it known.
func (s *store) create(name string) (batch, error) {
	now := s.now()
	b := batch{ID: now.In(china).Format("20060102") + "-" + randomHex(8), Name: name, Created: now, Touched: now, State: Checking}
	return b, os.MkdirAll(filepath.Join(s.folder(b.ID), "list"), 0o700)
}

func (s *store) add(b batch) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.save(b); err != nil {
		return err
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

func (s *store) write(b batch) error {
	text, err := json.MarshalIndent(b, "", "\t")
	if err != nil {
		return err
	}
	return WriteFile(filepath.Join(s.folder(b.ID), recordFile), append(text, '\n'))
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

// remove deletes a batch with everything in its folder. The record goes last: what
// can't be deleted is a batch still, and can be deleted again.
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
	entries, err := os.ReadDir(s.folder(id))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, e := range entries {
		if e.Name() == recordFile {
			continue
		}
		if err := s.removeAll(filepath.Join(s.folder(id), e.Name())); err != nil {
			return err
		}
	}
	if err := s.removeAll(s.folder(id)); err != nil {
		return err
	}
	delete(s.batches, id)
	return nil
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

// clearHalves removes what a crash has left of files in a folder.
func clearHalves(dir string) error {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), half) && err == nil {
			err = os.Remove(filepath.Join(dir, e.Name()))
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
