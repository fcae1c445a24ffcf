package checkpoint

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Report is what Verify found.
type Report struct {
	Path  string
	Bytes int64
	// Headless: the header is damaged. What it said, the secret above all, is unknown, and so are the three below. What
	// is left can be counted, but not repaired.
	Headless bool
	Format   int // the version of the format
	Service  string
	Created  time.Time

	Records []Tally // sound ones, by type
	Commits int     // that they belong to
	Counts  Counts  // what the checkpoint says; of a damaged one, what it would say once repaired
	Runs    []Run   // the same
	Lost    int     // calls of unknown people that were lost in damage before, and repaired
	Tail    int64   // bytes behind the last sound record: an unfinished commit, as a crash or a run at work leaves one
	Faults  []Fault // in the order of the file; none: it is sound
	Missing Missing // of a damaged one
}

// Tally says how many sound records of a type there are.
type Tally struct {
	Type  string // as in the package comment
	Count int
}

// Fault is a bad place.
type Fault struct {
	Offset, Length int64 // in bytes; no length: something is gone there
	Reason         string
	Behind         int // sound records behind it
}

// Sound tells whether the checkpoint can be used as it is. A torn tail is sound, but for one that no crash can leave.
func (r Report) Sound() bool { return len(r.Faults) == 0 }

// Err is nil for a sound checkpoint, else a CorruptError about the first fault.
func (r Report) Err() error {
	if r.Sound() {
		return nil
	}
	return &CorruptError{r.Path, r.Faults[0].Offset, r.Faults[0].Reason}
}

// Verify walks a whole checkpoint, also behind damage, without locking or changing it. It may be in use meanwhile. That
// it is damaged stands in the report; an error means that there can be none: it is missing, empty, not ours, of a newer
// version, of another service or key, or can't be read.
func Verify(path string, o ViewOptions) (Report, error) {
	if o.FS == nil {
		o.FS = Disk{}
	}
	r, refusal := View(path, o)
	if refusal == nil {
		defer r.Close()
		return reportSound(r)
	}
	if !errors.Is(refusal, ErrCorrupt) && !errors.Is(refusal, ErrNotCheckpoint) {
		return Report{}, refusal
	}
	f, err := o.FS.Open(path, ReadOnly)
	if err != nil {
		return Report{}, refusal
	}
	defer f.Close()
	d, err := examine(path, f, true)
	if err != nil && errors.Is(refusal, ErrNotCheckpoint) {
		return Report{}, refusal // a folder, for one, can be opened and not read
	}
	if err != nil {
		return Report{}, err
	}
	return d.report()
}

// reportSound reads on in a file whose records, as far as r has got, are all sound.
func reportSound(r *Reader) (rep Report, err error) {
	size, err := r.file.Size()
	if err != nil {
		return rep, readFailed(r.path, err)
	}
	torn, err := r.load(size, true)
	if err != nil {
		return rep, err
	}
	rep = Report{Path: r.path, Bytes: r.end + torn, Format: formatVersion, Service: r.Service(), Created: r.Created(),
		Counts: r.Counts(), Runs: r.Runs(), Lost: r.Lost(), Tail: torn}
	var t tallies
	all := []stretch{{off: r.body, end: r.end}}
	whole := chart{file: all, history: all, body: r.body, size: r.end}
	w := &window{src: r.file, size: r.end}
	err = whole.frames(w, r.seed, func(f frame) error { t.count(f); return nil }, func(int64, int64, bool) {})
	rep.Records, rep.Commits = t.list(), t.commits
	if err != nil {
		return rep, readFailed(r.path, err)
	}
	return rep, nil
}

// tallies counts frames.
type tallies struct {
	by      [recordTypes]int
	commits int
	last    uint64
}

func (t *tallies) count(f frame) {
	t.by[f.typ]++
	if t.commits == 0 || f.commit != t.last {
		t.commits++
	}
	t.last = f.commit
}

func (t *tallies) list() []Tally {
	names := [recordTypes]string{recordBegin: "begin", recordSettle: "settle", recordVoid: "void", recordRunStart: "run start",
		recordRunEnd: "run end", recordCopy: "copy", recordRepair: "repair"}
	var list []Tally
	for typ := recordBegin; typ < recordTypes; typ++ {
		list = append(list, Tally{names[typ], t.by[typ]})
	}
	return list
}

// damaged is a file of ours that makes no sense from some place on.
type damaged struct {
	path     string
	window   *window
	header   header
	headless bool
	seed     uint32
	body     int64 // where the header ends; where it ends at the earliest, if it is not known
	first    *Fault
	chart    chart
	orphans  []orphan // known once there is a report
	tornFrom int64    // where the commit begins that the end of the file belongs to; known then, too
	sound    *Reader  // instead of all that: the file is not damaged at all
}

// probed is how far into a file that has no header of ours records of ours are looked for.
const probed = 16 << 20

