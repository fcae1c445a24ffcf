package sandbox

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
)

// ErrNotBill is what New's error wraps when the file at Config.Bill is not a
// bill, or a damaged one. The file is left as it is.
var ErrNotBill = errors.New("not a whole bill of the sandbox")

// load counts the lines of an earlier start. A last line cut short by a crash
// is cut off: its answer never left.
func (b *bill) load(path string) error {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("sandbox: open the bill: %w", err)
	}
	defer file.Close()
	torn := false
	err = eachLine(file, func(line []byte) error {
		if line[len(line)-1] != '\n' && b.couldBeCut(line) {
			torn = true
			return nil
		}
		if err := b.loadLine(line); err != nil {
			return fmt.Errorf("sandbox: %s, line %d: %w; name another file or move this one away", path, b.n+1, err)
		}
		b.size += int64(len(line))
		return nil
	})
	if err != nil || !torn {
		return err
	}
	if err := os.Truncate(path, b.size); err != nil {
		return fmt.Errorf("sandbox: cut the bill's torn last line: %w", err)
	}
	return nil
}

// loadLine looks only at what counts: a bill of millions of lines must open in seconds.
func (b *bill) loadLine(line []byte) error {
	rest, ok := bytes.CutPrefix(line, []byte(b.nextStart()))
	if !ok || !bytes.HasSuffix(line, []byte("\"}\n")) || len(rest) < len(lineTime) {
		return ErrNotBill
	}
	rest, ok = bytes.CutPrefix(rest[len(lineTime):], []byte(`","person":"`))
	if !ok {
		return ErrNotBill
	}
	digest, _, ok := bytes.Cut(rest, []byte(`","seqNo":"`))
	if !ok {
		return ErrNotBill
	}
	p, ok := parsePerson(string(digest))
	if !ok {
		return ErrNotBill
	}
	b.count(p)
	return nil
}

// nextStart is how the next line must begin.
func (b *bill) nextStart() string { return `{"n":` + strconv.Itoa(b.n+1) + `,"time":"` }

// couldBeCut tells the beginning of the next line from some other file's text.
func (b *bill) couldBeCut(line []byte) bool {
	start := b.nextStart()
	return strings.HasPrefix(start, string(line)) || strings.HasPrefix(string(line), start)
}
