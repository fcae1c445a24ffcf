package cli

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"mobile3batch/checkpoint"
	"mobile3batch/pipeline"
	"mobile3batch/writer"
)

// A point is a named place between two steps of the work at which the program
// can be made to fail. All of them lie on the seams between the packages, so
// the released binary has no trace of them.
type point string

// The points, in the order of one person's way. F numbers are those of the fault model in points.
const (
	beforeIntent       point = "before-intent"
	intentHalfWritten  point = "intent-half-written"
	intentWritten      point = "intent-written"
	intentSynced       point = "intent-synced"
	requestHalfWritten point = "request-half-written"
	requestWritten     point = "request-written"
	answerHalfRead     point = "answer-half-read"
	answerReceived     point = "answer-received"
	outcomeQueued      point = "outcome-queued"
	outcomeHalfWritten point = "outcome-half-written"
	outcomeWritten     point = "outcome-written"
	outcomeSynced      point = "outcome-synced"
	refusalReceived    point = "refusal-received"
	refusalQueued      point = "refusal-queued"
	syncing            point = "syncing"

	sheetMade        point = "sheet-made"
	sheetHalfWritten point = "sheet-half-written"
	sheetWritten     point = "sheet-written"
	sheetSynced      point = "sheet-synced"
	sheetRenamed     point = "sheet-renamed"
	sheetInPlace     point = "sheet-in-place"
	runEndWritten    point = "run-end-written"
	runEndSynced     point = "run-end-synced"

	checkpointMade  point = "checkpoint-made"
	headerWritten   point = "header-written"
	runStartWritten point = "run-start-written"

	copyMade        point = "copy-made"
	copyHalfWritten point = "copy-half-written"
	copySyncing     point = "copy-syncing"
	copySynced      point = "copy-synced"
	copyRenamed     point = "copy-renamed"
	folderSynced    point = "folder-synced"
	leftoverFound   point = "leftover-found"
	leftoverRemoved point = "leftover-removed"

	resendIntent    point = "resend-intent-synced"
	resendAnswered  point = "resend-answered"
	doubtVoided     point = "doubt-voided"
	resendRefused   point = "resend-refused"
	renewalIntent   point = "renewal-intent-synced"
	renewalAnswered point = "renewal-answered"
	renewalRefused  point = "renewal-refused"
)

