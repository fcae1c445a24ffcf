package checkpoint

import "math"

// Missing is what damage took from a checkpoint's history.
type Missing struct {
	// Calls are attempts of which neither the begin nor what became of them is left: whom they were about is unknown.
	Calls []Span
	// Beyond is how many more calls may have been begun behind the newest one that is known: the bytes have room for so
	// many.
	Beyond int
	Begins int // settles and voids that are left, but not their begin; one was made up for each, so that they count
	Free   int // voids that say "certainly free", whose begin is gone: they say nothing any more
	// Resent are voids as Resent without the newer answer that lifted the doubt: the person is in doubt again.
	Resent int
	// Open are begins without an answer before the last damage, which may have taken it.
	Open int
	Runs []Span   // whose start is gone
	Ends []uint64 // runs whose end is left, but not their start
	// Bytes of the history that nothing is left of.
	Bytes int64
}

// Lost is how many calls of unknown people there may have been: each of them looks new and may be paid for again.
func (m Missing) Lost() int {
	n := m.Beyond
	for _, s := range m.Calls {
		n += int(s.Last - s.First + 1)
	}
	return n
}

// salvage makes a new history of the frames that are left of an old one. Its rules are about money: who may have been
// charged must not look new, as far as anything is left of it.
//
//   - A begin whose end is gone stays open: in doubt.
//   - An answer whose begin is gone gets a begin, and so does a void that does not say "certainly free".
//   - A void that says so without its begin is left out.
//   - A void as Resent lifts a doubt because a newer attempt was answered. Where that answer is gone, so is the void.
//   - What is left is numbered anew, without gaps. What makes no sense although its checksum is right is left out.
type salvage struct {
	*rewriter
	missing Missing
	senses  []Fault // frames that make no sense

	orphans    []orphan // not made up yet
	unclosed   map[call]begun
	answered   index // by person: the number of the newest attempt with an answer
	seen       numbers
	lastHole   int64 // where it begins
	room       int64 // for begins, in the holes behind the newest begin
	lastBegin  Attempt
	started    numbers // the old numbers of the runs that are left
	lastRun    uint64  // the last of them
	highestRun uint64  // that any record names
	oldCommit  uint64  // of the frame before
	kept       int
}

type call struct {
	key     Key
	attempt Attempt
}

// begun is an open attempt: its new number, and where its begin stands in the old file.
type begun struct {
	attempt Attempt
	place   int64
}

// beginFrame is how much room the begin of a lost call took.
const beginFrame = frameHead + 16 + 8 + 16 + 8

func newSalvage(w *rewriter, orphans []orphan) *salvage {
	return &salvage{rewriter: w, orphans: orphans, unclosed: map[call]begun{}}
}

// hole is told between the frames around it, in the order of the history. At the end of the file there may have been
// more than there is now: a begin of which a part is left counts.
func (s *salvage) hole(at, length int64, end bool) {
	s.missing.Bytes += length
	s.lastHole = at
	if end {
		length += beginFrame - 1
	}
	s.room += length / beginFrame
}

// keep takes a frame of the old file in. An error is a write's.
func (s *salvage) keep(f frame) error {
	if f.commit != s.oldCommit {
		if err := s.finish(); err != nil {
			return err
		}
		s.oldCommit = f.commit
	}
	why, err := s.sort(f)
	if why != nil {
		s.senses = append(s.senses, Fault{Offset: f.off, Length: f.end() - f.off, Behind: s.kept, Reason: why.Error()})
	}
	s.kept++
	return err
}

func (s *salvage) sort(f frame) (why, err error) {
	switch f.typ {
	case recordBegin:
		return s.begin(f), nil
	case recordSettle:
		return s.settle(f), nil
	case recordVoid:
		return s.void(f), nil
	case recordRunStart:
		return s.runStart(f), nil
	case recordRunEnd:
		return s.runEnd(f), nil
	case recordRepair:
		return s.add(f.typ, f.payload), nil
	case recordCopy:
		return s.addCopy(f.payload)
	}
	return malformed("a header in the middle"), nil
}

func (s *salvage) begin(f frame) error {
	b, ok := parseBegin(f.payload)
	if !ok || !s.number(f, b.attempt) {
		return malformed("a begin of the wrong form")
	}
	old := b.attempt
	if old > s.lastBegin {
		s.lastBegin, s.room = old, 0
	}
	if err := s.makeUp(old); err != nil {
		return err
	}
	b.attempt = s.attempts + 1
	if err := s.add(recordBegin, b.append(nil)); err != nil {
		return err
	}
	s.unclosed[call{b.key, old}] = begun{b.attempt, f.off}
	return nil
}

// number notes that an attempt was begun.
func (s *salvage) number(f frame, a Attempt) bool {
	ok := possibleAttempt(f, a)
	if ok {
		s.seen.add(uint64(a))
	}
	return ok
}

