package cli

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/xuri/excelize/v2"
)

func exitCode(err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	return -1
}

func parseCSV(b []byte) ([][]string, error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))))
	return r.ReadAll()
}

// makeBook turns a CSV of a scene into an XLSX: mkbook in.csv out.xlsx.
func makeBook(ts *testscript.TestScript, neg bool, args []string) {
	f := excelize.NewFile()
	defer f.Close()
	for i, row := range readCSV(ts, args[0]) {
		for j, cell := range row {
			name, err := excelize.CoordinatesToCellName(j+1, i+1)
			ts.Check(err)
			ts.Check(f.SetCellStr("Sheet1", name, cell))
		}
	}
	ts.Check(f.SaveAs(ts.MkAbs(args[1])))
}

func setCell(ts *testscript.TestScript, neg bool, args []string) {
	f, err := excelize.OpenFile(ts.MkAbs(args[0]))
	ts.Check(err)
	defer f.Close()
	ts.Check(f.SetCellStr(args[1], args[2], args[3]))
	ts.Check(f.Save())
}

func cellInScene(ts *testscript.TestScript, neg bool, args []string) {
	f, err := excelize.OpenFile(ts.MkAbs(args[0]))
	ts.Check(err)
	defer f.Close()
	shown, err := f.GetCellValue(args[1], args[2])
	ts.Check(err)
	if regexp.MustCompile(args[3]).MatchString(shown) == neg {
		ts.Fatalf("%s of %s shows %q", args[2], args[1], shown)
	}
}

// lockBook puts a workbook under a password: lockbook plain.xlsx PASSWORD locked.xlsx.
func lockBook(ts *testscript.TestScript, neg bool, args []string) {
	plain, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	locked, err := excelize.Encrypt(plain, &excelize.Options{Password: args[1]})
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), locked, 0o600))
}

// program is the command line as a process of its own.
func program(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), beProgram+"=1", "MOBILE3_APPCODE=canary-appcode-5e1f")
	return cmd
}

func readRows(t *testing.T, path string) [][]string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := parseCSV(b)
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) < 2 {
		t.Fatalf("%s has no rows", filepath.Base(path))
	}
	return rows
}

// column is the index of a header text, which must be there.
func column(t *testing.T, rows [][]string, name string) int {
	t.Helper()
	for i, h := range rows[0] {
		if h == name {
			return i
		}
	}
	t.Fatalf("no column %q in %s", name, strings.Join(rows[0], ","))
	return -1
}

// is compares one number that a test is about.
func is[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// awaitText reads until the text has come.
func awaitText(t *testing.T, r io.Reader, text string) {
	t.Helper()
	var seen []byte
	buf := make([]byte, 4096)
	for !bytes.Contains(seen, []byte(text)) {
		n, err := r.Read(buf)
		if err != nil {
			t.Fatalf("%q never came:\n%s", text, seen)
		}
		seen = append(seen, buf[:n]...)
	}
	go io.Copy(io.Discard, r)
}
