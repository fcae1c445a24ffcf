package reader

import (
	"bytes"
	"fmt"
	"io"
	"unicode/utf8"
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

// plainByte marks what stands in text as it is: no markup, entity, control character, CR or non-ASCII.
var plainByte = func() (t [256]bool) {
	for c := 0x20; c < 0x80; c++ {
		t[c] = c != '&' && c != '<'
	}
	t['\t'], t['\n'] = true, true
	return t
}()

func (x *xmlReader) readText() (found bool, err error) {
	i := 0
	for {
		j := bytes.IndexByte(x.buf[x.pos+i:x.end], '<')
		if j >= 0 {
			i += j
			break
		}
		i = x.end - x.pos
		if len(x.open) == 0 && isBlank(x.buf[x.pos:x.end]) {
			x.pos, i = x.end, 0
		}
		if err := x.more(); err == io.EOF {
			break
		} else if err != nil {
			return false, err
		}
	}
	raw := x.buf[x.pos : x.pos+i]
	if len(x.open) == 0 {
		if !isBlank(raw) {
			return false, x.fail("text outside of the root element")
		}
		x.pos += i
		return false, nil
	}
	if bytes.IndexByte(raw, '>') >= 0 && bytes.Contains(raw, []byte("]]>")) {
		return false, x.fail("the end of a CDATA section that was not begun")
	}
	if x.text, err = x.decode(raw, true); err != nil {
		return false, err
	}
	x.pos += i
	return true, nil
}

// decode checks characters, resolves entities and turns line ends into LF. It returns raw itself where nothing changes.
func (x *xmlReader) decode(raw []byte, entities bool) ([]byte, error) {
	i := 0
	for i < len(raw) && plainByte[raw[i]] {
		i++
	}
	if i == len(raw) {
		return raw, nil
	}
	if !utf8.Valid(raw) {
		return nil, x.fail("the text is not UTF-8")
	}
	out := append(x.scratch[:0], raw[:i]...)
	for i < len(raw) {
		c := raw[i]
		switch {
		case c == '&' && entities:
			n, r := entity(raw[i:])
			if n == 0 {
				return nil, x.fail("an unknown or broken entity")
			}
			out = utf8.AppendRune(out, r)
			i += n
		case c == '\r':
			out = append(out, '\n')
			i++
			if i < len(raw) && raw[i] == '\n' {
				i++
			}
		case c < 0x20 && c != '\t' && c != '\n', c == 0xEF && raw[i+1] == 0xBF && raw[i+2] >= 0xBE:
			return nil, x.fail("a control character")
		default:
			out = append(out, c)
			i++
		}
	}
	x.scratch = out
	return out, nil
}

// entity reads one of the five named or a numeric character reference. A length of 0 says it is none.
func entity(b []byte) (length int, r rune) {
	end := bytes.IndexByte(b[:min(len(b), 12)], ';')
	if end < 3 {
		return 0, 0
	}
	name := string(b[1:end])
	switch name {
	case "amp":
		return end + 1, '&'
	case "lt":
		return end + 1, '<'
	case "gt":
		return end + 1, '>'
	case "quot":
		return end + 1, '"'
	case "apos":
		return end + 1, '\''
	}
	if name[0] != '#' {
		return 0, 0
	}
	digits, base := name[1:], rune(10)
	if digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	if digits == "" {
		return 0, 0
	}
	for _, c := range []byte(digits) {
		d, ok := digit(c)
		if !ok || rune(d) >= base {
			return 0, 0
		}
		if r = r*base + rune(d); r > utf8.MaxRune {
			return 0, 0
		}
	}
	if !utf8.ValidRune(r) || r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
		return 0, 0
	}
	return end + 1, r
}

// digit reads a hexadecimal digit.
func digit(c byte) (int, bool) {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0'), true
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10, true
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10, true
	}
	return 0, false
}

func (x *xmlReader) readEnd() error {
	i := 2
	for {
		j := bytes.IndexByte(x.buf[x.pos+i:x.end], '>')
		if j >= 0 {
			i += j
			break
		}
		i = x.end - x.pos
		if err := x.within("a tag"); err != nil {
			return err
		}
	}
	name := bytes.TrimRight(x.buf[x.pos+2:x.pos+i], " \t\r\n")
	if len(x.open) == 0 {
		return x.fail("an end tag too many")
	}
	top := x.open[len(x.open)-1]
	from := x.nameStart()
	if !bytes.Equal(name, x.names[from:top.name]) {
		return x.fail("an end tag does not fit its start tag")
	}
	x.name, x.space = name[top.prefix:], top.space
	x.pos += i + 1
	x.pop()
	return nil
}

