package checkpoint

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"
)

// The payloads, in the order of their fields. Integers are little-endian, times are nanoseconds since 1970 in UTC,
// texts are a u16 length and their bytes.

type beginRecord struct {
	key     Key
	attempt Attempt
	nonce   [16]byte
	at      int64
}

type settleRecord struct {
	key     Key
	attempt Attempt
	at      int64
	answer  Answer
	erased  bool // by a purge: see Entry
}

type voidRecord struct {
	key     Key
	attempt Attempt
	at      int64
	class   string
}

type copyRecord struct {
	at    int64
	host  string
	inode uint64
	pid   int
	cut   int64 // bytes of an unfinished commit that were left out
}

type repairRecord struct {
	at    int64
	calls uint64 // calls of unknown people, lost
	bytes uint64 // lost
	host  string
}

func appendText(b []byte, s string) []byte {
	b = le.AppendUint16(b, uint16(len(s)))
	return append(b, s...)
}

func tooLong(name, s string) error {
	if len(s) <= MaxText {
		return nil
	}
	return fmt.Errorf("%w: %s has %d bytes, at most %d are kept", ErrTooLong, name, len(s), MaxText)
}

func (r beginRecord) append(b []byte) []byte {
	b = append(b, r.key[:]...)
	b = le.AppendUint64(b, uint64(r.attempt))
	b = append(b, r.nonce[:]...)
	return le.AppendUint64(b, uint64(r.at))
}

func (r settleRecord) append(b []byte) []byte {
	a := r.answer
	b = append(b, r.key[:]...)
	b = le.AppendUint64(b, uint64(r.attempt))
	b = le.AppendUint64(b, uint64(r.at))
	b = le.AppendUint16(b, uint16(a.HTTPStatus))
	b = append(b, byte(r.kind()), boolByte(a.Sandbox))
	for _, s := range a.texts() {
		b = appendText(b, *s)
	}
	return b
}

// erased stands in the place of a result that a purge took.
const erased = 4

// kind is how the file and the index know an answer: its result, or erased.
func (r settleRecord) kind() int {
	if r.erased {
		return erased
	}
	return r.answer.Result
}

func (a *Answer) texts() [6]*string {
	return [6]*string{&a.IsFee, &a.Code, &a.SeqNo, &a.ResultDesc, &a.MobileChannel, &a.RequestID}
}

func (a Answer) check() error {
	if a.HTTPStatus < 0 || a.HTTPStatus > 999 {
		return fmt.Errorf("checkpoint: http status %d is out of range", a.HTTPStatus)
	}
	if a.Result < 0 || a.Result > 3 {
		return fmt.Errorf("checkpoint: result %d is out of range", a.Result)
	}
	return errors.Join(tooLong("isFee", a.IsFee), tooLong("code", a.Code), tooLong("seqNo", a.SeqNo),
		tooLong("resultDesc", a.ResultDesc), tooLong("mobileChannel", a.MobileChannel), tooLong("request id", a.RequestID))
}

func (r voidRecord) append(b []byte) []byte {
	b = append(b, r.key[:]...)
	b = le.AppendUint64(b, uint64(r.attempt))
	b = le.AppendUint64(b, uint64(r.at))
	return appendText(b, r.class)
}

func (r copyRecord) append(b []byte) []byte {
	b = le.AppendUint64(b, uint64(r.at))
	b = le.AppendUint64(b, r.inode)
	b = le.AppendUint64(b, uint64(r.pid))
	b = le.AppendUint64(b, uint64(r.cut))
	return appendText(b, r.host)
}

func (r repairRecord) append(b []byte) []byte {
	b = le.AppendUint64(b, uint64(r.at))
	b = le.AppendUint64(b, r.calls)
	b = le.AppendUint64(b, r.bytes)
	return appendText(b, r.host)
}

func (r Run) append(b []byte) []byte {
	b = le.AppendUint64(b, r.Number)
	b = le.AppendUint64(b, uint64(toNano(r.At)))
	b = le.AppendUint64(b, uint64(toNano(r.BatchStart)))
	b = le.AppendUint64(b, r.Inode)
	b = le.AppendUint64(b, uint64(r.PID))
	b = append(b, r.Normaliser)
	b = append(b, r.Input[:]...)
	b = appendText(b, r.Host)
	b = appendText(b, r.Program)
	return appendText(b, r.optionsText())
}

func (e RunEnd) append(b []byte, number uint64) []byte {
	b = le.AppendUint64(b, number)
	b = le.AppendUint64(b, uint64(toNano(e.At)))
	b = append(b, boolByte(e.OutputWritten))
	b = appendText(b, e.Why)
	b = le.AppendUint16(b, uint16(len(e.Counts)))
	for _, name := range slices.Sorted(maps.Keys(e.Counts)) {
		b = appendText(b, name)
		b = le.AppendUint64(b, uint64(e.Counts[name]))
	}
	return b
}

