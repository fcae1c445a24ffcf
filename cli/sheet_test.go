package cli

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"mobile3batch/reader"
)

// TestTheReasonStandsBesideTheCells: in the to-do sheet only the status stands between the input's columns and the note.
func TestTheReasonStandsBesideTheCells(t *testing.T) {
	path := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(path, []byte("姓名,手机号,身份证号,备注,\n张三,1,2,,\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	table, err := reader.Open(path, reader.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	used := newUsedColumns(table.Header())
	for row, err := range table.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		used.look(row)
	}
	l, at := layout(table, used, zh)
	var shown []string
	for i, h := range l.Header {
		if !slices.Contains(l.TodoHidden, i) {
			shown = append(shown, h)
		}
	}
	if want := []string{"姓名", "手机号", "身份证号", "备注", "核验状态", "核验备注"}; !slices.Equal(shown, want) || at[columnStatus] != 4 {
		t.Errorf("%q, want %q", shown, want)
	}
}
