package checkpoint

import (
	"cmp"
	"reflect"
	"time"
)

// PurgeOptions say what a purge is to take.
type PurgeOptions struct {
	Before time.Time // answers given before it; whole seconds count
	// Forget takes all that is known of people of whom there is nothing from that time on, and who are not in doubt.
	// They look new then, and are paid for again.
	Forget bool
	Run    Run // Program, Normaliser and Options of the run as which the purge is recorded
}

// Purged is what a purge takes.
type Purged struct {
	Answers   int // that are erased; their people stay known, and are not asked again
	People    int // of whom the newest answer is among them
	Forgotten int // people that look new from then on
	Kept      int // people who are not forgotten because they are in doubt
	// What is no longer counted, of the people forgotten: calls begun, those with a status that is charged for, those
	// whose isFee was "1".
	Calls, Billed, Fee int
}

// Names of a purge's counts in its RunEnd.
const (
	PurgedAnswers  = "erased"
	PurgedPeople   = "forgotten"
	PurgedCalls    = "forgottenCalls"
	PurgedBilled   = "forgottenBilled"
	PurgedFee      = "forgottenFee"
	endPurged      = "purged"
	purgeChanged   = malformed("what was written says something else about people than what was read")
	purgeSenseless = malformed("what was written makes no sense")
)

// Purge erases old answers from a checkpoint. The file is written anew, as a copy is made, and put in the old one's
// place: a crash leaves one or the other. Its secret stays, and with it who is who.
//
// agree is told beforehand what is to be taken; its error ends the purge, and nothing was changed. Where there is
// nothing to take, it is not asked.
//
// The file is opened as by Open, with the same refusals. Create counts for nothing.
func Purge(path string, what PurgeOptions, o Options, agree func(Purged) error) (Purged, error) {
	o.Create = false
	o, err := o.filled()
	if err != nil {
		return Purged{}, err
	}
	if err := what.Run.check(); err != nil {
		return Purged{}, err
	}
	f, err := take(path, o)
	if err != nil {
		return Purged{}, err
	}
	l, err := enter(path, f, o)
	if err != nil {
		return Purged{}, err
	}
	p := &purge{Reader: l.Reader, PurgeOptions: what, before: what.Before.Unix(), gone: map[int]int{}, days: days{}, begun: map[Attempt]int64{}}
	if err := p.survey(); err != nil || p.nothing() {
		return p.purged, cmp.Or(err, l.file.Close())
	}
	if err := agree(p.purged); err != nil {
		l.file.Close()
		return p.purged, err
	}
	c, err := replace(path, l.file, o, func(c File) error { return p.fill(c, o) })
	if err != nil {
		l.file.Close()
		return p.purged, err
	}
	return p.purged, c.Close()
}

// purge is one on its way.
type purge struct {
	*Reader // the file as it was
	PurgeOptions
	before int64 // in seconds
	newest index // when something was last recorded about a person, in seconds; filled only if some are to be forgotten
	purged Purged
	idle   int               // people of whom there are only voids
	gone   map[int]int       // by run: calls that are forgotten and were not certainly free
	days   days              // the same, by day
	begun  map[Attempt]int64 // when they were begun, until their outcome is read
}

func (p *purge) nothing() bool { return p.purged.Answers+p.purged.Forgotten+p.idle == 0 }

// survey finds out what is to be taken.
func (p *purge) survey() error {
	if p.Forget {
		for f, err := range p.frames(p.end) {
			if err != nil {
				return err
			}
			if key, at, ok := f.about(); ok {
				old, _, _ := p.newest.get(key)
				p.newest.put(key, max(1, old, floor(at, int64(time.Second))), 0)
			}
		}
	}
	for key, last := range p.newest.all() {
		_, _, answered := p.settled.get(key)
		_, charged := p.charged[key]
		switch {
		case p.forgotten(key) && (answered || charged):
			p.purged.Forgotten++
		case p.forgotten(key):
			p.idle++
		case int64(last) < p.before:
			p.purged.Kept++
		}
	}
	for f, err := range p.frames(p.end) {
		if err != nil {
			return err
		}
		p.count(f)
	}
	return nil
}

