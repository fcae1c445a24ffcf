package reader

import (
	"bytes"
	"unicode/utf8"
)

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
