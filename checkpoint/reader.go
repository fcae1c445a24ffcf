package checkpoint

import (
	"iter"
	"maps"
	"math"
	"slices"
	"sync"
	"time"
)

// Reader is what a checkpoint file says. It serves any number of goroutines. View makes one; a Log has one inside,
// which then also knows what is queued and not yet written.
type Reader struct {
	path   string
	file   File
	seed   uint32
	header header
	secret []byte

	mu       sync.Mutex
	settled  index
	open     map[Key]doubt
	wasted   map[Key]int   // answers in a row without a verdict, of the few who had one
	resent   map[Key]bool  // who had a void as Resent, and no verdict since
	charged  map[Key]int64 // who was found billed and has no answer, and when
	attempts Attempt       // begins so far
	counts   Counts
	replaced map[Key]int64 // where the newest verdict from before the present batch stands, of who was answered anew in it
	batch    int64         // when the present batch began
	batchOff int64         // its first run's record
	byDay    days          // calls that may have been billed on a day in China
	runs     []Run
	terms    []term         // which run was under way, by the attempts begun
	calls    map[string]int // by batch: begun in its runs and not certainly free
	newest   int64
	holder   holder
	repairs  int  // repair records
	lost     int  // calls of unknown people that they name
	clean    bool // the last record is a run's end or a whole copy: nothing was cut off by a crash
	commit   uint64
	whole    bool  // the last frame ended its commit
	body     int64 // of the first frame behind the header
	end      int64 // where the next frame goes
	lastAt   int64 // where the last commit starts; 0: there is none
	runsOnly bool  // leave persons out: only the runs and the holder are wanted

	// Of a Log: what was appended through it, and the frames that may not be in the file yet.
	liveFrom  int64
	liveAfter Attempt
	queued    func(off int64) []byte

	near near
}

// doubt is one person's open attempts: nearly always one, so that no slice is made for it.
type doubt struct {
	openAttempt
	older []openAttempt
}

type openAttempt struct {
	attempt Attempt
	at      int64
	nonce   [16]byte // of which CallNumber makes the number, when somebody asks
}

// holder is who wrote to the file last.
type holder struct {
	known bool // a run was started or the file was copied
	busy  bool // and no run's end followed
	host  string
	inode uint64
	pid   int
	at    int64
}

func newReader(path string, f File) *Reader {
	return &Reader{
		path: path, file: f, open: map[Key]doubt{}, wasted: map[Key]int{}, resent: map[Key]bool{}, charged: map[Key]int64{}, byDay: days{}, calls: map[string]int{}, replaced: map[Key]int64{}, batch: noTime, counts: Counts{ByReason: map[string]int{}},
		newest: math.MinInt64, liveFrom: math.MaxInt64, liveAfter: math.MaxUint64, whole: true,
	}
}

// apply takes one record in. It is the only way in which state comes about, when a file is opened and while it grows,
// so that reopening a file finds what the Log that wrote it knew. An error leaves everything as it was.
func (r *Reader) apply(f frame) error {
	if r.runsOnly && (f.typ == recordBegin || f.typ == recordSettle || f.typ == recordVoid) {
		r.clean = false
		return nil
	}
	switch f.typ {
	case recordBegin:
		return r.applyBegin(f)
	case recordSettle:
		return r.applySettle(f)
	case recordVoid:
		return r.applyVoid(f)
	case recordRunStart:
		return r.applyRunStart(f)
	case recordRunEnd:
		return r.applyRunEnd(f)
	case recordCopy:
		return r.applyCopy(f)
	case recordRepair:
		return r.applyRepair(f)
	}
	return malformed("a record of unknown type")
}

// malformed says why a record whose checksum is right makes no sense.
type malformed string

func (m malformed) Error() string { return string(m) }

func (r *Reader) applyBegin(f frame) error {
	b, ok := parseBegin(f.payload)
	if !ok {
		return malformed("a begin of the wrong form")
	}
	if b.attempt != r.attempts+1 {
		return malformed("a begin out of order")
	}
	r.attempts++
	d, found := r.open[b.key]
	if found {
		d.older = append(d.older, d.openAttempt)
	}
	d.openAttempt = openAttempt{b.attempt, b.at, b.nonce}
	r.open[b.key] = d
	r.byDay.begin(b.at)
	r.countOf(b.attempt, 1)
	r.counts.Begins++
	r.took(b.at)
	return nil
}

