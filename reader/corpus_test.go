package reader

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// countCells walks every worksheet of a workbook and counts the cells that hold a value, by sheet.
func countCells(file *input) (map[string]int, error) {
	if format, err := sniff(file); err != nil {
		return nil, err
	} else if format == formatEncrypted {
		return nil, file.unlock("")
	}
	w, err := readWorkbook(file)
	if err != nil {
		return nil, err
	}
	if err := w.checkOthers(nil); err != nil {
		return nil, err
	}
	counts := map[string]int{}
	for i := range w.sheets {
		s := &w.sheets[i]
		if s.part == nil {
			continue
		}
		counts[s.name] = 0
		c := s.open()
		var rec record
		for {
			err := c.next(&rec)
			if err == io.EOF {
				break
			}
			if err != nil {
				c.close()
				return nil, err
			}
			for _, cell := range rec.cells {
				if cell.Kind != Formula { // without a saved value; the other count leaves them out
					counts[s.name]++
				}
			}
		}
		c.close()
	}
	return counts, nil
}

// TestCorpus compares the cells of some hundred real and hostile workbooks with another reader's count of them.
func TestCorpus(t *testing.T) {
	dir := os.Getenv("MOBILE3_CORPUS")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "corpus")
	}
	z, err := zip.OpenReader(filepath.Join(dir, "poi.zip"))
	if errors.Is(err, os.ErrNotExist) {
		fmt.Println("reader: the corpus of workbooks is not here, set MOBILE3_CORPUS to its folder")
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	type expected struct {
		Sheets map[string]int
		Error  string
	}
	var want map[string]expected
	b, err := os.ReadFile(filepath.Join(dir, "poi-cells.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &want); err != nil {
		t.Fatal(err)
	}
	var equal, refused, both, different int
	for _, f := range z.File {
		name := strings.TrimPrefix(f.Name, "poi/")
		w, ok := want[name]
		if !ok {
			continue
		}
		got, err := countCells(unpack(t, f))
		switch {
		case err != nil && w.Error != "":
			both++
		case err != nil:
			refused++
			t.Logf("refused: %s: %v", name, err)
			var e *Error
			if !errors.As(err, &e) || e.Problem == "" {
				t.Errorf("%s: not a clear refusal: %v", name, err)
			}
		case w.Error == "" && maps.Equal(got, w.Sheets):
			equal++
		default:
			different++
			for _, s := range slices.Sorted(maps.Keys(got)) {
				if got[s] != w.Sheets[s] {
					t.Logf("different: %s: sheet %q has %d cells, the other reader counts %d (%s)", name, s, got[s], w.Sheets[s], w.Error)
				}
			}
		}
	}
	fmt.Printf("reader: corpus: %d equal, %d refused by both, %d refused here only, %d different\n", equal, both, refused, different)
	if equal < 300 || different > 0 {
		t.Errorf("%d workbooks read as expected, %d otherwise", equal, different)
	}
}

func unpack(t *testing.T, f *zip.File) *input {
	t.Helper()
	r, err := f.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	path := filepath.Join(t.TempDir(), "book.xlsx")
	w, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(w, r); err != nil {
		t.Fatal(err)
	}
	w.Close()
	in, err := openInput(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close() })
	return in
}