// examine finds out what is left of a file.
func examine(path string, f File, live bool) (*damaged, error) {
	start, size, err := beginning(path, f)
	if err != nil {
		return nil, err
	}
	if unborn(start) && size == int64(len(start)) {
		return nil, fmt.Errorf("%w: %s is empty", ErrMissing, path)
	}
	d := &damaged{path: path, window: &window{src: f, size: size}}
	d.header, d.seed, d.body, err = readHeader(path, start)
	if errors.Is(err, ErrVersion) {
		return nil, err
	}
	if err != nil {
		if !d.behead(start, &window{src: f, size: min(size, probed)}) {
			return nil, err
		}
		return d, d.survey()
	}
	r := newReader(path, f)
	r.header, r.seed, r.body, r.end = d.header, d.seed, d.body, d.body
	torn, err := r.load(size, live)
	if err == nil {
		d.sound = r
		d.window.size = r.end + torn
		return d, nil
	}
	var c *CorruptError
	if !errors.As(err, &c) {
		return nil, err
	}
	d.first = &Fault{Offset: c.Offset, Reason: c.Reason}
	return d, d.survey()
}

// behead deals with a damaged header. Records behind it that are sound under the checksum that stands in it prove that
// checksum, no more: any byte of the secret may be wrong. Under the checksum that the header should have, they prove
// all of the header.
func (d *damaged) behead(start []byte, w *window) bool {
	if len(start) < headerFixed {
		return false
	}
	if f, ok := frameShape(start); ok {
		mended := slices.Clone(start)
		le.PutUint32(mended[4:], checksum(0, 0, start[:frameLen(start)]))
		h, seed, body, err := readHeader(d.path, mended)
		if err == nil && f.typ == recordHeader && inhabited(w, seed, body) {
			d.header, d.seed, d.body = h, seed, body
			d.first = &Fault{Offset: 4, Length: 4, Reason: "the checksum of the header is wrong, the header itself is not"}
			return true
		}
	}
	d.seed, d.body, d.headless = le.Uint32(start[4:]), int64(headerFixed), true
	d.header = header{}
	return inhabited(w, d.seed, frameHead)
}

// inhabited looks for frames in their place only: under a wrong seed they all seem to have been moved.
func inhabited(w *window, seed uint32, from int64) bool {
	list, err := surveyPlaces(w, seed, from)
	return err == nil && len(list) > 0
}

func (d *damaged) survey() (err error) {
	from := d.body
	if d.headless {
		from = frameHead
	}
	if d.chart, err = survey(d.window, d.seed, from, d.body); err != nil {
		return readFailed(d.path, err)
	}
	return nil
}

// report says what is left and what is missing.
func (d *damaged) report() (Report, error) {
	if d.sound != nil {
		return reportSound(d.sound)
	}
	var lone orphanage
	var last frame
	err := d.chart.frames(d.window, d.seed, func(f frame) error {
		lone.look(f)
		if f.commit != last.commit {
			d.tornFrom = f.off
		}
		last = frame{last: f.last, commit: f.commit}
		return nil
	}, func(int64, int64, bool) {})
	if err != nil {
		return Report{}, readFailed(d.path, err)
	}
	if end := d.chart.size - d.chart.tail(); last.last || last.commit == 0 || d.tornFrom > end {
		d.tornFrom = end
	}
	d.orphans = lone.sorted()
	s, t := newSalvage(newRewriter(d.path, d.header, d.seed, d.body, nil), d.orphans), &tallies{}
	if err := d.replay(s, t.count); err != nil {
		return Report{}, err
	}
	rep := Report{Path: d.path, Bytes: d.chart.size, Headless: d.headless, Format: formatVersion, Service: s.Service(), Created: s.Created(),
		Records: t.list(), Commits: t.commits, Counts: s.Counts(), Runs: s.Runs(), Lost: s.Lost(), Tail: d.chart.tail(),
		Missing: s.sum()}
	rep.Faults = append(d.chart.faults(d.body), s.senses...)
	rep.Tail, rep.Faults = d.judgeTail(rep.Tail, rep.Faults)
	if d.headless {
		rep.Format, rep.Created = 0, time.Time{}
		_, rep.Faults = d.judgeTail(d.chart.tail(), append(d.chart.faults(0), s.senses...))
		rep.Faults[0].Reason = "the header is damaged, and with it the secret"
	}
	if f := d.first; f != nil && !slices.ContainsFunc(rep.Faults, func(g Fault) bool { return g.Offset == f.Offset }) {
		f.Behind = d.chart.behind(f.Offset)
		rep.Faults = append(rep.Faults, *f)
	}
	slices.SortStableFunc(rep.Faults, func(a, b Fault) int { return cmp.Compare(a.Offset, b.Offset) })
	return rep, nil
}

// judgeTail makes a fault of an end that is longer than a crash can leave one.
func (d *damaged) judgeTail(tail int64, faults []Fault) (int64, []Fault) {
	reason, tooLong := tooLongTail(d.chart.size - d.tornFrom)
	if tail == 0 || !tooLong {
		return tail, faults
	}
	return 0, append(faults, Fault{Offset: d.chart.size - tail, Length: tail, Reason: reason})
}

// replay hands everything that is left to s, in the order of the history.
func (d *damaged) replay(s *salvage, each func(frame)) error {
	var failed error
	err := d.chart.frames(d.window, d.seed, func(f frame) error {
		each(f)
		failed = s.keep(f)
		return failed
	}, s.hole)
	switch {
	case failed != nil:
		return failed
	case err != nil:
		return readFailed(d.path, err)
	}
	return s.finish()
}