func boolByte(v bool) byte {
	if v {
		return 1
	}
	return 0
}

// fields takes a payload apart. Once something is missing it yields zeros and bad stays set.
type fields struct {
	b   []byte
	bad bool
}

func (f *fields) take(n int) []byte {
	if len(f.b) < n {
		f.bad, f.b = true, nil
		return nil
	}
	part := f.b[:n]
	f.b = f.b[n:]
	return part
}

func (f *fields) u8() byte {
	if b := f.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (f *fields) bool() bool {
	v := f.u8()
	f.bad = f.bad || v > 1
	return v == 1
}

func (f *fields) u16() uint16 {
	if b := f.take(2); b != nil {
		return le.Uint16(b)
	}
	return 0
}

func (f *fields) u64() uint64 {
	if b := f.take(8); b != nil {
		return le.Uint64(b)
	}
	return 0
}

func (f *fields) array16() (a [16]byte) {
	copy(a[:], f.take(16))
	return a
}

func (f *fields) text() []byte {
	n := int(f.u16())
	f.bad = f.bad || n > MaxText
	return f.take(n)
}

func (f *fields) time() time.Time { return fromNano(int64(f.u64())) }

// whole tells whether every field was there and nothing is left over.
func (f *fields) whole() bool { return !f.bad && len(f.b) == 0 }

// noTime stands for the zero time, which has no count of nanoseconds.
const noTime = math.MinInt64

func toNano(t time.Time) int64 {
	if t.IsZero() {
		return noTime
	}
	return t.UnixNano()
}

func fromNano(n int64) time.Time {
	if n == noTime {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}

func parseBegin(p []byte) (r beginRecord, ok bool) {
	f := fields{b: p}
	r.key = f.array16()
	r.attempt = Attempt(f.u64())
	r.nonce = f.array16()
	r.at = int64(f.u64())
	return r, f.whole()
}

// parseSettle reads what the index needs; the texts are left alone but for isFee, which says whether it is "1".
func parseSettle(p []byte) (r settleRecord, fee, ok bool) {
	f := fields{b: p}
	r.key = f.array16()
	r.attempt = Attempt(f.u64())
	r.at = int64(f.u64())
	r.answer.HTTPStatus = int(f.u16())
	kind := int(f.u8())
	if r.erased = kind == erased; !r.erased {
		r.answer.Result = kind
	}
	r.answer.Sandbox = f.bool()
	fee = string(f.text()) == "1"
	for range 5 {
		f.text()
	}
	return r, fee, f.whole() && r.answer.Result <= 3
}

func parseAnswer(p []byte) (settleRecord, bool) {
	r, _, ok := parseSettle(p)
	if !ok {
		return r, false
	}
	f := fields{b: p[settleHead:]}
	for _, s := range r.answer.texts() {
		*s = string(f.text())
	}
	return r, f.whole()
}

const settleHead = 16 + 8 + 8 + 2 + 1 + 1

func parseVoid(p []byte) (key Key, attempt Attempt, at int64, class []byte, ok bool) {
	f := fields{b: p}
	key = f.array16()
	attempt = Attempt(f.u64())
	at = int64(f.u64())
	class = f.text()
	return key, attempt, at, class, f.whole()
}

func parseCopy(p []byte) (r copyRecord, ok bool) {
	f := fields{b: p}
	r.at = int64(f.u64())
	r.inode = f.u64()
	r.pid = int(f.u64())
	r.cut = int64(f.u64())
	r.host = string(f.text())
	return r, f.whole()
}

func parseRepair(p []byte) (r repairRecord, ok bool) {
	f := fields{b: p}
	r.at = int64(f.u64())
	r.calls = f.u64()
	r.bytes = f.u64()
	r.host = string(f.text())
	return r, f.whole() && r.calls <= math.MaxInt32
}

func parseRun(p []byte) (r Run, ok bool) {
	f := fields{b: p}
	r.Number = f.u64()
	r.At = f.time()
	r.BatchStart = f.time()
	r.Inode = f.u64()
	r.PID = int(f.u64())
	r.Normaliser = f.u8()
	r.Input = f.array16()
	r.Host = string(f.text())
	r.Program = string(f.text())
	r.Options, r.Batch, r.forgotten, _ = cutTrailer(string(f.text()))
	return r, f.whole()
}

func parseRunEnd(p []byte) (number uint64, e RunEnd, ok bool) {
	f := fields{b: p}
	number = f.u64()
	e.At = f.time()
	e.OutputWritten = f.bool()
	e.Why = string(f.text())
	n := int(f.u16())
	for i := 0; i < n && !f.bad; i++ {
		if e.Counts == nil {
			e.Counts = map[string]int64{}
		}
		name := string(f.text())
		e.Counts[name] = int64(f.u64())
	}
	return number, e, f.whole() && len(e.Counts) == n
}
