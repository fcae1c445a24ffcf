package sandbox

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Line is one counted call on the bill.
type Line struct {
	N         int       `json:"n"`         // 1, 2, 3 … through the whole bill
	Time      time.Time `json:"time"`      // when it was counted
	Person    string    `json:"person"`    // see Digest
	SeqNo     string    `json:"seqNo"`     // as answered
	RequestID string    `json:"requestId"` // X-Ca-Request-Id as answered
	Status    int       `json:"status"`    // as answered, or as it would have been
	Result    int       `json:"result"`    // what the vendor found; 0: nothing usable
	IsFee     int       `json:"isFee"`     // what the vendor says; the line counts all the same
	Fate      string    `json:"fate"`      // a test mobile's fate, else "rule"
}

// charge is a Line as it is kept in memory.
type charge struct {
	micro  int64
	person person
	id     requestID
	fate   string
	status int16
	result int8
	isFee  int8
}

const blockSize = 4096

var errBillClosed = errors.New("sandbox: the bill is closed")

// bill is safe for many goroutines. After a failed write it takes no more lines.
type bill struct {
	instance string // tells the seqNos of this start from those of an earlier one
	path     string // empty: memory only

	mu     sync.Mutex
	file   *os.File // nil: memory only
	size   int64
	blocks []*[blockSize]charge // memory only
	n      int
	times  map[person]uint32
	twice  int // people with more than one line
	err    error
	buf    []byte
}

// openBill continues the bill at path, or keeps a new one in memory if path is empty.
func openBill(path string) (*bill, error) {
	b := &bill{instance: newRequestID().String()[:8], times: make(map[person]uint32)}
	if path == "" {
		return b, nil
	}
	if err := b.load(path); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("sandbox: open the bill: %w", err)
	}
	b.path, b.file = path, file
	return b, nil
}

// add is done when the line stands in the file.
func (b *bill) add(c charge) (n int, seqNo string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return 0, "", b.err
	}
	n = b.n + 1
	seqNo = b.seqNo(n)
	if b.file != nil {
		b.buf = c.append(b.buf[:0], n, seqNo)
		if _, err := b.file.Write(b.buf); err != nil {
			b.err = fmt.Errorf("sandbox: write the bill: %w", err)
			return 0, "", b.err
		}
		b.size += int64(len(b.buf))
	} else {
		b.keep(c)
	}
	b.count(c.person)
	return n, seqNo, nil
}

func (b *bill) keep(c charge) {
	if b.n%blockSize == 0 {
		b.blocks = append(b.blocks, new([blockSize]charge))
	}
	b.blocks[b.n/blockSize][b.n%blockSize] = c
}

func (b *bill) count(p person) {
	b.n++
	b.times[p]++
	if b.times[p] == 2 {
		b.twice++
	}
}

// seqNo never has eleven digits in a row: one that happened to hold the person's mobile would be taken for it by a careful
// client, and not be kept.
func (b *bill) seqNo(n int) string {
	s := make([]byte, 0, 24)
	s = append(s, "SB"...)
	s = append(s, b.instance...)
	s = append(s, '-')
	for limit := 1_000_000_000; n < limit && limit > 1; limit /= 10 {
		s = append(s, '0')
	}
	return string(strconv.AppendInt(s, int64(n), 10))
}

// lineTime is as long as every time written by it.
const lineTime = "2006-01-02T15:04:05.000000-07:00"

var beijing = time.FixedZone("", 8*60*60)

func (c *charge) append(dst []byte, n int, seqNo string) []byte {
	dst = append(dst, `{"n":`...)
	dst = strconv.AppendInt(dst, int64(n), 10)
	dst = append(dst, `,"time":"`...)
	dst = time.UnixMicro(c.micro).In(beijing).AppendFormat(dst, lineTime)
	dst = append(dst, `","person":"`...)
	dst = c.person.append(dst)
	dst = append(dst, `","seqNo":"`...)
	dst = append(dst, seqNo...)
	dst = append(dst, `","requestId":"`...)
	dst = c.id.append(dst)
	dst = append(dst, `","status":`...)
	dst = strconv.AppendInt(dst, int64(c.status), 10)
	dst = append(dst, `,"result":`...)
	dst = strconv.AppendInt(dst, int64(c.result), 10)
	dst = append(dst, `,"isFee":`...)
	dst = strconv.AppendInt(dst, int64(c.isFee), 10)
	dst = append(dst, `,"fate":"`...)
	dst = append(dst, c.fate...)
	return append(dst, '"', '}', '\n')
}

// each hands over the lines written so far, newline included; they are only lent.
func (b *bill) each(yield func(line []byte) error) error {
	b.mu.Lock()
	size, n, blocks := b.size, b.n, slices.Clone(b.blocks)
	b.mu.Unlock()
	if b.path != "" {
		return eachLineOf(b.path, size, yield)
	}
	var buf []byte
	for i := range n {
		buf = blocks[i/blockSize][i%blockSize].append(buf[:0], i+1, b.seqNo(i+1))
		if err := yield(buf); err != nil {
			return err
		}
	}
	return nil
}

// eachLineOf has a file of its own, so that a closed bill can be read, too.
func eachLineOf(path string, size int64, yield func(line []byte) error) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("sandbox: read the bill: %w", err)
	}
	defer file.Close()
	return eachLine(io.NewSectionReader(file, 0, size), yield)
}

func eachLine(r io.Reader, yield func(line []byte) error) error {
	lines := bufio.NewReaderSize(r, 64<<10)
	for {
		line, err := lines.ReadSlice('\n')
		if err == io.EOF && len(line) == 0 {
			return nil
		}
		if err == bufio.ErrBufferFull {
			return fmt.Errorf("sandbox: a line of more than 64 KiB: %w", ErrNotBill)
		}
		if err != nil && err != io.EOF {
			return fmt.Errorf("sandbox: read the bill: %w", err)
		}
		if err := yield(line); err != nil {
			return err
		}
	}
}

func (b *bill) lines() ([]Line, error) {
	var all []Line
	err := b.each(func(line []byte) error {
		var l Line
		if err := json.Unmarshal(line, &l); err != nil {
			return fmt.Errorf("sandbox: the bill's line %d: %w", len(all)+1, err)
		}
		all = append(all, l)
		return nil
	})
	return all, err
}

func (b *bill) timesOf(p person) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return int(b.times[p])
}

func (b *bill) counts() (billed, people, twice int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.n, len(b.times), b.twice
}

// close returns the first failure of the bill's life.
func (b *bill) close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	failed := b.err
	if failed == errBillClosed {
		return nil
	}
	b.err = errBillClosed
	if b.file == nil {
		return failed
	}
	return errors.Join(failed, b.file.Close())
}

func (b *bill) failure() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err == errBillClosed {
		return nil
	}
	return b.err
}
