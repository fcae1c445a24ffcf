package reader

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// encoding is how a CSV's bytes become characters. Bytes that mean nothing become U+FFFD.
type encoding struct {
	name    string
	mark    int64                        // length of the byte order mark
	decoder func() transform.Transformer // nil where the bytes are valid UTF-8
}

const gbMark = "\x84\x31\x95\x33"

func newUTF16(name string, order unicode.Endianness, mark int64) encoding {
	return encoding{name, mark, func() transform.Transformer { return unicode.UTF16(order, unicode.IgnoreBOM).NewDecoder() }}
}

func utf16LE(mark int64) encoding { return newUTF16("utf-16le", unicode.LittleEndian, mark) }
func utf16BE(mark int64) encoding { return newUTF16("utf-16be", unicode.BigEndian, mark) }
func gb18030(mark int64) encoding { return encoding{"gb18030", mark, newGB18030} }

func utf8With(s *survey, mark int64) encoding {
	e := encoding{name: "utf-8", mark: mark}
	if s.invalid > 0 {
		e.decoder = func() transform.Transformer { return unicode.UTF8.NewDecoder() }
	}
	return e
}

// detect tells the encoding, from the whole of the content: by what the user says, else by a byte order mark, else as valid
// UTF-8, else as UTF-16 by where its NULs stand, else by what the characters would be. judged says that it was the last.
func detect(content io.ReaderAt, given string) (e encoding, judged bool, err error) {
	s, err := takeSurvey(io.NewSectionReader(content, 0, 1<<62))
	if err != nil {
		return encoding{}, false, err
	}
	if given != "" && !strings.EqualFold(given, "auto") {
		e, err = s.given(strings.ToLower(given))
		return e, false, err
	}
	switch {
	case s.hasMark("\xEF\xBB\xBF"):
		return utf8With(s, 3), false, nil
	case s.hasMark("\xFF\xFE"):
		return utf16LE(2), false, nil
	case s.hasMark("\xFE\xFF"):
		return utf16BE(2), false, nil
	case s.hasMark(gbMark):
		return gb18030(4), false, nil
	}
	if s.nuls[0]+s.nuls[1] > 0 {
		if e, ok := s.byParity(); ok {
			return e, false, nil
		}
		return utf8With(s, 0), false, nil // whose reader names the line of the first NUL
	}
	return s.judge()
}

func (s *survey) given(name string) (encoding, error) {
	mark := func(m string) int64 {
		if s.hasMark(m) {
			return int64(len(m))
		}
		return 0
	}
	switch name {
	case "utf-8", "utf8":
		return utf8With(s, mark("\xEF\xBB\xBF")), nil
	case "gb18030", "gbk", "gb2312", "cp936":
		return gb18030(mark(gbMark)), nil
	case "utf-16le":
		return utf16LE(mark("\xFF\xFE")), nil
	case "utf-16be":
		return utf16BE(mark("\xFE\xFF")), nil
	case "utf-16", "utf16":
		switch {
		case s.hasMark("\xFF\xFE"):
			return utf16LE(2), nil
		case s.hasMark("\xFE\xFF"):
			return utf16BE(2), nil
		}
		if e, ok := s.byParity(); ok {
			return e, nil
		}
		return encoding{}, &Error{Problem: "without a byte order mark it can't be told which UTF-16 this is", Do: "give --input-encoding utf-16le or utf-16be"}
	}
	return encoding{}, &Error{Problem: "an unknown --input-encoding", Do: "use auto, utf-8, gb18030, gbk, utf-16, utf-16le or utf-16be"}
}

// survey is what one look at all bytes finds.
type survey struct {
	head    []byte // the first bytes
	size    int64
	nuls    [2]int64 // at even and odd offsets
	invalid int64    // bytes that are not UTF-8
	narrow  int64    // UTF-8 characters of two bytes other than the middle dot
	wide    int64    // UTF-8 characters of three and four bytes
	sample  []byte   // lines with bytes beyond ASCII, whole, up to sampleSize
}

const sampleSize = 256 << 10

func takeSurvey(r io.Reader) (*survey, error) {
	s := &survey{}
	buf := make([]byte, 256<<10)
	kept := 0 // bytes of an unfinished character at the start of buf
	for {
		n, err := io.ReadFull(r, buf[kept:])
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return nil, err
		}
		fresh := buf[kept : kept+n]
		if s.size == 0 {
			s.head = slices.Clone(fresh[:min(n, 4)])
		}
		s.countNULs(fresh)
		s.size += int64(n)
		s.keep(fresh)
		b := buf[:kept+n]
		done := err != nil
		rest := s.countUTF8(b, done)
		kept = copy(buf, b[len(b)-rest:])
		if done {
			return s, nil
		}
	}
}

func (s *survey) hasMark(m string) bool { return bytes.HasPrefix(s.head, []byte(m)) }

func (s *survey) countNULs(b []byte) {
	for at := 0; ; at++ {
		i := bytes.IndexByte(b[at:], 0)
		if i < 0 {
			return
		}
		at += i
		s.nuls[(s.size+int64(at))&1]++
	}
}

// keep copies bytes beyond ASCII, each run with the ASCII around it, for judging.
func (s *survey) keep(b []byte) {
	for len(b) > 0 && len(s.sample) < sampleSize {
		i := 0
		for i < len(b) && b[i] < 0x80 {
			i++
		}
		if i == len(b) {
			return
		}
		j := i
		for j < len(b) && b[j] != '\n' {
			j++
		}
		s.sample = append(append(s.sample, b[i:j]...), '\n')
		b = b[j:]
	}
}

// countUTF8 counts characters and says how many bytes at the end may be the start of one.
func (s *survey) countUTF8(b []byte, done bool) (rest int) {
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		if !done && !utf8.FullRune(b[i:]) {
			return len(b) - i
		}
		r, n := utf8.DecodeRune(b[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			s.invalid++
		case n == 2 && r != '·':
			s.narrow++
		case n > 2:
			s.wide++
		}
		i += n
	}
	return 0
}

// byParity tells UTF-16 by its ASCII characters, whose high bytes are NUL.
func (s *survey) byParity() (encoding, bool) {
	even, odd := s.nuls[0], s.nuls[1]
	switch {
	case s.size%2 != 0:
		return encoding{}, false
	case odd > 8*even && odd*20 > s.size:
		return utf16LE(0), true
	case even > 8*odd && even*20 > s.size:
		return utf16BE(0), true
	}
	return encoding{}, false
}
