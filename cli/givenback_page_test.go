//go:build unix

package cli

import (
	"os"
	"path/filepath"
	"testing"

	"mobile3batch/mobile3/sandbox"
)

// TestPageGivenBackCostsNothing: what the page hands out is uploaded again, without a correction.
func TestPageGivenBackCostsNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rows, _ := roundedPeople(120, 20)
	rawBook(t, filepath.Join(dir, "people.xlsx"), peopleHeader, rows)
	bank := startBank(t, sandbox.Defaults())
	s := openPage(t, t.TempDir(), bank.URL())
	batch := s.upload(filepath.Join(dir, "people.xlsx"))
	s.until(batch, "checked")
	s.post(batch+"/start", agreedTo("100.00"))
	s.until(batch, "finished")
	is(t, "billed", bank.Summary().Billed, 10)
	for _, d := range []struct{ what, name string }{{"todo", "people.todo.xlsx"}, {"workbook", "people.checked.xlsx"}, {"csv", "people.checked.csv"}} {
		path := filepath.Join(dir, d.name)
		if err := os.WriteFile(path, []byte(s.get(batch+"/download/"+d.what)), 0o600); err != nil {
			t.Fatal(err)
		}
		again := s.upload(path)
		s.until(again, "checked")
		s.post(again+"/start", agreedTo("100.00"))
		s.until(again, "finished")
		is(t, "billed after "+d.name, bank.Summary().Billed, 10)
	}
}
