package reader

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

const csvHeader = "name,mobile,idCard\n"

func TestCSVRows(t *testing.T) {
	for name, c := range map[string]struct{ content, want string }{
		"plain":                  {"a,b,c\n", "2:t=a|t=b|t=c\n"},
		"no line end":            {"a,b,c", "2:t=a|t=b|t=c\n"},
		"crlf":                   {"a,b,c\r\nd,e,f\r\n", "2:t=a|t=b|t=c\n3:t=d|t=e|t=f\n"},
		"quoted":                 {`"a,x","b ""y""",c` + "\n", "2:t=a,x|t=b \"y\"|t=c\n"},
		"quoted line ends":       {"\"a\n\nx\",b,c\nd,e,f\n", "2:t=a\n\nx|t=b|t=c\n5:t=d|t=e|t=f\n"},
		"quoted crlf":            {"\"a\r\nx\",b,c\r\nd,e,f\r\n", "2:t=a\nx|t=b|t=c\n4:t=d|t=e|t=f\n"},
		"carriage return quoted": {"\"a\rx\",b,c\n", "2:t=a\rx|t=b|t=c\n"},
		"two with line ends":     {"\"a\nx\",\"b\ny\",c\nd,e,f\n", "2:t=a\nx|t=b\ny|t=c\n5:t=d|t=e|t=f\n"},
		"empty lines between":    {"\na,b,c\n\n\n,,\n\"\"\nd,e,f\n", "2:||\n3:t=a|t=b|t=c\n4:||\n5:||\n6:||\n7:||\n8:t=d|t=e|t=f\n"},
		"empty lines at the end": {"a,b,c\n\n,,\n\r\n", "2:t=a|t=b|t=c\n"},
		"fewer fields":           {"a\nb,c\n", "2:t=a||\n3:t=b|t=c|\n"},
		"blank is text":          {" ,,\n", "2:t= ||\n"},
		"form":                   {`="00123",="1",c` + "\n", "2:t=\"00123\"|t=\"1\"|t=c\n"},
		"form quoted":            {`"=""00123""",b,c` + "\n", "2:t=\"00123\"|t=b|t=c\n"},
		"equals":                 {"=1+1,=,=a\n", "2:t==1+1|t==|t==a\n"},
		"header only":            {"", ""},
		"undecodable":            {"a\xFFb,b,张三李四王五赵六\n", "2:t=a\uFFFDb|t=b|t=张三李四王五赵六\n"},
	} {
		t.Run(name, func(t *testing.T) {
			_, rows, err := readAll(put(t, "a.csv", []byte(csvHeader+c.content)), Options{})
			got := show(rows)
			if strings.HasPrefix(name, "form") {
				got = strings.ReplaceAll(got, "t==", "t=")
			}
			if err != nil || got != c.want {
				t.Errorf("got %q %v, want %q", got, err, c.want)
			}
		})
	}
}

func TestRefusedCSV(t *testing.T) {
	for name, c := range map[string]struct {
		content string
		words   []string
	}{
		"nul":                     {"a,b,c\na,\x00b,c\n", []string{"row 3, column B", "NUL"}},
		"nul in quotes":           {"a,b,\"c\x00\"\n", []string{"row 2, column C", "NUL"}},
		"carriage return":         {"a,b,c\na,b\rc\n", []string{"row 3, column B", "carriage return"}},
		"carriage returns only":   {"a,b,c\rd,e,f\r", []string{"row 2", "carriage return", "old Mac"}},
		"carriage return, end":    {"a,b,c\r", []string{"row 2", "carriage return"}},
		"carriage return, field":  {"a\r,b,c\n", []string{"row 2, column A", "carriage return"}},
		"carriage return, quote":  {"\"a\"\r\"b\"\n", []string{"row 2", "carriage return"}},
		"unclosed":                {"a,b,c\na,b,\"c\nd,e,f\n", []string{"row 3, column C", "a quote is opened here and not closed"}},
		"unclosed at once":        {"a,b,\"", []string{"row 2, column C", "not closed"}},
		"unclosed before another": {"a,b,\"c\nd,\"e\",f\n", []string{"row 3, column C", "first quote is on line 2"}},
		"behind a quote":          {"a,\"b\" x,c\n", []string{"row 2, column B", "text behind the quote"}},
		"bare quote":              {"a,b\"x,c\n", []string{"row 2, column B", "not quoted"}},
		"quote behind blank":      {"a, \"b\",c\n", []string{"row 2, column B", "not quoted"}},
		"quote in form":           {"=a\"b\",b,c\n", []string{"row 2, column A", "not quoted"}},
		"quote behind form":       {"=\"a\"\"b\",b,c\n", []string{"row 2, column A", "not quoted"}},
		"text behind form":        {"=\"a\"b,b,c\n", []string{"row 2, column A", "text behind"}},
		"comma in form":           {"=\"a,b\",b,c\n", []string{"row 2, column A"}},
		"line end in form":        {"=\"a\n\",b,c\n", []string{"row 2, column A"}},
		"more fields":             {"a,b,c\na,b,c,d\n", []string{"row 3, column D", "4 fields, the header only 3"}},
		"more fields, late":       {"\"a\n\n\",b,c\na,b,c,d\n", []string{"row 5, column D"}},
		"gap":                     {"a,b,c\n" + strings.Repeat("\n", maxGap+1) + "d\n", []string{"row 2", "until row 10004", "delete the empty rows"}},
		"endless field":           {"a,b,\"" + strings.Repeat("x\n", maxRecord), []string{"row 2, column C", "not closed until 4 MiB"}},
		"endless line":            {strings.Repeat("x", maxRecord+100<<10), []string{"row 2", "a record of more than 4 MiB"}},
		"endless fields":          {strings.Repeat("x,", maxRecord), []string{"row 2", "a record of more than 4 MiB"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := readAll(put(t, "a.csv", []byte(csvHeader+c.content)), Options{})
			refused(t, err, append(c.words, "a.csv: ")...)
		})
	}
}

