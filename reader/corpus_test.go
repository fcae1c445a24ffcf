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
	"time"
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
	var equal, refused, both, different, heaviest int
	var slowest time.Duration
	for _, f := range z.File {
		name := strings.TrimPrefix(f.Name, "poi/")
		w, ok := want[name]
		if !ok {
			continue
		}
		book := unpack(t, f)
		var got map[string]int
		start := time.Now()
		mib := allocated(func() { got, err = countCells(book) })
		if took := time.Since(start); mib > mostMemory || took > 2*time.Second && !raceEnabled {
			t.Errorf("%s took %v and %d MiB", name, took, mib)
		} else {
			slowest, heaviest = max(slowest, took), max(heaviest, mib)
		}
		switch {
		case err != nil && w.Error != "":
			both++
			var e *Error
			if errors.As(err, &e) {
				inChinese(t, e)
			}
		case err != nil:
			refused++
			if why := refusedHereOnly[name]; why == "" || !strings.Contains(err.Error(), why) {
				t.Errorf("%s is refused, and the other reader reads it: %v", name, err)
			}
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
	fmt.Printf("reader: corpus: %d equal, %d refused by both, %d refused here only, %d different; at most %v and %d MiB each\n",
		equal, both, refused, different, slowest.Round(time.Millisecond), heaviest)
	if equal < 300 || different > 0 || refused != len(refusedHereOnly) {
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

// refusedHereOnly are the books that the other reader reads and this one does not, with words of the refusal.
var refusedHereOnly = map[string]string{
	// Two parts of one name: which of them is meant is a guess.
	"spreadsheet/duplicate-filename.xlsx":                  "the part stands twice in the archive",
	"spreadsheet/duplicate-filename-case-insensitive.xlsx": "the part stands twice in the archive",
	// A fuzzer's shared strings, of which the first tag never ends; the other reader counts 12,000 cells at one place.
	"spreadsheet/poc-shared-strings.xlsx": "broken XML",
}
