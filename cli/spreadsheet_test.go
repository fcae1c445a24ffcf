//go:build proof

package cli

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestNothingIsEvaluated opens such a CSV in a real spreadsheet program and looks for formulas. It needs soffice, and says
// so where there is none; MOBILE3_SOFFICE=require makes that a failure.
func TestNothingIsEvaluated(t *testing.T) {
	t.Parallel()
	soffice, err := exec.LookPath("soffice")
	if err != nil {
		if os.Getenv("MOBILE3_SOFFICE") == "require" {
			t.Fatal(err)
		}
		fmt.Println("cli: no soffice here: whether a spreadsheet evaluates what stands in a CSV was not looked at")
		return
	}
	texts := wildTexts(rand.New(rand.NewPCG(8, 26)), 1500)
	for i, s := range texts {
		texts[i] = strings.Map(func(r rune) rune { // what this program shows as another character, or not at all
			if r < ' ' && r != '\n' && r != '\t' {
				return -1
			}
			return r
		}, s)
	}
	if sheet := converted(t, soffice, writeTexts(t, "a.csv", "", texts)); strings.Contains(sheet, "<f") || strings.Count(sheet, "<row ") < len(texts)/2 {
		t.Errorf("%d formulas in %d rows", strings.Count(sheet, "<f"), strings.Count(sheet, "<row "))
	}
	bare := filepath.Join(t.TempDir(), "bare.csv")
	if err := os.WriteFile(bare, []byte("a,b\n1,=1+1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if sheet := converted(t, soffice, bare); !strings.Contains(sheet, "<f") {
		t.Error("a bare formula is not evaluated either: nothing was tested")
	}
}

// converted is the sheet that a spreadsheet program makes of a CSV if it evaluates whatever it can.
func converted(t *testing.T, soffice, path string) string {
	t.Helper()
	out := t.TempDir()
	// Commas, double quotes, UTF-8; the last but five: detect special numbers; the last: evaluate formulas.
	cmd := exec.Command(soffice, "-env:UserInstallation=file://"+filepath.ToSlash(t.TempDir()), "--headless",
		"--infilter=CSV:44,34,UTF8,1,,0,false,true,false,false,false,-1,true", "--convert-to", "xlsx", "--outdir", out, path)
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	books, err := filepath.Glob(filepath.Join(out, "*.xlsx"))
	if err != nil || len(books) != 1 {
		t.Fatal("not converted into one workbook", books, err)
	}
	return partOf(t, books[0], "xl/worksheets/sheet1.xml")
}

// TestASpreadsheetProgramSavedItAgain: the to-do sheet and the CSV go through a real spreadsheet program and come back. It
// needs soffice, and says so where there is none; MOBILE3_SOFFICE=require makes that a failure.
func TestASpreadsheetProgramSavedItAgain(t *testing.T) {
	soffice, err := exec.LookPath("soffice")
	if err != nil {
		if os.Getenv("MOBILE3_SOFFICE") == "require" {
			t.Fatal(err)
		}
		fmt.Println("cli: no soffice here: whether a sheet that it saved again costs nothing was not looked at")
		return
	}
	c := openCounter(t)
	rows, _ := roundedPeople(200, 30)
	rows = append(rows, kindRows(rand.New(rand.NewPCG(5, 29)))...)
	rawBook(t, c.path("people.xlsx"), peopleHeader, rows)
	if c.run("people.xlsx", "sheet.xlsx") < 50 {
		t.Fatal("nobody was billed at first")
	}
	is(t, "billed for the CSV", c.run("people.xlsx", "sheet.csv"), 0)
	asBook(t, c.path("todo.xlsx"), rowsOf(t, c.path("sheet.xlsx"), toDo), func(_ int, s string) raw { return rawText(s) })
	profile := t.TempDir()
	convert := func(to, dir string, files ...string) (made []string) {
		t.Helper()
		args := []string{"-env:UserInstallation=file://" + filepath.ToSlash(profile), "--headless"}
		if filepath.Ext(files[0]) == ".csv" { // as a double click opens it: what looks like a number is one
			args = append(args, "--infilter=CSV:44,34,76,1")
		}
		args = append(args, "--convert-to", to, "--outdir", c.path(dir))
		ext, _, _ := strings.Cut(to, ":")
		for _, f := range files {
			args = append(args, c.path(f))
			made = append(made, filepath.Join(dir, strings.TrimSuffix(filepath.Base(f), filepath.Ext(f))+"."+ext))
		}
		if said, err := exec.Command(soffice, args...).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, said)
		}
		return made
	}
	text := convert("csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false", "text", "todo.xlsx", "sheet.xlsx")
	books := convert("xlsx", "books", "todo.xlsx", "sheet.xlsx")
	open := convert("xlsx", "open", convert("ods", "ods", "todo.xlsx", "sheet.xlsx")...)
	numbers := convert("xlsx", "numbers", text[0], "sheet.csv")
	for _, saved := range slices.Concat(text, books, open, numbers) {
		c.wantNoCall(saved, saved, "out.csv")
		c.wantNoCall("what came of "+saved, "out.csv", "out2.csv")
	}
	for _, saved := range []string{books[1], open[1]} {
		c.wantNoCall("the to-do sheet of "+saved, saved, "out.csv", "--sheet", toDo)
	}
	c.nobodyTwice()
}