// TestQuoteOnLastOfAMillion finds where the quote was opened.
func TestQuoteOnLastOfAMillion(t *testing.T) {
	n := 1_000_000
	if raceEnabled {
		n = 100_000
	}
	var b bytes.Buffer
	b.WriteString(csvHeader)
	for i := 2; i < n; i++ {
		b.WriteString("张三,15400000001,11010519491231002X\n")
	}
	b.WriteString("张三,15400000001,\"11010519491231002X\n")
	table, err := Open(put(t, "a.csv", b.Bytes()), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	seen := 0
	for _, rowErr := range table.Rows() {
		if rowErr != nil {
			err = rowErr
			break
		}
		seen++
	}
	e := refused(t, err, "not closed")
	if e.Row != n || e.Column != "C" || seen != n-2 {
		t.Errorf("row %d, column %s after %d rows", e.Row, e.Column, seen)
	}
}

// TestGuardInPieces feeds the guard byte by byte, half a buffer at a time, and with the end in the last read.
func TestGuardInPieces(t *testing.T) {
	for _, content := range []string{
		csvHeader + "\"a\"\"b\r\n\",\"\",c\r\n=\"1\",x,y\n", csvHeader + "a\r", csvHeader + "\"a\"x\n", csvHeader + "a\"\n", "", "\"", "a\x00",
	} {
		want, wantErr := io.ReadAll(newGuard(strings.NewReader(content), ','))
		for name, r := range map[string]io.Reader{"one byte": iotest.OneByteReader(strings.NewReader(content)), "half": iotest.HalfReader(strings.NewReader(content)), "end with data": iotest.DataErrReader(strings.NewReader(content))} {
			got, err := io.ReadAll(newGuard(r, ','))
			if string(got) != string(want) || (err == nil) != (wantErr == nil) || err != nil && err.Error() != wantErr.Error() {
				t.Errorf("%s of %q: %q %v, want %q %v", name, content, got, err, want, wantErr)
			}
		}
	}
	broken := errors.New("disk")
	if _, err := io.ReadAll(newGuard(iotest.ErrReader(broken), ',')); err != broken {
		t.Errorf("%v, want the reader's error", err)
	}
}

// strictly reads with the standard library's own rules, which the guard must be at least as strict as.
func strictly(content string, comma byte) ([][]string, error) {
	r := csv.NewReader(strings.NewReader(content))
	r.Comma, r.FieldsPerRecord = rune(comma), -1
	return r.ReadAll()
}

// guarded reads as the table does.
func guarded(content string, comma byte) ([][]string, error) {
	g := newGuard(strings.NewReader(content), comma)
	r := csv.NewReader(g)
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = rune(comma), -1, true
	all, err := r.ReadAll()
	if g.err != nil && g.err != io.EOF {
		return nil, g.err
	}
	return all, err
}

// TestEmptyFieldsAtTheEnd: Excel fills lines up with commas to the width of the widest. What holds something is refused.
func TestEmptyFieldsAtTheEnd(t *testing.T) {
	table, rows, err := readAll(put(t, "a.csv", []byte("a,b\n1,2,,,\n3,,\n,,,\n4,5\n")), Options{AnyColumns: true})
	if err != nil || len(table.Header()) != 2 || show(rows) != "2:t=1|t=2\n3:t=3|\n4:|\n5:t=4|t=5\n" {
		t.Errorf("%v\n%s", err, show(rows))
	}
	_, _, err = readAll(put(t, "a.csv", []byte("a,b\n1,2,,x,\n")), Options{AnyColumns: true})
	refused(t, err, "row 2, column C", "5 fields, the header only 2")
	table, rows, err = readAll(put(t, "a.csv", []byte("a,b,,\n1,2,,x\n")), Options{AnyColumns: true})
	if err != nil || len(table.Header()) != 4 || show(rows) != "2:t=1|t=2||t=x\n" {
		t.Errorf("a column without a header: %v\n%s", err, show(rows))
	}
}
