package main

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"mobile3batch/person"
)

const committed = ".." // the samples stand above this package

func read(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func records(t *testing.T, content []byte) [][]string {
	t.Helper()
	all, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// What is committed is what the program makes: CSV and JSON to the byte, workbooks
// part by part, since only the packing may differ between versions of Go.
func TestCommittedSamplesAreTheGeneratedOnes(t *testing.T) {
	dir := t.TempDir()
	var out strings.Builder
	if err := run([]string{"-dir", dir}, &out); err != nil {
		t.Fatal(err)
	}
	files, err := samples()
	if err != nil || len(files) < 20 {
		t.Fatalf("%d files (%v)", len(files), err)
	}
	for _, f := range files {
		made, have := read(t, filepath.Join(dir, f.name)), read(t, filepath.Join(committed, f.name))
		switch {
		case f.name == "encrypted.xlsx":
			compareParts(t, f.name, unpack(t, decrypted(t, made)), unpack(t, decrypted(t, have)))
		case f.name == "refused/cut-off.xlsx":
			if _, err := zip.NewReader(bytes.NewReader(have), int64(len(have))); err == nil {
				t.Errorf("%s is whole", f.name)
			}
		case filepath.Ext(f.name) == ".xlsx":
			compareParts(t, f.name, unpack(t, made), unpack(t, have))
		case !bytes.Equal(made, have):
			t.Errorf("%s is not what is committed: go run ./samples/generate", f.name)
		}
	}
}

func decrypted(t *testing.T, packed []byte) []byte {
	t.Helper()
	plain, err := excelize.Decrypt(packed, &excelize.Options{Password: password})
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

func unpack(t *testing.T, book []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		r.Close()
		parts[f.Name] = string(content)
	}
	return parts
}

func compareParts(t *testing.T, name string, made, have map[string]string) {
	t.Helper()
	if len(made) < 5 || len(made) != len(have) {
		t.Fatalf("%s: %d parts, committed are %d", name, len(made), len(have))
	}
	for part, content := range made {
		if have[part] != content {
			t.Errorf("%s: %s is not what is committed: go run ./samples/generate", name, part)
		}
	}
}

func rawText(name, mobile, id string) person.Raw {
	field := func(s string) person.Field { return person.Field{Kind: person.Text, Text: s} }
	return person.Raw{Name: field(name), Mobile: field(mobile), IDCard: field(id)}
}

func TestCustomers(t *testing.T) {
	rows := records(t, read(t, filepath.Join(committed, "customers.csv")))
	if strings.Join(rows[0], ",") != "客户编号,姓名,手机号,身份证号,开户日期,备注" || len(rows) != 61 {
		t.Fatalf("%d lines under %v", len(rows), rows[0])
	}
	var expected expectation
	if err := json.Unmarshal(read(t, filepath.Join(committed, "expected-customers.json")), &expected); err != nil {
		t.Fatal(err)
	}
	people, verdicts, throttled := map[person.Person]int{}, map[string]int{}, 0
	for i, r := range rows[1:] {
		p, found := person.Parse(rawText(r[1], r[2], r[3]))
		if !person.Valid(found) {
			t.Errorf("line %d is invalid: %v", i+2, found)
		}
		for _, f := range found {
			if f.Code != person.NameRare {
				t.Errorf("line %d: %s", i+2, f.Code)
			}
		}
		people[p]++
		if p.Mobile == throttledOnce {
			throttled++
		} else if strings.HasPrefix(p.Mobile, "194000000") {
			t.Errorf("line %d is another test mobile", i+2)
		}
		verdicts[expected.Statuses[i]]++
		if last := r[2][10]; (last == '9') != (expected.Statuses[i] == "no_record") || (last == '7' || last == '8') != (expected.Statuses[i] == "mismatch") {
			t.Errorf("line %d: %s is not the rule's verdict", i+2, expected.Statuses[i])
		}
	}
	if len(people) != 56 || expected.People != 56 || expected.Rows != 60 || len(expected.Statuses) != 60 {
		t.Errorf("%d people, expected %d in %d rows", len(people), expected.People, expected.Rows)
	}
	if throttled != 1 {
		t.Errorf("%d rows are throttled", throttled)
	}
	for _, verdict := range []string{"match", "mismatch", "no_record"} {
		if verdicts[verdict] < 3 || verdicts[verdict] != expected.Counts[verdict] {
			t.Errorf("%d of %s, %d expected", verdicts[verdict], verdict, expected.Counts[verdict])
		}
	}
}

func TestCustomersAreTheSameInEveryForm(t *testing.T) {
	utf8 := read(t, filepath.Join(committed, "customers.csv"))
	if bytes.HasPrefix(utf8, []byte("\xEF\xBB\xBF")) {
		t.Error("customers.csv has a byte order mark")
	}
	decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(read(t, filepath.Join(committed, "customers-gbk.csv")))
	if err != nil || !bytes.Equal(decoded, utf8) {
		t.Errorf("customers-gbk.csv holds other rows (%v)", err)
	}
	want := records(t, utf8)
	book := open(t, "customers.xlsx")
	got, err := book.GetRows(book.GetSheetName(0))
	if err != nil || len(got) != len(want) {
		t.Fatalf("%d rows (%v)", len(got), err)
	}
	for i, row := range want {
		for len(got[i]) < len(row) {
			got[i] = append(got[i], "")
		}
		if !slices.Equal(got[i], row) {
			t.Errorf("row %d of the workbook is %v", i+1, got[i])
		}
	}
	for cell, want := range map[string]person.Kind{"A2": person.Number, "B2": person.Text, "C2": person.Text, "D2": person.Text, "E2": person.Date, "F2": person.Empty} {
		if f := field(t, book, cell); f.Kind != want {
			t.Errorf("%s is of kind %d, want %d", cell, f.Kind, want)
		}
	}
}

func open(t *testing.T, name string) *excelize.File {
	t.Helper()
	book, err := excelize.OpenFile(filepath.Join(committed, name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { book.Close() })
	return book
}

// field reads a cell as the strict reader would hand it on.
func field(t *testing.T, book *excelize.File, cell string) person.Field {
	t.Helper()
	sheet := book.GetSheetName(0)
	value, err := book.GetCellValue(sheet, cell, excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	formula, err := book.GetCellFormula(sheet, cell)
	if err != nil {
		t.Fatal(err)
	}
	kind, err := book.GetCellType(sheet, cell)
	if err != nil {
		t.Fatal(err)
	}
	shown, err := book.GetCellValue(sheet, cell)
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case formula != "" && value == "":
		return person.Field{Kind: person.Formula}
	case kind == excelize.CellTypeBool:
		return person.Field{Kind: person.Bool, Text: value}
	case kind == excelize.CellTypeError:
		return person.Field{Kind: person.Error, Text: value}
	case kind == excelize.CellTypeSharedString, kind == excelize.CellTypeInlineString:
		return person.Field{Kind: person.Text, Text: value}
	case value == "":
		return person.Field{}
	case len(shown) == 10 && shown[4] == '-' && value != shown:
		return person.Field{Kind: person.Date, Text: shown}
	}
	return person.Field{Kind: person.Number, Text: value}
}

func TestDirtyCoversEveryCode(t *testing.T) {
	book := open(t, "dirty.xlsx")
	sheet := book.GetSheetName(0)
	rows, err := book.GetRows(sheet)
	if err != nil {
		t.Fatal(err)
	}
	if len(rows[0]) != 1 || strings.Join(rows[1], ",") != strings.Join(dirtyHeader, ",") {
		t.Fatal("a title and then the header are meant to stand above the rows")
	}
	made := dirtyRows()
	times, clean, next := map[person.Code]int{}, 0, 0
	for i := 2; i < len(rows); i++ {
		if len(rows[i]) == 0 {
			continue
		}
		line := strconv.Itoa(i + 1)
		if got := rows[i][0]; got != strconv.Itoa(next+1) {
			t.Fatalf("line %s is number %s, want %d", line, got, next+1)
		}
		_, found := person.Parse(person.Raw{Name: field(t, book, "B"+line), Mobile: field(t, book, "C"+line), IDCard: field(t, book, "D"+line)})
		note := made[next].note
		next++
		switch {
		case strings.HasPrefix(note, "正常"):
			if len(found) == 0 {
				clean++
				continue
			}
			t.Errorf("line %s (%s): %s %s", line, note, found[0].Column, found[0].Code)
		case strings.HasPrefix(note, "可修正"), strings.HasPrefix(note, "提醒"):
			if !person.Valid(found) || len(found) == 0 {
				t.Errorf("line %s (%s): %d findings", line, note, len(found))
			}
		case person.Valid(found):
			t.Errorf("line %s (%s) is valid", line, note)
		}
		seen := map[person.Code]bool{}
		for _, f := range found {
			if !seen[f.Code] {
				times[f.Code]++
			}
			seen[f.Code] = true
		}
	}
	if next != len(made) || clean < 5 {
		t.Fatalf("%d rows of %d, %d clean", next, len(made), clean)
	}
	for _, c := range person.Codes() {
		if times[c] == 0 {
			t.Errorf("no row has %s", c)
		}
		if c.Severity() == person.Fault && times[c] > 1 {
			t.Errorf("%d rows have %s", times[c], c)
		}
	}
}

// The forms that excelize can't write must have got into the file.
func TestDirtyHasForeignForms(t *testing.T) {
	book := open(t, "dirty.xlsx")
	sheet := unpack(t, read(t, filepath.Join(committed, "dirty.xlsx")))["xl/worksheets/sheet1.xml"]
	for _, form := range []string{`t="e"><v>#N/A</v>`, `<v>1.5400138009E10</v>`} {
		if strings.Count(sheet, form) != 1 {
			t.Errorf("%d times %s", strings.Count(sheet, form), form)
		}
	}
	if book.SheetCount != 1 {
		t.Errorf("%d sheets", book.SheetCount)
	}
}

func TestFaults(t *testing.T) {
	rows := records(t, read(t, filepath.Join(committed, "faults.csv")))
	left := map[string]bool{}
	for n := 1; n <= 28; n++ {
		if n != 4 { // in customers
			left[fmt.Sprintf("194000000%02d", n)] = true
		}
	}
	for i, r := range rows[1:] {
		if !left[r[2]] {
			t.Errorf("line %d has a mobile twice, or one that should not be there", i+2)
		}
		delete(left, r[2])
		if _, found := person.Parse(rawText(r[1], r[2], r[3])); len(found) != 0 {
			t.Errorf("line %d: %s", i+2, found[0].Code)
		}
	}
	for mobile := range left {
		t.Errorf("%s is missing", mobile)
	}
	var last []string
	for _, r := range rows[len(rows)-3:] {
		last = append(last, r[2][9:])
	}
	if !slices.Equal(last, []string{"05", "20", "16"}) {
		t.Errorf("what stops the batch must come last, not %v", last)
	}
}

// The reserved mobiles lie at the end of the numbering, just beyond the last.
func TestNoMobileIsReserved(t *testing.T) {
	for n := mobiles - 1000; n < mobiles; n++ {
		if strings.HasPrefix(mobile(n), "194000000") {
			t.Fatalf("number %d is %s", n, mobile(n))
		}
	}
	if got := mobile(mobiles - 1); got != "19400000100" {
		t.Errorf("the last is %s", got)
	}
	if got := mobile(mobiles); got != "19400000099" {
		t.Errorf("the first reserved one is %s", got)
	}
	if mobile(0) != "15400000000" || mobile(perSegment) != "16100000000" {
		t.Error("the numbering does not begin at each segment's start")
	}
}

func TestListIsDistinctValidAndTheSameAgain(t *testing.T) {
	const n = 50_000
	seen := make(map[string]bool, n)
	for c := range list(7, n, 0) {
		p, found := person.Parse(rawText(c.name, c.mobile, c.idCard))
		if !person.Valid(found) {
			t.Fatalf("customer %d: %v", c.number, found)
		}
		if seen[p.Mobile] {
			t.Fatalf("customer %d has another's mobile", c.number)
		}
		seen[p.Mobile] = true
	}
	if len(seen) != n {
		t.Fatalf("%d people", len(seen))
	}
	if a, b := listed(t, 7, "a.csv"), listed(t, 7, "b.csv"); !bytes.Equal(a, b) {
		t.Error("the same seed made another list")
	}
	if a, b := listed(t, 7, "a.csv"), listed(t, 8, "b.csv"); bytes.Equal(a, b) {
		t.Error("another seed made the same list")
	}
}

func listed(t *testing.T, seed int, name string) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := run([]string{"-rows", "500", "-seed", strconv.Itoa(seed), "-o", path}, io.Discard); err != nil {
		t.Fatal(err)
	}
	return read(t, path)
}

func TestDuplicates(t *testing.T) {
	const n = 20_000
	people := map[human]bool{}
	for c := range list(3, n, 25) {
		people[c.human] = true
	}
	if repeats := n - len(people); repeats < n/5 || repeats > n*3/10 {
		t.Errorf("%d of %d rows repeat, asked for a quarter", repeats, n)
	}
}

func TestEveryFormOfAList(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	for _, args := range [][]string{
		{"-o", path("a.csv")},
		{"-o", path("b.csv"), "-encoding", "gb18030"},
		{"-o", path("c.xlsx")},
	} {
		if err := run(append(args, "-rows", "3000", "-duplicates", "5"), io.Discard); err != nil {
			t.Fatal(err)
		}
	}
	want := read(t, path("a.csv"))
	if decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(read(t, path("b.csv"))); err != nil || !bytes.Equal(decoded, want) {
		t.Errorf("gb18030 holds other rows (%v)", err)
	}
	book, err := excelize.OpenFile(path("c.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	rows, err := book.GetRows(book.GetSheetName(0))
	if err != nil || len(rows) != 3001 {
		t.Fatalf("%d rows (%v)", len(rows), err)
	}
	for i, record := range records(t, want) {
		if !slices.Equal(rows[i][:5], record[:5]) {
			t.Fatalf("row %d of the workbook differs", i+1)
		}
	}
}

func TestRefusedArguments(t *testing.T) {
	out := filepath.Join(t.TempDir(), "x")
	for _, args := range [][]string{
		{"-o", out + ".txt"},
		{"-o", out + ".csv", "-rows", "0"},
		{"-o", out + ".csv", "-rows", "400000000"},
		{"-o", out + ".xlsx", "-rows", "1048576"},
		{"-o", out + ".csv", "-duplicates", "100"},
		{"-o", out + ".csv", "-duplicates", "-1"},
		{"-o", out + ".csv", "-duplicates", "NaN"},
		{"-o", out + ".csv", "-encoding", "latin1"},
		{"-o", out + ".xlsx", "-encoding", "gb18030"},
		{"-o", out + ".csv", "extra"},
		{"-o", filepath.Join(out, "no", "such.csv")},
	} {
		if err := run(args, io.Discard); err == nil {
			t.Errorf("%v was accepted", args)
		}
	}
	if left, _ := filepath.Glob(out + "*"); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}
