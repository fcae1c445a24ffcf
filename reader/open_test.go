package reader

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
)

func wide(s string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

// compoundFile is as much of an OLE2 file as tells its kind.
func compoundFile(stream string) []byte {
	b := make([]byte, 512+128)
	copy(b, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")
	copy(b[512:], wide(stream))
	b[512+64] = byte(2*len(stream) + 2)
	return b
}

func TestRefusedFormats(t *testing.T) {
	zipped := func(names ...string) []byte {
		p := parts{}
		for _, n := range names {
			p[n] = "x"
		}
		return p.zip(t)
	}
	word := bookOf("").with("[Content_Types].xml", "spreadsheetml.sheet.main", "wordprocessingml.document.main")
	for _, c := range []struct {
		name    string
		content []byte
		words   []string
	}{
		{"empty", nil, []string{"the file is empty"}},
		{"mark only", []byte("\xEF\xBB\xBF"), []string{"the file is empty"}},
		{"blanks", []byte(" \r\n\t\n"), []string{"the file is empty"}},
		{"encrypted", compoundFile("EncryptedPackage"), []string{"the workbook is encrypted: give its password with --password-file"}},
		{"xls", compoundFile("Workbook"), []string{".xls", "save it as .xlsx"}},
		{"xls of Excel 5", compoundFile("Book"), []string{".xls", "save it as .xlsx"}},
		{"doc", compoundFile("WordDocument"), []string{"Word"}},
		{"other compound", compoundFile("Else"), []string{"old Office file"}},
		{"pdf", []byte("%PDF-1.7\n"), []string{"a PDF", "save it as .xlsx or CSV"}},
		{"png", []byte("\x89PNG\r\n\x1a\n"), []string{"PNG"}},
		{"jpeg", []byte("\xFF\xD8\xFF\xE0"), []string{"JPEG"}},
		{"gzip", []byte("\x1F\x8B\x08\x00"), []string{"gzip"}},
		{"utf-32", []byte("\xFF\xFE\x00\x00n\x00\x00\x00"), []string{"UTF-32"}},
		{"html", []byte("<html><body>"), []string{"HTML", "save it as .xlsx or CSV"}},
		{"html with mark", []byte("\xEF\xBB\xBF \n<!DOCTYPE html><p>"), []string{"HTML"}},
		{"table", []byte("<TABLE border=1><tr>"), []string{"HTML"}},
		{"table after meta", []byte("<meta charset=gbk><table>"), []string{"HTML"}},
		{"excel 2003", []byte(`<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">`), []string{"Excel 2003"}},
		{"xml", []byte(`<?xml version="1.0"?><people/>`), []string{"an XML file"}},
		{"xlsb", zipped("[Content_Types].xml", "xl/workbook.bin"), []string{".xlsb", "save it as .xlsx or CSV"}},
		{"ods", zipped("mimetype", "content.xml"), []string{".ods", "save it as .xlsx or CSV"}},
		{"numbers", zipped("Index/Document.iwa"), []string{"Numbers", "save it as .xlsx or CSV"}},
		{"docx", zipped("[Content_Types].xml", "word/document.xml"), []string{"Word", "save it as .xlsx or CSV"}},
		{"pptx", zipped("[Content_Types].xml", "ppt/presentation.xml"), []string{"presentation"}},
		{"odd docx", word.zip(t), []string{"no workbook"}},
		{"zip", zipped("people.csv"), []string{"a zip archive and not a workbook"}},
		{"cut zip", []byte("PK\x03\x04 and no more"), []string{"cut off"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Open(put(t, "people.dat", c.content), Options{})
			refused(t, err, append(c.words, "people.dat: ")...)
		})
	}
}

func TestRefusedPaths(t *testing.T) {
	_, err := Open(filepath.Join(t.TempDir(), "none.csv"), Options{})
	refused(t, err, "none.csv: there is no such file")
	if !errors.Is(err, fs.ErrNotExist) {
		t.Error("does not wrap fs.ErrNotExist")
	}
	_, err = Open(t.TempDir(), Options{})
	refused(t, err, "is a folder")
	if _, statErr := os.Stat(os.DevNull); statErr == nil && runtime.GOOS != "windows" {
		_, err = Open(os.DevNull, Options{})
		refused(t, err, "is a pipe or a device")
	}
	e := refused(t, locate(cannotOpen(&fs.PathError{Op: "open", Path: "/secret/place", Err: fs.ErrPermission}), Error{File: "x.csv"}), "permission denied")
	if !errors.Is(e, fs.ErrPermission) {
		t.Error("does not wrap fs.ErrPermission")
	}
	e = refused(t, locate(&fs.PathError{Op: "read", Path: "/secret/place", Err: errors.New("i/o error")}, Error{File: "x.csv"}), "can't be read (i/o error)")
	if bytes.Contains([]byte(e.Error()), []byte("secret")) {
		t.Error("the error holds the path")
	}
}

func TestRefusedOptions(t *testing.T) {
	path := put(t, "a.csv", []byte("name,mobile,idCard\n"))
	_, err := Open(path, Options{HeaderRow: -1})
	refused(t, err, "--header-row")
	_, err = Open(path, Options{Columns: map[string]string{"phone": "A"}})
	refused(t, err, "unknown field")
	_, err = Open(path, Options{Encoding: "latin1"})
	refused(t, err, "--input-encoding")
}

// TestChangedFile rewrites a file between the passes, in place, and expects the second to say so.
func TestChangedFile(t *testing.T) {
	csv := []byte("name,mobile,idCard\n张三,15400000001,11010519491231002X\n")
	for name, content := range map[string][]byte{"a.csv": csv, "a.xlsx": bookOf(headerXML + personXML).zip(t)} {
		path := put(t, name, content)
		table, err := Open(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer table.Close()
		if rows, err := drainRows(table); err != nil || len(rows) != 1 {
			t.Fatal(rows, err)
		}
		if err := os.Chtimes(path, time.Time{}, time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		_, err = drainRows(table)
		refused(t, err, name, "changed while it was read")
		if !errors.Is(err, ErrChanged) {
			t.Error("does not wrap ErrChanged")
		}
		if err := os.WriteFile(path, content[:len(content)-9], 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err = drainRows(table); !errors.Is(err, ErrChanged) {
			t.Errorf("%s cut short: %v, want ErrChanged", name, err)
		}
	}
}

// TestChangeIsSeenEarly: the rows of a changed file may be paid for as they come, so none is yielded once a pass begins on
// one, and few after it was changed under way.
func TestChangeIsSeenEarly(t *testing.T) {
	const rows = 3 * lookEvery
	content := []byte("name,mobile,idCard\n" + strings.Repeat("a,b,c\n", rows))
	for name, after := range map[string]int{"before the pass": 0, "under way": 10} {
		path := put(t, "a.csv", content)
		table, err := Open(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer table.Close()
		touch := func() {
			if err := os.Chtimes(path, time.Time{}, time.Now().Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		if after == 0 {
			touch()
		}
		seen := 0
		for _, err = range table.Rows() {
			if err != nil {
				break
			}
			if seen++; seen == after {
				touch()
			}
		}
		refused(t, err, "a.csv", "changed while it was read")
		if !errors.Is(err, ErrChanged) || seen > min(after, 1)*lookEvery {
			t.Errorf("%s: %d rows were yielded, then %v", name, seen, err)
		}
	}
}

// TestRenamedOver keeps reading the file that was opened.
func TestRenamedOver(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // where an open file can't be replaced
	}
	path := put(t, "a.csv", []byte("name,mobile,idCard\na,b,c\n"))
	table, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	if err := os.Rename(put(t, "b.csv", []byte("name,mobile,idCard\nother,b,c\n")), path); err != nil {
		t.Fatal(err)
	}
	rows, err := drainRows(table)
	if err != nil || show(rows) != "2:t=a|t=b|t=c\n" {
		t.Errorf("%s %v", show(rows), err)
	}
}

func TestColumnLetter(t *testing.T) {
	for i, want := range map[int]string{0: "A", 25: "Z", 26: "AA", 701: "ZZ", 702: "AAA", 16383: "XFD"} {
		if got := ColumnLetter(i); got != want {
			t.Errorf("%d: %s, want %s", i, got, want)
		}
		if got, ok := columnIndex(want); !ok || got != i {
			t.Errorf("%s: %d, want %d", want, got, i)
		}
	}
	for _, s := range []string{"", "XFE", "A1", "ZZZZ", "é"} {
		if _, ok := columnIndex(s); ok {
			t.Errorf("%q is taken for a column", s)
		}
	}
}