// forgotten: nothing from Before on, and no doubt.
func (p *purge) forgotten(k Key) bool {
	last, _, known := p.newest.get(k)
	_, doubt := p.open[k]
	return known && !doubt && last < p.before
}

func (p *purge) count(f frame) {
	key, _, ok := f.about()
	if !ok {
		return
	}
	gone := p.forgotten(key)
	if s, _, ok := p.erasable(f); ok && !gone {
		p.purged.Answers++
		if newest, _, _ := p.settled.get(s.key); newest == f.off {
			p.purged.People++
		}
	}
	if gone {
		p.drop(f)
	}
}

// drop counts a record of a person who is forgotten. A purge must not lower what a day or a batch has cost.
func (p *purge) drop(f frame) {
	switch f.typ {
	case recordBegin:
		b, _ := parseBegin(f.payload)
		p.purged.Calls++
		p.begun[b.attempt] = b.at
		p.days.begin(b.at)
		p.dropOf(b.attempt, 1)
	case recordVoid:
		_, attempt, _, class, _ := parseVoid(f.payload)
		if certainlyFree(string(class)) {
			p.days.free(p.begun[attempt])
			p.dropOf(attempt, -1)
		}
		delete(p.begun, attempt)
	case recordSettle:
		s, fee, _ := parseSettle(f.payload)
		p.days.settle(p.begun[s.attempt], s.at)
		delete(p.begun, s.attempt)
		if s.answer.Billed() {
			p.purged.Billed++
		}
		if fee {
			p.purged.Fee++
		}
	}
}

// dropOf adds to the forgotten calls of the run that began an attempt, if the run has a batch.
func (p *purge) dropOf(a Attempt, n int) {
	if run := p.runOf(a); run >= 0 && p.runs[run].Batch != "" {
		p.gone[run] += n
	}
}

// about says whom a record is about, and when it was made.
func (f frame) about() (key Key, at int64, ok bool) {
	switch f.typ {
	case recordBegin:
		b, ok := parseBegin(f.payload)
		return b.key, b.at, ok
	case recordSettle:
		s, _, ok := parseSettle(f.payload)
		return s.key, s.at, ok
	case recordVoid:
		key, _, at, _, ok = parseVoid(f.payload)
		return key, at, ok
	}
	return key, 0, false
}

// erasable is an answer that is to be erased.
func (p *purge) erasable(f frame) (s settleRecord, fee, ok bool) {
	if f.typ != recordSettle {
		return s, false, false
	}
	s, fee, ok = parseSettle(f.payload)
	return s, fee, ok && !s.erased && floor(s.at, int64(time.Second)) < p.before
}

// fill writes all of the new file, its header last: a copy that can be read is a whole one.
func (p *purge) fill(c File, o Options) error {
	here, err := c.Identity()
	if err != nil {
		return err
	}
	head := make([]byte, p.body)
	if _, err := p.file.ReadAt(head, 0); err != nil {
		return err
	}
	to := &spool{file: c, off: p.body}
	w := newRewriter(p.path, p.header, p.seed, p.body, to)
	if err := p.rewrite(w); err != nil {
		return err
	}
	if err := p.sign(w, here, o); err != nil {
		return err
	}
	if err := to.flush(); err != nil {
		return err
	}
	if err := c.Sync(); err != nil {
		return err
	}
	if err := p.compare(c, w); err != nil {
		return err
	}
	return writeWhole(c, head)
}

