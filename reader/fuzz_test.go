package reader

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"reflect"
	"strings"
	"testing"
)

// TestSeeds makes sure that the fuzz targets have something to start from.
func TestSeeds(t *testing.T) {
	for _, target := range []string{"FuzzCSV", "FuzzXML", "FuzzSheet"} {
		files, err := os.ReadDir("testdata/fuzz/" + target)
		if err != nil || len(files) < 3 {
			t.Errorf("%s has %d seeds: %v", target, len(files), err)
		}
	}
}

// FuzzCSV holds the table against encoding/csv with its own strict rules: what passes the guard means the same to both.
func FuzzCSV(f *testing.F) {
	f.Fuzz(func(t *testing.T, content []byte) {
		text := string(content)
		got, err := guarded(text, ',')
		if err != nil {
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("not a clear refusal: %v", err)
			}
		} else if want, strictErr := strictly(text, ','); strictErr == nil {
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("%q, the standard library reads %q", got, want)
			}
		} else if !strings.Contains(text, `="`) {
			t.Fatalf("passes, but the standard library says %v", strictErr)
		}

		path := put(t, "a.csv", content)
		table, rows, openErr := readAll(path, Options{AnyColumns: true, Encoding: "utf-8"})
		if openErr != nil {
			var e *Error
			if !errors.As(openErr, &e) || e.File == "" || e.Problem == "" {
				t.Fatalf("not a clear refusal: %v", openErr)
			}
			return
		}
		if err != nil && table.Header() != nil && len(table.Notes()) == 0 && !bytes.HasPrefix(content, []byte("\xEF\xBB\xBF")) {
			t.Fatalf("the table passes what the guard refuses: %v", err)
		}
		for i, r := range rows {
			if len(r.Cells) != len(table.Header()) || i > 0 && r.Line <= rows[i-1].Line {
				t.Fatalf("row %d: %d cells, line %d", i, len(r.Cells), r.Line)
			}
		}
		readAll(path, Options{}) // with the encoding to be told and the columns to be found
	})
}

// FuzzXML holds the tokenizer against encoding/xml: what it accepts means the same to both.
func FuzzXML(f *testing.F) {
	f.Fuzz(func(t *testing.T, content []byte) {
		got, err := ourTokens(content)
		if err != nil {
			return
		}
		want, err := theirTokens(content)
		if err != nil && strings.Contains(err.Error(), "invalid XML name") {
			return // the library knows the names of XML's fourth edition; the fifth allows more
		}
		if err != nil {
			t.Fatalf("accepted as %q, encoding/xml says %v", got, err)
		}
		if got != want {
			t.Fatalf("%q, encoding/xml reads %q", got, want)
		}
	})
}

func ourTokens(content []byte) (string, error) {
	var b strings.Builder
	x := newXML(bytes.NewReader(content), 0)
	for {
		kind, err := x.next()
		if err == io.EOF {
			return b.String(), nil
		}
		if err != nil {
			return "", err
		}
		switch kind {
		case startTag:
			b.WriteString("<" + string(x.name))
			for _, a := range x.attrs {
				v, err := x.value(a.value)
				if err != nil {
					return "", err
				}
				name := string(a.name)
				b.WriteString(" " + name[strings.IndexByte(name, ':')+1:] + "=" + v)
			}
			b.WriteString(">")
		case endTag:
			b.WriteString("</" + string(x.name) + ">")
		case charData:
			b.Write(x.text)
		}
	}
}

func theirTokens(content []byte) (string, error) {
	var b strings.Builder
	d := xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(content, []byte("\xEF\xBB\xBF"))))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	depth := 0
	for {
		token, err := d.Token()
		if err == io.EOF {
			return b.String(), nil
		}
		if err != nil {
			return "", err
		}
		switch t := token.(type) {
		case xml.StartElement:
			depth++
			b.WriteString("<" + t.Name.Local)
			for _, a := range t.Attr {
				b.WriteString(" " + a.Name.Local + "=" + a.Value)
			}
			b.WriteString(">")
		case xml.EndElement:
			depth--
			b.WriteString("</" + t.Name.Local + ">")
		case xml.CharData:
			if depth > 0 {
				b.Write(t)
			}
		}
	}
}

// FuzzSheet reads any rows section: cells or a clear refusal, never a panic.
func FuzzSheet(f *testing.F) {
	f.Fuzz(func(t *testing.T, rows string) {
		path := bookOf(rows).file(t)
		table, all, err := readAll(path, Options{AnyColumns: true})
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.File == "" || e.Problem == "" || e.Do == "" {
				t.Fatalf("not a clear refusal: %v", err)
			}
			return
		}
		for i, r := range all {
			if len(r.Cells) != len(table.Header()) || i > 0 && r.Line != all[i-1].Line+1 {
				t.Fatalf("row %d: %d cells, line %d", i, len(r.Cells), r.Line)
			}
		}
	})
}
