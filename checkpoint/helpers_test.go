package checkpoint

import (
	"encoding/binary"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"
)

const testPath = "batch.checkpoint"

func key(n int) (k Key) {
	binary.BigEndian.PutUint32(k[:], uint32(n))
	return k
}

var verdict = Answer{HTTPStatus: 200, Code: "0", IsFee: "1", SeqNo: "S1", Result: 1, ResultDesc: "一致",
	MobileChannel: "CMCC", RequestID: "R-1"}

func answer(n int) Answer {
	a := verdict
	a.SeqNo = fmt.Sprint("S", n)
	a.Result = n % 4
	return a
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

// clock ticks a second a look. It is only for tests in which one goroutine records.
func clock() func() time.Time {
	t := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	return func() time.Time {
		t = t.Add(time.Second)
		return t
	}
}

func options(m *memory) Options {
	return Options{Service: "sandbox", Create: true, Host: "here", Rand: zeros{}, FS: m}
}

func mustOpen(t testing.TB, o Options) *Log {
	t.Helper()
	l, err := Open(testPath, o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func begin(t testing.TB, l *Log, k Key) Attempt {
	t.Helper()
	a, err := l.Begin(k, [16]byte{1})
	must(t, err)
	return a
}

func lookup(t testing.TB, r *Reader, k Key) Entry {
	t.Helper()
	e, err := r.Lookup(k)
	must(t, err)
	return e
}

// picture is everything a checkpoint says, for comparing.
type picture struct {
	Entries map[Key]Entry
	Open    map[Key][]Attempt
	Doubts  []Doubt
	Counts  Counts
	Runs    []Run
}

const people = 12 // the keys that pictures look at

func draw(t testing.TB, r *Reader) picture {
	t.Helper()
	p := picture{Entries: map[Key]Entry{}, Open: map[Key][]Attempt{}, Counts: r.Counts(), Runs: r.Runs()}
	for n := range people {
		e := lookup(t, r, key(n))
		e.ThisRun = false
		p.Entries[key(n)] = e
		if open := r.OpenAttempts(key(n)); open != nil {
			p.Open[key(n)] = open
		}
	}
	for d := range r.InDoubt() {
		d.ThisRun = false
		p.Doubts = append(p.Doubts, d)
	}
	return p
}

func same(a, b picture) bool { return reflect.DeepEqual(a, b) }

// script is a Log whose commits happen when the test says so, and the history of its file.
type script struct {
	t      testing.TB
	mem    *memory
	log    *Log
	frames []mark
	first  mark // the file with its header alone
}

// mark is the state after a frame.
type mark struct {
	end    int64
	commit uint64
	shows  picture
}

func newScript(t testing.TB) *script {
	t.Helper()
	s := &script{t: t, mem: newMemory()}
	o := options(s.mem)
	o.Now = clock()
	o, err := o.filled()
	must(t, err)
	f, err := take(testPath, o)
	must(t, err)
	s.log, err = enter(testPath, f, o)
	must(t, err)
	must(t, s.mem.SyncDir("."))
	s.first = mark{s.log.end, 0, draw(t, s.log.Reader)}
	return s
}

func (s *script) mark() {
	q := s.log.queue
	s.frames = append(s.frames, mark{q.off + int64(len(q.buf)), s.log.commit + 1, draw(s.t, s.log.Reader)})
}

func (s *script) begin(n int) Attempt {
	s.t.Helper()
	_, a, err := s.log.queueBegin(key(n), [16]byte{byte(n)})
	must(s.t, err)
	s.mark()
	return a
}

func (s *script) settle(n int, a Attempt) {
	s.t.Helper()
	must(s.t, s.log.Settle(key(n), a, answer(n)))
	s.mark()
}

func (s *script) void(n int, a Attempt, class string) {
	s.t.Helper()
	must(s.t, s.log.Void(key(n), a, class))
	s.mark()
}

func (s *script) run() {
	s.t.Helper()
	_, err := s.log.add(recordRunStart, func(b []byte) ([]byte, error) {
		r := Run{Number: uint64(len(s.log.runs)) + 1, At: s.log.now(), BatchStart: s.log.now(), Host: "here", PID: 7,
			Inode: s.log.inode, Program: "test", Normaliser: 1, Options: "rate 20"}
		return r.append(b), nil
	})
	must(s.t, err)
	s.mark()
}

func (s *script) commit() {
	s.t.Helper()
	c := s.log.next()
	must(s.t, s.log.save(c))
	s.log.flight = nil
	close(c.done)
}

func (s *script) bytes() []byte { return slices.Clone(s.mem.names[testPath].data) }

// shows is what a file must show whose last good frame ends at or before end.
func (s *script) shows(end int64) picture {
	p := s.first.shows
	for _, m := range s.frames {
		if m.end <= end {
			p = m.shows
		}
	}
	return p
}

// twenty is a file of 20 records in commits of several frames, not left in order.
func twenty(t testing.TB) *script {
	s := newScript(t)
	s.run()
	s.commit()
	a := s.begin(1)
	b := s.begin(2)
	s.commit()
	s.settle(1, a)
	c := s.begin(3)
	s.commit()
	s.void(2, b, "throttled")
	d := s.begin(4)
	e := s.begin(5)
	s.commit()
	s.settle(3, c)
	s.settle(4, d)
	s.commit()
	f := s.begin(1) // a renewal
	s.commit()
	s.void(1, f, "throttled")
	s.begin(5) // sent again, still in doubt
	s.commit()
	s.settle(5, e)
	g := s.begin(6)
	s.commit()
	h := s.begin(7)
	s.settle(6, g)
	s.begin(8)
	s.settle(7, h)
	s.begin(9)
	s.commit()
	if len(s.frames) != 20 {
		t.Fatalf("the file has %d records", len(s.frames))
	}
	return s
}

// disked is a file system that holds just these bytes, as the file they were made as.
func disked(b []byte) *memory {
	m := newMemory()
	m.put(testPath, 101, b)
	return m
}
