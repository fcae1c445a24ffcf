package reader

import (
	"bytes"
	"io"
)

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