func (r *Reader) applySettle(f frame) error {
	s, fee, ok := parseSettle(f.payload)
	if !ok {
		return malformed("a settle of the wrong form")
	}
	begun, ok := r.closeAttempt(s.key, s.attempt)
	if !ok {
		return ErrAttempt
	}
	r.byDay.settle(begun, s.at)
	if old, kind, found := r.settled.get(s.key); found && isVerdict(kind) && old < r.batchOff {
		r.replaced[s.key] = old
	}
	r.settled.put(s.key, f.off, s.kind())
	delete(r.charged, s.key)
	if s.answer.Usable() || s.erased {
		delete(r.wasted, s.key)
		delete(r.resent, s.key)
	} else {
		r.wasted[s.key]++
	}
	r.counts.Settles++
	if s.answer.Billed() {
		r.counts.Billed++
	}
	if fee {
		r.counts.Fee++
	}
	r.took(s.at)
	return nil
}

const maxReasons = 64 // kinds of voids counted by name; the rest is counted as "other"

func (r *Reader) applyVoid(f frame) error {
	key, attempt, at, class, ok := parseVoid(f.payload)
	if !ok {
		return malformed("a void of the wrong form")
	}
	begun, ok := r.closeAttempt(key, attempt)
	if !ok {
		return ErrAttempt
	}
	if certainlyFree(string(class)) {
		r.byDay.free(begun)
		r.countOf(attempt, -1)
	}
	r.counts.Voids++
	switch string(class) {
	case Resent:
		r.counts.Resent++
		if r.wasted[key] > 0 {
			r.resent[key] = true
		}
	case FoundBilled:
		r.foundBilled(key, at)
	}
	if n, found := r.counts.ByReason[string(class)]; found || len(r.counts.ByReason) < maxReasons {
		r.counts.ByReason[string(class)] = n + 1
	} else {
		r.counts.ByReason["other"]++
	}
	r.took(at)
	return nil
}

// foundBilled: the call was paid for and its answer is lost. That is an answer without a verdict, unless there is one.
func (r *Reader) foundBilled(k Key, at int64) {
	r.counts.Found++
	_, kind, answered := r.settled.get(k)
	if !answered {
		r.charged[k] = at
	}
	if !isVerdict(kind) {
		r.wasted[k]++
	}
}

// isVerdict: neither no usable answer nor an erased one.
func isVerdict(kind int) bool { return kind >= 1 && kind <= 3 }

// closeAttempt returns when the attempt was begun.
func (r *Reader) closeAttempt(k Key, a Attempt) (begun int64, ok bool) {
	d, found := r.open[k]
	if !found {
		return 0, false
	}
	if d.attempt != a {
		i := slices.IndexFunc(d.older, func(o openAttempt) bool { return o.attempt == a })
		if i < 0 {
			return 0, false
		}
		begun = d.older[i].at
		d.older = slices.Delete(d.older, i, i+1)
		r.open[k] = d
		return begun, true
	}
	begun = d.at
	if len(d.older) == 0 {
		delete(r.open, k)
		return begun, true
	}
	d.openAttempt, d.older = d.older[len(d.older)-1], d.older[:len(d.older)-1]
	r.open[k] = d
	return begun, true
}

func (r *Reader) applyRunStart(f frame) error {
	run, ok := parseRun(f.payload)
	if !ok {
		return malformed("a run's start of the wrong form")
	}
	if run.Number != uint64(len(r.runs))+1 {
		return malformed("a run out of order")
	}
	r.runs = append(r.runs, run)
	r.newTerm(len(r.runs) - 1)
	if run.Batch != "" {
		r.calls[run.Batch] += run.forgotten
	}
	ofBatch := run.Input != [16]byte{}                                // not a resolve or a purge
	if start := toNano(run.BatchStart); ofBatch && start != r.batch { // else an unfinished batch goes on
		r.batch, r.batchOff = start, f.off
		clear(r.replaced)
	}
	r.took(toNano(run.At))
	r.holder = holder{known: true, busy: true, host: run.Host, inode: run.Inode, pid: run.PID, at: toNano(run.At)}
	return nil
}

func (r *Reader) applyRunEnd(f frame) error {
	number, end, ok := parseRunEnd(f.payload)
	if !ok {
		return malformed("a run's end of the wrong form")
	}
	if number == 0 || number != uint64(len(r.runs)) || r.runs[number-1].End != nil {
		return malformed("a run's end out of order")
	}
	r.runs[number-1].End = &end
	r.byDay.carried(end.Counts)
	r.newTerm(-1)
	r.took(toNano(end.At))
	r.holder.busy = false
	r.clean = true
	return nil
}