// possibleAttempt: so many begins have room in front of f.
func possibleAttempt(f frame, a Attempt) bool {
	return a > 0 && uint64(a) <= uint64(f.end()/beginFrame)
}

// makeUp adds the begins that are gone, but not what became of them, up to a number: the order of a person's attempts
// says which of them is the newest.
func (s *salvage) makeUp(highest Attempt) error {
	for len(s.orphans) > 0 && s.orphans[0].attempt <= highest {
		o := s.orphans[0]
		s.orphans = s.orphans[1:]
		made := beginRecord{key: o.key, attempt: s.attempts + 1, nonce: o.nonce(), at: o.at}
		if err := s.add(recordBegin, made.append(nil)); err != nil {
			return err
		}
		s.unclosed[o.call] = begun{made.attempt, math.MaxInt64} // no answer to it was lost
		s.missing.Begins++
	}
	return nil
}

// closing returns the new number of the attempt that is closed.
func (s *salvage) closing(c call) (Attempt, error) {
	if err := s.makeUp(c.attempt); err != nil {
		return 0, err
	}
	b, found := s.unclosed[c]
	if !found {
		return 0, ErrAttempt
	}
	delete(s.unclosed, c)
	return b.attempt, nil
}

func (s *salvage) settle(f frame) error {
	r, ok := parseAnswer(f.payload)
	if !ok || !s.number(f, r.attempt) {
		return malformed("a settle of the wrong form")
	}
	old := r.attempt
	var err error
	if r.attempt, err = s.closing(call{r.key, old}); err != nil {
		return err
	}
	if newer, _, _ := s.answered.get(r.key); int64(old) > newer {
		s.answered.put(r.key, int64(old), 0)
	}
	return s.add(recordSettle, r.append(nil))
}

func (s *salvage) void(f frame) error {
	key, old, at, class, ok := parseVoid(f.payload)
	if !ok || !s.number(f, old) {
		return malformed("a void of the wrong form")
	}
	if err := s.makeUp(old); err != nil {
		return err
	}
	c := call{key, old}
	if _, begun := s.unclosed[c]; !begun && certainlyFree(string(class)) {
		s.missing.Free++
		return nil
	}
	if newer, _, found := s.answered.get(key); string(class) == Resent && (!found || Attempt(newer) <= old) {
		s.missing.Resent++
		return nil
	}
	attempt, err := s.closing(c)
	if err != nil {
		return err
	}
	return s.add(recordVoid, voidRecord{key, attempt, at, string(class)}.append(nil))
}

func (s *salvage) runStart(f frame) error {
	run, ok := parseRun(f.payload)
	old := run.Number
	if !ok || !possibleRun(f, old) {
		return malformed("a run's start of the wrong form")
	}
	run.Number = uint64(len(s.runs)) + 1
	if err := s.add(recordRunStart, run.append(nil)); err != nil {
		return err
	}
	s.started.add(old)
	s.lastRun, s.highestRun = old, max(s.highestRun, old)
	return nil
}

func (s *salvage) runEnd(f frame) error {
	old, end, ok := parseRunEnd(f.payload)
	if !ok || !possibleRun(f, old) {
		return malformed("a run's end of the wrong form")
	}
	s.highestRun = max(s.highestRun, old)
	n := len(s.runs)
	if s.lastRun != old || s.runs[n-1].End != nil {
		s.missing.Ends = append(s.missing.Ends, old)
		return nil
	}
	return s.add(recordRunEnd, end.append(nil, uint64(n)))
}

// possibleRun: so many runs have room in front of f.
func possibleRun(f frame, number uint64) bool {
	return number > 0 && number <= uint64(f.end()/frameHead)
}

// addCopy adds a copy record in a commit of its own, which leaves a number out.
func (s *salvage) addCopy(payload []byte) (why, err error) {
	if err := s.finish(); err != nil {
		return nil, err
	}
	if why := s.add(recordCopy, payload); why != nil {
		return why, nil
	}
	return nil, s.finishAs(s.commit + 2)
}

// certainlyFree: a void of this class says that nobody was charged.
func certainlyFree(class string) bool { return class != Resent && class != FoundBilled }

// sum works out what is missing once everything that is left was kept.
func (s *salvage) sum() Missing {
	m := s.missing
	m.Calls = s.seen.gaps(s.seen.highest())
	if most := uint64(s.lastBegin) + uint64(s.room); most > s.seen.highest() {
		m.Beyond = int(most - s.seen.highest())
	}
	for i := range s.senses {
		s.senses[i].Behind = s.kept - 1 - s.senses[i].Behind
	}
	for _, b := range s.unclosed {
		if b.place < s.lastHole {
			m.Open++
		}
	}
	m.Runs = s.started.gaps(s.highestRun)
	return m
}