func (x *xmlReader) nameStart() int {
	if n := len(x.open); n > 1 {
		return x.open[n-2].name
	}
	return 0
}

func (x *xmlReader) pop() {
	top := x.open[len(x.open)-1]
	x.space = top.space
	x.names = x.names[:x.nameStart()]
	x.open = x.open[:len(x.open)-1]
	if top.bindings < len(x.bindings) {
		x.bindings = x.bindings[:top.bindings]
		x.plain = x.lookup("")
	}
}

func (x *xmlReader) readStart() error {
	if len(x.open) == 0 && x.rooted {
		return x.fail("something follows the root element")
	}
	if len(x.open) == maxDepth {
		return x.fail("elements are nested too deep")
	}
	i, err := x.tagEnd()
	if err != nil {
		return err
	}
	tag := x.buf[x.pos+1 : x.pos+i]
	x.selfEnd = len(tag) > 0 && tag[len(tag)-1] == '/'
	if x.selfEnd {
		tag = tag[:len(tag)-1]
	}
	n := 0
	for n < len(tag) && !isSpace(tag[n]) {
		n++
	}
	name := tag[:n]
	if err := x.readAttributes(tag[n:]); err != nil {
		return err
	}
	if err := x.push(name); err != nil {
		return err
	}
	x.pos += i + 1
	return nil
}

// tagEnd finds the tag's > from pos. One inside of quotes is none.
func (x *xmlReader) tagEnd() (int, error) {
	i := 1
	var quote byte
	for {
		for _, c := range x.buf[x.pos+i : x.end] {
			switch {
			case quote != 0:
				if c == quote {
					quote = 0
				}
			case c == '>':
				return i, nil
			case c == '"' || c == '\'':
				quote = c
			}
			i++
		}
		if err := x.within("a tag"); err != nil {
			return 0, err
		}
	}
}

func (x *xmlReader) readAttributes(b []byte) error {
	x.attrs = x.attrs[:0]
	for {
		i := 0
		for i < len(b) && isSpace(b[i]) {
			i++
		}
		if i == len(b) {
			return nil
		}
		if i == 0 {
			return x.fail("an attribute without a space before it")
		}
		b = b[i:]
		eq := bytes.IndexByte(b, '=')
		if eq < 0 {
			return x.fail("an attribute without a value")
		}
		name := bytes.TrimRight(b[:eq], " \t\r\n")
		b = bytes.TrimLeft(b[eq+1:], " \t\r\n")
		if len(b) < 2 || b[0] != '"' && b[0] != '\'' {
			return x.fail("an attribute's value without quotes")
		}
		end := bytes.IndexByte(b[1:], b[0])
		if end < 0 {
			return x.fail("an attribute's value without an end")
		}
		value := b[1 : 1+end]
		b = b[end+2:]
		if bytes.IndexByte(value, '<') >= 0 {
			return x.fail("a < inside of an attribute")
		}
		if !isName(name) {
			return x.fail("an attribute's name is none")
		}
		if len(x.attrs) == maxAttributes {
			return x.fail("an element has too many attributes")
		}
		for _, a := range x.attrs {
			if bytes.Equal(a.name, name) {
				return x.fail("an attribute stands twice")
			}
		}
		x.attrs = append(x.attrs, attribute{name, value})
	}
}

// push opens an element: its namespace declarations, then its own name.
func (x *xmlReader) push(qualified []byte) error {
	if !isName(qualified) {
		return x.fail("an element's name is none")
	}
	around := len(x.bindings)
	for _, a := range x.attrs {
		if len(a.name) < 5 || string(a.name[:5]) != "xmlns" {
			continue
		}
		prefix := ""
		if len(a.name) > 5 {
			if a.name[5] != ':' {
				continue
			}
			prefix = string(a.name[6:])
		}
		uri, err := x.value(a.value)
		if err != nil {
			return err
		}
		x.bindings = append(x.bindings, binding{prefix, spaces[uri]})
		if prefix == "" {
			x.plain = spaces[uri]
		}
	}
	colon := bytes.IndexByte(qualified, ':')
	where := x.plain
	if colon >= 0 {
		where = x.lookup(string(qualified[:colon]))
		if where == noSpace {
			return x.fail("an element's prefix is not declared")
		}
	}
	x.names = append(x.names, qualified...)
	x.open = append(x.open, element{name: len(x.names), prefix: colon + 1, space: where, bindings: around})
	x.name, x.space, x.rooted = qualified[colon+1:], where, true
	return nil
}