func (r *Reader) applyCopy(f frame) error {
	c, ok := parseCopy(f.payload)
	if !ok {
		return malformed("a copy record of the wrong form")
	}
	r.took(c.at)
	r.holder = holder{known: true, busy: true, host: c.host, inode: c.inode, pid: c.pid, at: c.at}
	r.clean = true
	return nil
}

func (r *Reader) applyRepair(f frame) error {
	p, ok := parseRepair(f.payload)
	if !ok {
		return malformed("a repair record of the wrong form")
	}
	r.repairs++
	r.lost += int(p.calls)
	r.took(p.at)
	return nil
}

func (r *Reader) took(at int64) {
	r.newest = max(r.newest, at)
	r.clean = false
}

// Glance is Lookup without a look into the file, for who asks about millions: of a settled person it leaves the time out,
// and of the answer all but the result.
func (r *Reader) Glance(k Key) (Entry, error) {
	r.mu.Lock()
	off, kind, found := r.settled.get(k)
	_, open := r.open[k]
	_, charged := r.charged[k]
	if open || charged && !found {
		r.mu.Unlock()
		return r.Lookup(k) // which of them is newer, the records say
	}
	defer r.mu.Unlock()
	e := Entry{Wasted: r.wasted[k], Resent: r.resent[k]}
	if found {
		e.State, e.ThisRun, e.Erased = Settled, off >= r.liveFrom, kind == erased
		if isVerdict(kind) {
			e.Answer.Result = kind
		}
	}
	return e, nil
}

// Lookup says what is known of a person. An error means that the file can't be read where it could be before.
func (r *Reader) Lookup(k Key) (Entry, error) {
	r.mu.Lock()
	d, open := r.open[k]
	e := Entry{Wasted: r.wasted[k], Resent: r.resent[k]}
	if open {
		e.State, e.At, e.ThisRun = InDoubt, fromNano(d.at), d.attempt > r.liveAfter
	}
	off, _, found := r.settled.get(k)
	if !found {
		if at, charged := r.charged[k]; charged && !open {
			e.State, e.At = Settled, fromNano(at)
		}
		r.mu.Unlock()
		return e, nil
	}
	var payload []byte
	if r.queued != nil {
		payload = slices.Clone(r.queued(off))
	}
	r.mu.Unlock()
	if payload == nil {
		var err error
		if payload, err = r.payload(off); err != nil {
			return Entry{}, err
		}
	}
	s, ok := parseAnswer(payload)
	if !ok || s.key != k {
		return Entry{}, &CorruptError{r.path, off, "an answer is no longer what it was"}
	}
	if open && s.attempt < d.attempt {
		return e, nil // a renewal in doubt: the older answer does not stand for it
	}
	e.State, e.Answer, e.Erased, e.At, e.ThisRun = Settled, s.answer, s.erased, fromNano(s.at), off >= r.liveFrom
	if open {
		e.Unfinished, e.Resent = true, true
	}
	return e, nil
}

// Previous is the verdict that a person had before the present batch, and when it was given; ok only if the batch has
// asked about them anew. The batch is that of the newest run, together with the unfinished ones that it goes on from.
func (r *Reader) Previous(k Key) (a Answer, at time.Time, ok bool, err error) {
	r.mu.Lock()
	off, found := r.replaced[k]
	r.mu.Unlock()
	if !found {
		return a, at, false, nil
	}
	payload, err := r.payload(off)
	if err != nil {
		return a, at, false, err
	}
	s, ok := parseAnswer(payload)
	if !ok || s.key != k {
		return a, at, false, &CorruptError{r.path, off, "an answer is no longer what it was"}
	}
	return s.answer, fromNano(s.at), true, nil
}

// payload reads the settle at off back and checks it again.
func (r *Reader) payload(off int64) ([]byte, error) {
	if f, ok, err := r.near.frame(r, off); err != nil || ok && f.typ == recordSettle {
		return f.payload, err
	}
	const usual = 512
	b := make([]byte, usual)
	n, err := r.file.ReadAt(b, off)
	b = b[:n]
	if n >= frameHead && frameLen(b) > n && frameLen(b) <= maxFrame {
		b = make([]byte, frameLen(b))
		n, err = r.file.ReadAt(b, off)
		b = b[:n]
	}
	f, ok := parseFrame(b, r.seed, off)
	if ok && f.typ == recordSettle {
		return f.payload, nil
	}
	if err != nil && !isEOF(err) {
		return nil, readFailed(r.path, err)
	}
	return nil, &CorruptError{r.path, off, "an answer can't be read back"}
}