// rewrite takes everything over but for what is purged.
func (p *purge) rewrite(w *rewriter) error {
	s := newSalvage(w, nil) // numbers attempts anew
	for f, err := range p.frames(p.end) {
		if err != nil {
			return err
		}
		if key, _, ok := f.about(); ok && p.forgotten(key) {
			continue
		}
		if run, ok := p.carries(f); ok {
			f.payload = run.append(nil)
		}
		if old, fee, ok := p.erasable(f); ok {
			f.payload = old.erase(fee).append(nil)
		}
		if err := s.keep(f); err != nil {
			return err
		}
	}
	if len(s.senses) > 0 {
		return purgeSenseless
	}
	return s.finish()
}

// carries returns the new start of a run that loses calls.
func (p *purge) carries(f frame) (run Run, ok bool) {
	if f.typ != recordRunStart {
		return run, false
	}
	run, ok = parseRun(f.payload)
	n := p.gone[int(run.Number)-1]
	run.forgotten += n
	return run, ok && n != 0
}

// erase leaves when somebody was answered, and what that says about money.
func (r settleRecord) erase(fee bool) settleRecord {
	r.answer = Answer{HTTPStatus: r.answer.HTTPStatus, Sandbox: r.answer.Sandbox}
	if fee {
		r.answer.IsFee = "1"
	}
	r.erased = true
	return r
}

// sign adds the run that the purge was, and the record that names the new file's own inode.
func (p *purge) sign(w *rewriter, here Identity, o Options) error {
	now := o.Now()
	run := p.Run
	run.Number, run.At, run.BatchStart = uint64(len(w.runs))+1, now, now
	run.Host, run.PID, run.Inode = o.Host, o.pid, here.Inode
	n := p.purged
	end := RunEnd{At: now, Why: endPurged, Counts: map[string]int64{
		PurgedAnswers: int64(n.Answers), PurgedPeople: int64(n.Forgotten), PurgedCalls: int64(n.Calls),
		PurgedBilled: int64(n.Billed), PurgedFee: int64(n.Fee),
	}}
	p.days.carry(end.Counts)
	for _, record := range []struct {
		typ     recordType
		payload []byte
	}{{recordRunStart, run.append(nil)}, {recordRunEnd, end.append(nil, run.Number)}} {
		if err := w.add(record.typ, record.payload); err != nil {
			return err
		}
		if err := w.finish(); err != nil {
			return err
		}
	}
	last := copyRecord{at: toNano(now), host: o.Host, inode: here.Inode, pid: o.pid}
	if err := w.add(recordCopy, last.append(nil)); err != nil {
		return err
	}
	return w.finishAs(w.commit + 2)
}

// compare reads the new file, as it is but for its header: nobody may look new who was not to be forgotten, and no
// doubt may be gone.
func (p *purge) compare(c File, w *rewriter) error {
	r := newReader(p.path, c)
	r.header, r.seed, r.body, r.end = p.header, p.seed, p.body, p.body
	torn, err := r.load(w.end, false)
	if err != nil {
		return err
	}
	if torn > 0 || r.end != w.end || len(r.runs) != len(p.runs)+1 || !reflect.DeepEqual(r.Counts(), w.Counts()) ||
		r.lost != p.lost || len(r.open) != len(p.open) || r.counts.Begins != p.counts.Begins-p.purged.Calls {
		return purgeChanged
	}
	for _, day := range p.byDay.newest() {
		if r.byDay[day] != p.byDay[day] {
			return purgeChanged
		}
	}
	for _, run := range r.runs {
		if r.calls[run.Batch] != p.calls[run.Batch] {
			return purgeChanged
		}
	}
	for key, old := range p.settled.all() {
		_, kind, known := r.settled.get(key)
		if known == p.forgotten(key) || known && kind != erased && kind != int(old>>kindShift) {
			return purgeChanged
		}
	}
	for key := range p.charged {
		if _, known := r.charged[key]; known == p.forgotten(key) {
			return purgeChanged
		}
	}
	for key, old := range p.open {
		if doubt, known := r.open[key]; !known || len(doubt.older) != len(old.older) {
			return purgeChanged
		}
	}
	return nil
}