// points says of each what it stands for, and in which scenes it must be hit.
var points = map[point]struct {
	model  string
	scenes []string
}{
	beforeIntent:       {"F1 token and budget taken, no intent", []string{"fresh", "resume"}},
	intentHalfWritten:  {"F2 half of the intent's commit in the file", []string{"fresh"}},
	intentWritten:      {"F2 intent written, not synced", []string{"fresh", "resume"}},
	intentSynced:       {"F3 intent on disk, nothing sent", []string{"fresh", "resume"}},
	requestHalfWritten: {"F4 half of the request sent", []string{"fresh"}},
	requestWritten:     {"F5 request sent, no answer", []string{"fresh"}},
	answerHalfRead:     {"F6 half an answer", []string{"fresh"}},
	answerReceived:     {"F7 answer in hand, not recorded", []string{"fresh", "resume"}},
	outcomeQueued:      {"F8 answer recorded, not written", []string{"fresh"}},
	outcomeHalfWritten: {"F8 half of the answer's commit in the file", []string{"fresh"}},
	outcomeWritten:     {"F8 answer written, not synced", []string{"fresh"}},
	outcomeSynced:      {"F9 answer on disk, not in the sheet", []string{"fresh"}},
	refusalReceived:    {"F7 free refusal in hand, not recorded", []string{"throttled"}},
	refusalQueued:      {"F8 free refusal recorded, not written", []string{"throttled"}},
	syncing:            {"F12 a sync of the checkpoint fails", []string{"fresh", "resume"}},

	sheetMade:        {"F10 sheet begun", []string{"fresh"}},
	sheetHalfWritten: {"F10 half a sheet", []string{"fresh"}},
	sheetWritten:     {"F10 sheet written, not synced", []string{"fresh"}},
	sheetSynced:      {"F10 sheet synced, not in place", []string{"fresh"}},
	sheetRenamed:     {"F10 sheet in place, folder not synced", []string{"fresh"}},
	sheetInPlace:     {"F10 sheet in place, run not ended", []string{"fresh"}},
	runEndWritten:    {"F10 run's end written, not synced", []string{"fresh"}},
	runEndSynced:     {"F10 run's end on disk", []string{"fresh"}},

	checkpointMade:  {"F11 checkpoint made, no header", []string{"fresh"}},
	headerWritten:   {"F11 header written, not synced", []string{"fresh"}},
	runStartWritten: {"F11 run's start written, not synced", []string{"fresh", "resume"}},
	copyMade:        {"F11 copy made, empty", []string{"resume"}},
	copyHalfWritten: {"F11 half a copy", []string{"resume"}},
	copySyncing:     {"F11 copy written, not synced", []string{"resume"}},
	copySynced:      {"F11 copy synced, not in place", []string{"resume"}},
	copyRenamed:     {"F11 copy in place, folder not synced", []string{"resume"}},
	folderSynced:    {"F11 copy in place for good", []string{"resume"}},
	leftoverFound:   {"F11 an earlier crash's copy found", []string{"leftover"}},
	leftoverRemoved: {"F11 an earlier crash's copy removed", []string{"leftover"}},

	resendIntent:    {"resend: second intent on disk", []string{"resend", "resend-throttled"}},
	resendAnswered:  {"resend: answered, the older doubt still open", []string{"resend", "resend-throttled"}},
	doubtVoided:     {"resend: the older doubt closed", []string{"resend", "resend-throttled"}},
	resendRefused:   {"resend: refused for free, the older doubt stands", []string{"resend-throttled"}},
	renewalIntent:   {"renewal: intent on disk beside an older answer", []string{"renewal"}},
	renewalAnswered: {"renewal: answered anew", []string{"renewal"}},
	renewalRefused:  {"renewal: refused for free, the older answer stands", []string{"renewal-throttled"}},
}

// What a point does to the program.
const (
	actExit    = "exit"
	actPanic   = "panic"
	actOnce    = "fail-once"
	actForever = "fail-for-ever"
)

var actions = []string{actExit, actPanic, actOnce, actForever}

// faultAt in the environment of the program: point, action, at which hit, and
// the file that is made when it happens.
const faultAt = "MOBILE3BATCH_TEST_FAULT_AT"

var errPlanted = fmt.Errorf("planted: %w", syscall.EIO)

type injector struct {
	point  point
	action string
	nth    int
	mark   string

	mu    sync.Mutex
	hits  int
	fired bool
}

// faultStreams are the real streams, with the fault that the environment asks for.
func faultStreams(s Streams) Streams {
	f := strings.Fields(os.Getenv(faultAt))
	if len(f) != 4 {
		return s
	}
	nth, err := strconv.Atoi(f[2])
	if err != nil {
		panic(err)
	}
	i := &injector{point: point(f[0]), action: f[1], nth: nth, mark: f[3]}
	s.disks.checkpoint = &faultyFiles{i: i}
	s.disks.sheet = i.sheet()
	s.seams.ledger = func(l pipeline.Ledger) pipeline.Ledger {
		return &faultyLedger{Ledger: l, i: i, before: map[checkpoint.Key]checkpoint.State{}}
	}
	s.seams.dial = i.dial
	return s
}