// lookup returns noSpace for a prefix that is not bound.
func (x *xmlReader) lookup(prefix string) space {
	for i := len(x.bindings) - 1; i >= 0; i-- {
		if x.bindings[i].prefix == prefix {
			return x.bindings[i].space
		}
	}
	if prefix == "xml" {
		return xmlSpace
	}
	return noSpace
}

// readMarked reads a comment, which it skips, or a CDATA section.
func (x *xmlReader) readMarked() (found bool, err error) {
	const cdata = "<![CDATA["
	for x.end-x.pos < len(cdata) {
		if err := x.more(); err == io.EOF {
			break
		} else if err != nil {
			return false, err
		}
	}
	b := x.buf[x.pos:x.end]
	switch {
	case bytes.HasPrefix(b, []byte("<!--")):
		x.pos += 4
		return false, x.skipPast("-->", "a comment")
	case bytes.HasPrefix(b, []byte("<!DOCTYPE")):
		return false, &Error{Problem: "its XML holds a document type definition, which a workbook never does", Do: doPlain}
	case !bytes.HasPrefix(b, []byte(cdata)):
		return false, x.fail("an unknown kind of markup")
	case len(x.open) == 0:
		return false, x.fail("text outside of the root element")
	}
	i := len(cdata)
	for {
		j := bytes.Index(x.buf[x.pos+i:x.end], []byte("]]>"))
		if j >= 0 {
			i += j
			break
		}
		i = max(len(cdata), x.end-x.pos-2)
		if err := x.within("a CDATA section"); err != nil {
			return false, err
		}
	}
	if x.text, err = x.decode(x.buf[x.pos+len(cdata):x.pos+i], false); err != nil {
		return false, err
	}
	x.pos += i + 3
	return true, nil
}

func (x *xmlReader) skipPast(mark, what string) error {
	for {
		if j := bytes.Index(x.buf[x.pos:x.end], []byte(mark)); j >= 0 {
			x.pos += j + len(mark)
			return nil
		}
		x.pos = max(x.pos, x.end-len(mark)+1)
		if err := x.within(what); err != nil {
			return err
		}
	}
}

// skipInstruction skips a processing instruction. The XML declaration must be the first thing and name UTF-8.
func (x *xmlReader) skipInstruction() error {
	i := 2
	for {
		j := bytes.Index(x.buf[x.pos+i:x.end], []byte("?>"))
		if j >= 0 {
			i += j
			break
		}
		i = max(2, x.end-x.pos-1)
		if err := x.within("a processing instruction"); err != nil {
			return err
		}
	}
	body := x.buf[x.pos+2 : x.pos+i]
	n := 0
	for n < len(body) && !isSpace(body[n]) {
		n++
	}
	if !isName(body[:n]) {
		return x.fail("a processing instruction without a name")
	}
	if bytes.EqualFold(body[:n], []byte("xml")) {
		if at := x.base + int64(x.pos); at != 0 && at != 3 || x.rooted {
			return x.fail("an XML declaration that is not at the start")
		}
		if err := x.readDeclaration(body[n:]); err != nil {
			return err
		}
	}
	x.pos += i + 2
	return nil
}

func (x *xmlReader) readDeclaration(b []byte) error {
	if err := x.readAttributes(b); err != nil {
		return err
	}
	for _, a := range x.attrs {
		switch string(a.name) {
		case "version":
			if string(a.value) != "1.0" {
				return x.fail("an XML version other than 1.0")
			}
		case "encoding":
			if !bytes.EqualFold(a.value, []byte("utf-8")) && !bytes.EqualFold(a.value, []byte("us-ascii")) {
				return &Error{Problem: "its XML is not in UTF-8", Do: doRepair}
			}
		case "standalone":
		default:
			return x.fail("an unknown word in the XML declaration")
		}
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

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

func isBlank(b []byte) bool {
	for _, c := range b {
		if !isSpace(c) {
			return false
		}
	}
	return true
}

var nameByte = func() (t [256]bool) {
	for c := range t {
		t[c] = 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-' || c == '.' || c == ':' || c >= 0x80
	}
	return t
}()

// isName allows one colon, not at either end.
func isName(b []byte) bool {
	if len(b) == 0 || len(b) > 255 {
		return false
	}
	colons, ascii := 0, true
	for _, c := range b {
		if !nameByte[c] {
			return false
		}
		if c == ':' {
			colons++
		}
		ascii = ascii && c < 0x80
	}
	if colons > 1 || b[0] == ':' || b[len(b)-1] == ':' || b[0] == '-' || b[0] == '.' || '0' <= b[0] && b[0] <= '9' {
		return false
	}
	return ascii || utf8.Valid(b)
}
