package reader

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func tokensOf(r io.Reader) (string, error) {
	var b strings.Builder
	x := newXML(r, 0)
	for {
		kind, err := x.next()
		if err == io.EOF {
			return b.String(), nil
		}
		if err != nil {
			return b.String(), err
		}
		switch kind {
		case startTag:
			b.WriteString("<" + string(x.name) + ">")
		case endTag:
			b.WriteString("</" + string(x.name) + ">")
		case charData:
			b.WriteString(string(x.text))
		}
	}
}

// TestXMLInPieces reads with every buffer's end in another place.
func TestXMLInPieces(t *testing.T) {
	long := strings.Repeat("x", 3000)
	for _, doc := range []string{
		"\uFEFF<?xml version='1.0'?><!-- a - b -- c --><a>x<![CDATA[<&]]]]>y<!-- " + long + " -->z<?p " + long + "?><b c='>' d=\"'\" /></a ><!-- -->  ",
		"<a>" + long + "<![CDATA[" + long + "]]>" + long + "</a>\n", "<a b='" + long + ">'>&lt;&#65;张</a>",
		"<a>", "<a><!-- x --", "<a><![CDATA[ x ]]", "<a><?x ?", "<a b='x", "<a>x</a", "<a/><b/>", "<a/>x", "x<a/>", "</a>", "<a></b>", "<!x><a/>", "<![CDATA[x]]><a/>", "<a/><?xml version='1.0'?>",
		"<?xml version='1.1'?><a/>", "<?xml version='1.0' encoding='gbk'?><a/>", "<?xml odd='1'?><a/>", "<? ?><a/>", "", " ", "<", "<>", "<1/>", "<a:b:c/>", "<a b/>", "<a b=x/>", "<a b='1'c='2'/>", "<a b='<'/>", "<a 1='x'/>", "<a xmlns='&x;'/>",
		"<a>]]></a>", "<a>&lt</a>", "<a>&#x110000;</a>", "<a>&#xD800;</a>", "<a>&#;</a>", "<a>&#x;</a>", "<a>\uFFFE</a>",
	} {
		want, wantErr := tokensOf(strings.NewReader(doc))
		for name, r := range map[string]io.Reader{"one byte": iotest.OneByteReader(strings.NewReader(doc)), "half": iotest.HalfReader(strings.NewReader(doc)), "end with data": iotest.DataErrReader(strings.NewReader(doc))} {
			got, err := tokensOf(r)
			if got != want || (err == nil) != (wantErr == nil) || err != nil && err.Error() != wantErr.Error() {
				t.Errorf("%s of %.60q: %.200q %v, want %.200q %v", name, doc, got, err, want, wantErr)
			}
		}
	}
	if got, err := tokensOf(strings.NewReader("<a>&lt;<![CDATA[<]]><!-- c -->&#x4E00;<b x='>'/></a>")); err != nil || got != "<a><<一<b></b></a>" {
		t.Errorf("%q %v", got, err)
	}
	broken := errors.New("disk")
	if _, err := tokensOf(io.MultiReader(strings.NewReader("<a>"), iotest.ErrReader(broken))); err != broken {
		t.Errorf("%v, want the reader's error", err)
	}
}

func TestXMLBounds(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("<a>", n) + strings.Repeat("</a>", n) }
	attributes := func(n int) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(" a" + ColumnLetter(i) + "='x'")
		}
		return "<a" + b.String() + "/>"
	}
	for _, doc := range []string{deep(maxDepth), attributes(maxAttributes), "<a b='" + strings.Repeat("x", maxToken/2) + "'/>"} {
		if _, err := tokensOf(strings.NewReader(doc)); err != nil {
			t.Errorf("%.30q: %v", doc, err)
		}
	}
	for _, doc := range []string{deep(maxDepth + 1), attributes(maxAttributes + 1), "<a b='" + strings.Repeat("x", maxToken) + "'/>", "<a>" + strings.Repeat("x", maxToken) + "</a>"} {
		if _, err := tokensOf(strings.NewReader(doc)); err == nil {
			t.Errorf("%.30q passes", doc)
		}
	}
}
