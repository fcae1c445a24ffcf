package reader

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// put writes content into a file of its own and returns the path.
func put(t testing.TB, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// looks is a rough stand-in for the function that the reader is handed.
func looks(text string) (string, bool) {
	for field, re := range map[string]*regexp.Regexp{
		"idCard": regexp.MustCompile(`^\d{17}[\dXx]$`), "mobile": regexp.MustCompile(`^1[3-9]\d{9}$`), "name": regexp.MustCompile(`^[张李王]\p{Han}{1,2}$`),
	} {
		if re.MatchString(text) {
			return field, true
		}
	}
	return "", false
}

// readAll opens a file and reads all its rows.
func readAll(path string, o Options) (*Table, []Row, error) {
	t, err := Open(path, o)
	if err != nil {
		return nil, nil, err
	}
	defer t.Close()
	rows, err := drainRows(t)
	return t, rows, err
}

func drainRows(t *Table) (rows []Row, err error) {
	for r, err := range t.Rows() {
		if err != nil {
			return rows, err
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// show writes rows as line:kind=text|… for comparing.
func show(rows []Row) string {
	var b strings.Builder
	for _, r := range rows {
		fmt.Fprintf(&b, "%d:", r.Line)
		for i, c := range r.Cells {
			if i > 0 {
				b.WriteByte('|')
			}
			if c.Kind != Empty {
				fmt.Fprintf(&b, "%c=%s", "-tndbef"[c.Kind], c.Text)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// refused expects an *Error whose text has all of the words and none of a person.
func refused(t *testing.T, err error, words ...string) *Error {
	t.Helper()
	if err == nil {
		t.Fatalf("not refused, want %q", words)
	}
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("%T is no *Error: %v", err, err)
	}
	if e.File == "" || e.Problem == "" || e.Do == "" {
		t.Errorf("file, problem or what to do is missing: %+v", e)
	}
	inChinese(t, e)
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q lacks %q", err, w)
		}
	}
	for _, secret := range []string{"张三", "李四", "15400000001", "11010519491231002X"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the error holds a cell's value: %v", err)
		}
	}
	return e
}

const (
	xmlHead  = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	mainName = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`
	relName  = `xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`
	relType  = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
	pkgName  = `xmlns="http://schemas.openxmlformats.org/package/2006/relationships"`

	headerXML = `<row r="1"><c r="A1" t="inlineStr"><is><t>姓名</t></is></c><c r="B1" t="inlineStr"><is><t>手机号</t></is></c><c r="C1" t="inlineStr"><is><t>身份证号</t></is></c></row>`
	personXML = `<row r="2"><c r="A2" t="inlineStr"><is><t>张三</t></is></c><c r="B2" t="inlineStr"><is><t>15400000001</t></is></c><c r="C2" t="inlineStr"><is><t>11010519491231002X</t></is></c></row>`
)

// parts are a package's parts by name.
type parts map[string]string

// bookOf makes a workbook of one sheet with these rows.
func bookOf(rows string) parts {
	return parts{
		"[Content_Types].xml": xmlHead + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>`,
		"_rels/.rels":         xmlHead + `<Relationships ` + pkgName + `><Relationship Id="rId1" Type="` + relType + `officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml":     xmlHead + `<workbook ` + mainName + ` ` + relName + `><sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": xmlHead + `<Relationships ` + pkgName + `><Relationship Id="rId1" Type="` + relType + `worksheet" Target="worksheets/sheet1.xml"/>` +
			`<Relationship Id="rId2" Type="` + relType + `sharedStrings" Target="sharedStrings.xml"/><Relationship Id="rId3" Type="` + relType + `styles" Target="styles.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml": xmlHead + `<worksheet ` + mainName + `><sheetData>` + rows + `</sheetData></worksheet>`,
		"xl/sharedStrings.xml":     xmlHead + `<sst ` + mainName + ` count="3" uniqueCount="3"><si><t>张三</t></si><si><t>15400000001</t></si><si><t>11010519491231002X</t></si></sst>`,
		"xl/styles.xml":            xmlHead + `<styleSheet ` + mainName + `><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;"/></numFmts><cellXfs count="5"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/><xf numFmtId="164"/><xf numFmtId="20"/></cellXfs></styleSheet>`,
	}
}

// with replaces a part's text.
func (p parts) with(name, old, new string) parts {
	q := maps.Clone(p)
	if !strings.Contains(q[name], old) {
		panic("with: " + name + " has no " + old)
	}
	q[name] = strings.Replace(q[name], old, new, 1)
	return q
}

func (p parts) plus(name, text string) parts {
	q := maps.Clone(p)
	q[name] = text
	return q
}

func (p parts) zip(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(p)) {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(p[name])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func (p parts) file(t testing.TB) string { return put(t, "people.xlsx", p.zip(t)) }

// allocated is how much memory do took from the heap in all: it never held more at a time.
func allocated(do func()) (mib int) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return int((after.TotalAlloc - before.TotalAlloc) >> 20)
}

// mostMemory is the bound for one book, in MiB.
const mostMemory = 128

// inChinese expects that a refusal can be said in Chinese, all of it.
func inChinese(t *testing.T, e *Error) {
	t.Helper()
	for _, english := range []string{e.Problem, e.Do} {
		if zh, ok := chinese(english); !ok || english != "" && zh == english {
			t.Errorf("no Chinese for %q", english)
		}
	}
	if text := e.Text("zh"); e.Text("en") != e.Error() || !strings.Contains(text, printable(e.File)) || e.Row > 0 && !strings.Contains(text, fmt.Sprintf("第 %d 行", e.Row)) {
		t.Errorf("%s", text)
	}
}