// OpenAttempts lists a person's attempts that were begun and not answered, newest first.
//
// Sending someone in doubt again does not close the older attempt by itself: after the newer one was settled, the
// caller voids each older one as Resent, which lifts the doubt.
func (r *Reader) OpenAttempts(k Key) []Attempt {
	r.mu.Lock()
	defer r.mu.Unlock()
	d, found := r.open[k]
	if !found {
		return nil
	}
	list := []Attempt{d.attempt}
	for _, o := range slices.Backward(d.older) {
		list = append(list, o.attempt)
	}
	return list
}

// InDoubt yields every open attempt, oldest first. It works on a snapshot.
func (r *Reader) InDoubt() iter.Seq[Doubt] {
	r.mu.Lock()
	list := make([]Doubt, 0, len(r.open))
	for k, d := range r.open {
		for _, o := range append(d.older[:len(d.older):len(d.older)], d.openAttempt) {
			list = append(list, Doubt{k, o.attempt, CallNumber(o.nonce), fromNano(o.at), o.attempt > r.liveAfter})
		}
	}
	r.mu.Unlock()
	slices.SortFunc(list, func(a, b Doubt) int { return int(int64(a.Attempt) - int64(b.Attempt)) })
	return slices.Values(list)
}

// Counts sums the checkpoint up.
func (r *Reader) Counts() Counts {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.counts
	c.ByReason = maps.Clone(r.counts.ByReason)
	people := r.settled.count
	c.InDoubt = len(r.open)
	people[0] += len(r.charged)
	for k := range r.open {
		if _, kind, found := r.settled.get(k); found {
			people[kind]--
		} else if _, charged := r.charged[k]; charged {
			people[0]--
		}
	}
	copy(c.Results[:], people[:])
	c.Erased = people[erased]
	return c
}

// Runs lists all runs, oldest first.
func (r *Reader) Runs() []Run {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.runs)
}

// LastRun is the newest run, if there was one.
func (r *Reader) LastRun() (Run, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.runs) == 0 {
		return Run{}, false
	}
	return r.runs[len(r.runs)-1], true
}

// china is where days begin and end: the service and its bills are there.
const china = 8 * 60 * 60

func dayOf(nano int64) int64 {
	const day = 24 * 60 * 60
	seconds := floor(nano, int64(time.Second)) + china
	return floor(seconds, day)
}

func floor(n, by int64) int64 {
	if n < 0 {
		return (n - by + 1) / by
	}
	return n / by
}

// CallsOn is how many calls may have been billed on the day of t in China: begun or answered on it and not certainly free,
// also those that a purge has forgotten. One without a known outcome that was begun shortly before midnight counts on both
// days.
func (r *Reader) CallsOn(t time.Time) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.byDay[dayOf(toNano(t))]
}

// Lost is how many calls damage has taken, over all repairs, whose people nobody knows any more: they look new here,
// and as many may be paid for twice.
func (r *Reader) Lost() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lost
}

// Normalisers lists the versions persons were ever keyed with here, newest first. After a repair that is every version
// there could be: the run that named one may be among what was lost.
func (r *Reader) Normalisers() []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	var seen []byte
	for v := 255; v > 0 && r.repairs > 0; v-- {
		seen = append(seen, byte(v))
	}
	for _, run := range r.runs {
		if !slices.Contains(seen, run.Normaliser) {
			seen = append(seen, run.Normaliser)
		}
	}
	slices.Sort(seen)
	slices.Reverse(seen)
	return seen
}

// NewestRecord is the latest time in any record. A clock that stands before it can't be trusted with ages.
func (r *Reader) NewestRecord() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return fromNano(max(r.newest, r.header.created))
}

// Created is when the checkpoint was made.
func (r *Reader) Created() time.Time { return r.header.time() }

// Service is whom the answers come from.
func (r *Reader) Service() string { return r.header.service }

// Secret is what persons are keyed with: 32 bytes, never to be shown.
func (r *Reader) Secret() []byte { return slices.Clone(r.secret) }

// Close closes the file of a View.
func (r *Reader) Close() error { return r.file.Close() }
