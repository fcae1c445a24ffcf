package reader

import (
	"bytes"
	"fmt"
	"io"
)

// Bounds on what a workbook's XML may be.
const (
	maxDepth      = 64
	maxAttributes = 64
	maxToken      = 1 << 20    // bytes of one tag, one raw text or one CDATA section
	maxText       = 32_767 * 4 // bytes of one cell's text
	firstBuffer   = 64 << 10   // grows up to maxToken
)

type token uint8

const (
	startTag token = iota
	endTag
	charData
)

// space is a namespace that matters here. Transitional and strict names are one.
type space uint8

const (
	otherSpace   space = iota
	noSpace            // no namespace at all
	mainSpace          // SpreadsheetML
	relSpace           // r:id
	packageSpace       // the package's relationships
	typesSpace         // [Content_Types].xml
	choiceSpace        // mc:AlternateContent
	xmlSpace
)

var spaces = map[string]space{
	"":                                     noSpace,
	"http://www.w3.org/XML/1998/namespace": xmlSpace,
	"http://schemas.openxmlformats.org/spreadsheetml/2006/main":           mainSpace,
	"http://purl.oclc.org/ooxml/spreadsheetml/main":                       mainSpace,
	"http://schemas.openxmlformats.org/officeDocument/2006/relationships": relSpace,
	"http://purl.oclc.org/ooxml/officeDocument/relationships":             relSpace,
	"http://schemas.openxmlformats.org/package/2006/relationships":        packageSpace,
	"http://schemas.openxmlformats.org/markup-compatibility/2006":         choiceSpace,
	"http://schemas.openxmlformats.org/package/2006/content-types":        typesSpace,
}

// xmlReader is a small strict tokenizer: UTF-8, no DTD, bounded depth, attributes and text. What it returns points into its
// buffer and is valid until the next call of next.
type xmlReader struct {
	src      io.Reader
	srcErr   error
	buf      []byte
	pos, end int   // the current token starts at pos
	base     int64 // offset in the part of buf[0]

	begun    bool // past the byte order mark
	rooted   bool // the root has been opened
	selfEnd  bool // the last start tag was an empty element: its end comes next
	open     []element
	names    []byte // the qualified names of the open elements, one after the other
	bindings []binding
	plain    space // of names without a prefix

	name  []byte // local name of a tag
	space space
	attrs []attribute
	text  []byte // charData, decoded

	scratch []byte
}

type element struct {
	name     int // its name ends here in names
	prefix   int // length of its prefix with the colon
	space    space
	bindings int // how many were in force around it
}

type binding struct {
	prefix string
	space  space
}

// attribute is raw: entities in value are resolved by xmlReader.value.
type attribute struct{ name, value []byte }

// newXML reads src, which holds about size bytes.
func newXML(src io.Reader, size uint64) *xmlReader {
	return &xmlReader{src: src, buf: make([]byte, min(firstBuffer, max(512, size+1))), plain: noSpace}
}

func (x *xmlReader) fail(what string) error {
	return &Error{Problem: fmt.Sprintf("broken XML at byte %d: %s", x.base+int64(x.pos), what), Do: doRepair}
}

// more reads on, keeping what stands from pos. At the end it returns io.EOF.
func (x *xmlReader) more() error {
	if x.srcErr != nil {
		return x.srcErr
	}
	if x.pos > 0 {
		copy(x.buf, x.buf[x.pos:x.end])
		x.base += int64(x.pos)
		x.end -= x.pos
		x.pos = 0
	}
	if x.end == len(x.buf) {
		if len(x.buf) >= maxToken {
			return x.fail("a tag or text is too long")
		}
		x.buf = append(x.buf, make([]byte, len(x.buf))...)
	}
	for range 100 {
		n, err := x.src.Read(x.buf[x.end:])
		x.end += n
		x.srcErr = err
		if n > 0 {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}

// within is more for places where the document can't end.
func (x *xmlReader) within(what string) error {
	err := x.more()
	if err == io.EOF {
		return x.fail("it ends inside " + what)
	}
	return err
}

// next returns the next tag or text. io.EOF comes only after the root's end and a source that was read to its end.
func (x *xmlReader) next() (token, error) {
	if x.selfEnd {
		x.selfEnd = false
		x.pop()
		return endTag, nil
	}
	if !x.begun {
		if err := x.begin(); err != nil {
			return 0, err
		}
	}
	for {
		if x.pos == x.end {
			if err := x.more(); err != nil {
				return 0, x.atEnd(err)
			}
		}
		if x.buf[x.pos] != '<' {
			found, err := x.readText()
			if found || err != nil {
				return charData, err
			}
			continue
		}
		if x.end-x.pos < 2 {
			if err := x.within("a tag"); err != nil {
				return 0, err
			}
		}
		switch x.buf[x.pos+1] {
		case '/':
			return endTag, x.readEnd()
		case '?':
			if err := x.skipInstruction(); err != nil {
				return 0, err
			}
		case '!':
			found, err := x.readMarked()
			if found || err != nil {
				return charData, err
			}
		default:
			return startTag, x.readStart()
		}
	}
}

func (x *xmlReader) atEnd(err error) error {
	switch {
	case err != io.EOF:
		return err
	case len(x.open) > 0:
		return x.fail("it ends before its last tag: the content is not whole")
	case !x.rooted:
		return x.fail("it holds no element")
	}
	return io.EOF
}

func (x *xmlReader) begin() error {
	x.begun = true
	for x.end < 4 {
		if err := x.more(); err == io.EOF {
			break
		} else if err != nil {
			return err
		}
	}
	head := x.buf[:x.end]
	switch {
	case bytes.HasPrefix(head, []byte{0xEF, 0xBB, 0xBF}):
		x.pos = 3
	case bytes.HasPrefix(head, []byte{0xFF, 0xFE}), bytes.HasPrefix(head, []byte{0xFE, 0xFF}), bytes.IndexByte(head, 0) >= 0:
		return &Error{Problem: "its XML is in UTF-16, only UTF-8 is read", Do: doRepair}
	}
	return nil
}

// skip leaves the element whose start tag was just returned. Its text and children are checked and dropped.
func (x *xmlReader) skip() error {
	for depth := 1; depth > 0; {
		t, err := x.next()
		if err != nil {
			return err
		}
		switch t {
		case startTag:
			depth++
		case endTag:
			depth--
		}
	}
	return nil
}

// attr returns the decoded value of an attribute without a prefix.
func (x *xmlReader) attr(name string) (string, bool, error) {
	for _, a := range x.attrs {
		if string(a.name) == name {
			v, err := x.value(a.value)
			return v, true, err
		}
	}
	return "", false, nil
}

// attrIn returns the decoded value of an attribute with a prefix that stands for where.
func (x *xmlReader) attrIn(where space, name string) (string, bool, error) {
	for _, a := range x.attrs {
		colon := bytes.IndexByte(a.name, ':')
		if colon > 0 && string(a.name[colon+1:]) == name && x.lookup(string(a.name[:colon])) == where {
			v, err := x.value(a.value)
			return v, true, err
		}
	}
	return "", false, nil
}

func (x *xmlReader) value(raw []byte) (string, error) {
	v, err := x.decode(raw, true)
	return string(v), err
}

// keepsSpace says whether the current start tag has xml:space="preserve".
func (x *xmlReader) keepsSpace() bool {
	for _, a := range x.attrs {
		if string(a.name) == "xml:space" {
			return string(a.value) == "preserve"
		}
	}
	return false
}
