package reader

import (
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

// sharedStrings holds a workbook's strings in chunks, each string as its length and its bytes, and four bytes of index for
// each. Cells share the chunks' memory.
type sharedStrings struct {
	chunks []string
	at     []uint32 // chunk<<chunkBits | offset
	filled []byte   // the chunk that is being filled
}

const (
	chunkBits  = 20
	chunkSize  = 1 << chunkBits
	maxStrings = 32 << 20
)

func (s *sharedStrings) len() int { return len(s.at) }

// text is string i, which must be in range. sealed must have been called.
func (s *sharedStrings) text(i int) string {
	chunk := s.chunks[s.at[i]>>chunkBits]
	from := int(s.at[i] & (chunkSize - 1))
	size, shift := 0, 0
	for { // a varint; encoding/binary reads one from bytes only
		c := chunk[from]
		from++
		size |= int(c&0x7F) << shift
		if c < 0x80 {
			return chunk[from : from+size]
		}
		shift += 7
	}
}

func (s *sharedStrings) add(text []byte) error {
	if len(s.at) == maxStrings || len(s.chunks) == 1<<(32-chunkBits)-1 {
		return &Error{Problem: "more shared strings than any list of people needs", Do: doPlain}
	}
	if len(s.filled)+len(text)+binary.MaxVarintLen32 > chunkSize {
		s.seal()
	}
	s.at = append(s.at, uint32(len(s.chunks)<<chunkBits|len(s.filled)))
	s.filled = binary.AppendUvarint(s.filled, uint64(len(text)))
	s.filled = append(s.filled, text...)
	return nil
}

func (s *sharedStrings) seal() {
	if len(s.filled) > 0 {
		s.chunks = append(s.chunks, string(s.filled))
		s.filled = s.filled[:0]
	}
}

func (s *sharedStrings) read(x *xmlReader) error {
	if err := root(x, mainSpace, "sst"); err != nil {
		return err
	}
	var text []byte
	err := children(x, func() error {
		if x.space != mainSpace || string(x.name) != "si" {
			return x.skip()
		}
		var err error
		if text, err = richText(x, text[:0]); err != nil {
			return err
		}
		return s.add(text)
	})
	s.seal()
	s.filled = nil
	return err
}

// richText appends the text of the open si or is element: its t, and those of its runs. Phonetic runs are left out.
func richText(x *xmlReader, out []byte) ([]byte, error) {
	from, inRun := len(out), false
	for {
		t, err := x.next()
		if err != nil {
			return out, err
		}
		switch {
		case t == charData:
			if !isBlank(x.text) {
				err = x.fail("text outside of a text element")
			}
		case t == endTag && !inRun:
			return out, nil
		case t == endTag:
			inRun = false
		case x.space != mainSpace:
			err = x.fail("a foreign element inside of a text")
		case string(x.name) == "t":
			out, err = plainText(x, out, from)
		case string(x.name) == "r" && !inRun:
			inRun = true
		default:
			err = x.skip()
		}
		if err != nil {
			return out, err
		}
	}
}

// plainText appends the content of the open t element, trimmed unless it keeps its spaces, its _xHHHH_ decoded. What stands
// from from on is one cell's text, whose length is bounded.
func plainText(x *xmlReader, out []byte, from int) ([]byte, error) {
	keep := x.keepsSpace()
	start := len(out)
	out, err := content(x, out, from)
	if err != nil {
		return out, err
	}
	if !keep {
		out = trimFrom(out, start)
	}
	return unescapeFrom(out, start), nil
}

// content appends the text of the open element and leaves it. Child elements are refused.
func content(x *xmlReader, out []byte, from int) ([]byte, error) {
	for {
		t, err := x.next()
		if err != nil {
			return out, err
		}
		switch t {
		case startTag:
			return out, x.fail("an element where only text may stand")
		case endTag:
			return out, nil
		}
		out = append(out, x.text...)
		if len(out)-from > maxText {
			return out, &Error{Problem: "a cell's text is longer than a cell can hold", Do: doRepair}
		}
	}
}

func trimFrom(b []byte, start int) []byte {
	end := len(b)
	for end > start && isSpace(b[end-1]) {
		end--
	}
	from := start
	for from < end && isSpace(b[from]) {
		from++
	}
	if from == start {
		return b[:end]
	}
	return append(b[:start], b[from:end]...)
}

// unescapeFrom decodes _xHHHH_, which stands for a UTF-16 unit that XML or Excel would not keep.
func unescapeFrom(b []byte, start int) []byte {
	out := start
	for i := start; i < len(b); {
		unit, ok := escapedUnit(b[i:])
		if !ok {
			b[out] = b[i]
			out++
			i++
			continue
		}
		i += 7
		r := rune(unit)
		if utf16.IsSurrogate(r) {
			low, ok := escapedUnit(b[i:])
			r = utf16.DecodeRune(r, rune(low))
			if ok && r != utf8.RuneError {
				i += 7
			} else {
				r = utf8.RuneError
			}
		}
		out += utf8.EncodeRune(b[out:out+utf8.UTFMax], r) // never longer than the seven bytes it replaces
	}
	return b[:out]
}

func escapedUnit(b []byte) (uint16, bool) {
	if len(b) < 7 || b[0] != '_' || b[1] != 'x' || b[6] != '_' {
		return 0, false
	}
	unit := 0
	for _, c := range b[2:6] {
		d, ok := digit(c)
		if !ok {
			return 0, false
		}
		unit = unit<<4 | d
	}
	return uint16(unit), true
}