// at is called at every point; the one that was asked for fails.
func (i *injector) at(p point) error {
	if p != i.point {
		return nil
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.hits++; i.hits < i.nth || i.fired && i.action != actForever {
		return nil
	}
	i.fired = true
	if err := os.WriteFile(i.mark, nil, 0o600); err != nil {
		panic(err)
	}
	switch i.action {
	case actExit:
		os.Exit(137)
	case actPanic:
		panic("planted")
	}
	return errPlanted
}

// faultyLedger has the points around an attempt's records.
type faultyLedger struct {
	pipeline.Ledger
	i      *injector
	mu     sync.Mutex
	before map[checkpoint.Key]checkpoint.State // of the attempt under way
}

func (l *faultyLedger) known(k checkpoint.Key) checkpoint.State {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.before[k]
}

func (l *faultyLedger) Begin(k checkpoint.Key, nonce [16]byte) (checkpoint.Attempt, error) {
	e, err := l.Lookup(k)
	if err != nil {
		return 0, err
	}
	l.mu.Lock()
	l.before[k] = e.State
	l.mu.Unlock()
	if err := l.i.at(beforeIntent); err != nil {
		return 0, err
	}
	a, err := l.Ledger.Begin(k, nonce)
	if err != nil {
		return 0, err
	}
	return a, l.i.at(map[checkpoint.State]point{
		checkpoint.New: intentSynced, checkpoint.InDoubt: resendIntent, checkpoint.Settled: renewalIntent}[e.State])
}

func (l *faultyLedger) Settle(k checkpoint.Key, a checkpoint.Attempt, ans checkpoint.Answer) error {
	if err := l.i.at(answerReceived); err != nil {
		return err
	}
	if err := l.Ledger.Settle(k, a, ans); err != nil {
		return err
	}
	return l.i.at(map[checkpoint.State]point{
		checkpoint.New: outcomeQueued, checkpoint.InDoubt: resendAnswered, checkpoint.Settled: renewalAnswered}[l.known(k)])
}

func (l *faultyLedger) Void(k checkpoint.Key, a checkpoint.Attempt, class string) error {
	if class == checkpoint.Resent {
		if err := l.Ledger.Void(k, a, class); err != nil {
			return err
		}
		return l.i.at(doubtVoided)
	}
	if err := l.i.at(refusalReceived); err != nil {
		return err
	}
	if err := l.Ledger.Void(k, a, class); err != nil {
		return err
	}
	return l.i.at(map[checkpoint.State]point{
		checkpoint.New: refusalQueued, checkpoint.InDoubt: resendRefused, checkpoint.Settled: renewalRefused}[l.known(k)])
}

// faultyFiles has the points of the checkpoint's file and of its copy.
type faultyFiles struct {
	checkpoint.Disk
	i    *injector
	made *faultyFile // the copy, until it takes the checkpoint's place
}

func isCopy(path string) bool { return strings.HasSuffix(path, ".copy") }

func (d *faultyFiles) Open(path string, mode checkpoint.OpenMode) (checkpoint.File, error) {
	f, err := d.Disk.Open(path, mode)
	if err != nil {
		return nil, err
	}
	if mode == checkpoint.CreateNew {
		p := checkpointMade
		if isCopy(path) {
			p = copyMade
		}
		if err := d.i.at(p); err != nil {
			f.Close()
			return nil, err
		}
	}
	file := &faultyFile{File: f, i: d.i, copy: isCopy(path)}
	if file.copy && mode == checkpoint.CreateNew {
		d.made = file
	}
	return file, nil
}

func (d *faultyFiles) Rename(from, to string) error {
	if err := d.Disk.Rename(from, to); err != nil {
		return err
	}
	d.made.copy = false
	return d.i.at(copyRenamed)
}

func (d *faultyFiles) Remove(path string) error {
	if err := d.i.at(leftoverFound); err != nil {
		return err
	}
	if err := d.Disk.Remove(path); err != nil {
		return err
	}
	return d.i.at(leftoverRemoved)
}

func (d *faultyFiles) SyncDir(dir string) error {
	if err := d.Disk.SyncDir(dir); err != nil {
		return err
	}
	return d.i.at(folderSynced)
}

type faultyFile struct {
	checkpoint.File
	i    *injector
	copy bool
	last byte // the most telling type of record in the newest commit
}

// The types of records, as the checkpoint's package comment has them.
const (
	typeHeader = iota + 1
	typeBegin
	typeSettle
	typeVoid
	typeRunStart
	typeRunEnd
)

// tells finds what a commit is about: an intent before an outcome before the rest.
func tells(b []byte) (typ byte) {
	for len(b) > 17 {
		switch t := b[8] & 0x7f; {
		case t == typeBegin:
			return typeBegin
		case t == typeSettle || t == typeVoid:
			typ = typeSettle
		case typ == 0:
			typ = t
		}
		b = b[min(len(b), 17+int(binary.LittleEndian.Uint32(b))):]
	}
	return typ
}

func (f *faultyFile) WriteAt(b []byte, off int64) (int, error) {
	halves := map[byte]point{typeBegin: intentHalfWritten, typeSettle: outcomeHalfWritten}
	wholes := map[byte]point{typeHeader: headerWritten, typeBegin: intentWritten, typeSettle: outcomeWritten,
		typeRunStart: runStartWritten, typeRunEnd: runEndWritten}
	f.last = tells(b)
	half, whole := halves[f.last], wholes[f.last]
	if f.copy {
		half, whole = copyHalfWritten, ""
	}
	n, err := f.File.WriteAt(b[:len(b)/2], off)
	if err != nil {
		return n, err
	}
	if err := f.i.at(half); err != nil {
		return n, err
	}
	more, err := f.File.WriteAt(b[n:], off+int64(n))
	if err != nil {
		return n + more, err
	}
	return n + more, f.i.at(whole)
}

func (f *faultyFile) Sync() error {
	before, after := syncing, map[byte]point{typeSettle: outcomeSynced, typeRunEnd: runEndSynced}[f.last]
	if f.copy {
		before, after = copySyncing, copySynced
	}
	if err := f.i.at(before); err != nil {
		return err
	}
	if err := f.File.Sync(); err != nil {
		return err
	}
	return f.i.at(after)
}

// sheet has the points of the sheet's way to its place.
func (i *injector) sheet() writer.Disk {
	real, d := writer.System, writer.System
	d.Open = func(path string) (*os.File, error) {
		f, err := real.Open(path)
		if err != nil {
			return nil, err
		}
		if err := i.at(sheetMade); err != nil {
			f.Close()
			return nil, err
		}
		return f, nil
	}
	d.Write = func(f *os.File, p []byte) (int, error) {
		n, err := real.Write(f, p[:len(p)/2])
		if err == nil {
			err = i.at(sheetHalfWritten)
		}
		if err != nil {
			return n, err
		}
		more, err := real.Write(f, p[n:])
		return n + more, err
	}
	d.Sync = func(f *os.File) error {
		if err := i.at(sheetWritten); err != nil {
			return err
		}
		if err := real.Sync(f); err != nil {
			return err
		}
		return i.at(sheetSynced)
	}
	d.Rename = func(from, to string) error {
		if err := real.Rename(from, to); err != nil {
			return err
		}
		return i.at(sheetRenamed)
	}
	d.SyncDir = func(dir string) error {
		if err := real.SyncDir(dir); err != nil {
			return err
		}
		return i.at(sheetInPlace)
	}
	return d
}

func (i *injector) dial(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &faultyConn{Conn: c, i: i}, nil
}

// faultyConn has the points on the wire.
type faultyConn struct {
	net.Conn
	i *injector

	mu     sync.Mutex
	broken error // a connection that failed once stays broken
}

func (c *faultyConn) at(p point) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.broken == nil {
		c.broken = c.i.at(p)
	}
	return c.broken
}

func (c *faultyConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b[:len(b)/2])
	if err == nil {
		err = c.at(requestHalfWritten)
	}
	if err != nil {
		return n, err
	}
	more, err := c.Conn.Write(b[n:])
	if err != nil {
		return n + more, err
	}
	return n + more, c.at(requestWritten)
}

func (c *faultyConn) Read(b []byte) (int, error) {
	c.mu.Lock()
	broken := c.broken
	c.mu.Unlock()
	if broken != nil {
		return 0, broken
	}
	n, err := c.Conn.Read(b)
	if n > 0 {
		if planted := c.at(answerHalfRead); planted != nil {
			return n / 2, planted
		}
	}
	return n, err
}
