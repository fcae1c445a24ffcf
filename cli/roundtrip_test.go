package cli

import (
	"archive/zip"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"mobile3batch/reader"
	"mobile3batch/writer"
)

// wildTexts are what cells can hold at their worst: all planes, controls, formulas, blanks and breaks, the longest there
// may be. Those of the last kind are few: they are large.
func wildTexts(rng *rand.Rand, n int) []string {
	starts := []string{"", "=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "'", "''=", "=HYPERLINK(\"http://127.0.0.1\")", "=1+1", "+86 138", "-1", "@SUM(1)", "|cmd", "_x0041_", " "}
	planes := []int{0x20, 0x7F, 0x100, 0x2000, 0x3000, 0x4E00, 0xAC00, 0xFF00, 0x1F300, 0x20000, 0x30000, 0xE0100, 0x10FF00}
	all := make([]string, 0, n)
	for i := range n {
		var b strings.Builder
		b.WriteString(starts[rng.IntN(len(starts))])
		for range rng.IntN(12) {
			switch rng.IntN(8) {
			case 0:
				b.WriteByte(byte(1 + rng.IntN(31)))
			case 1:
				b.WriteString([]string{"\n", "\"", ",", "; ", "&<>]]>", " ", "\u200b", "\uFEFF"}[rng.IntN(8)])
			default:
				b.WriteRune(rune(planes[rng.IntN(len(planes))] + rng.IntN(0x100)))
			}
		}
		text := strings.ToValidUTF8(b.String(), "")
		text = strings.Map(func(r rune) rune {
			if r == '\uFFFD' || r == 0xFFFE || r == 0xFFFF || r >= 0xE000 && r <= 0xF8FF {
				return -1
			}
			return r
		}, text)
		if i%500 == 1 {
			text = strings.Repeat("长", 32_767)
		}
		all = append(all, text)
	}
	return all
}

func writeTexts(t *testing.T, name, encoding string, texts []string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	sheet, err := writer.Create(path, writer.Layout{Lang: "zh", Sheet: "往返", Header: []string{"号", "文"}, Status: -1, Note: -1}, writer.Options{Encoding: encoding})
	if err != nil {
		t.Fatal(err)
	}
	defer sheet.Discard()
	for i, text := range texts {
		row := writer.Row{Line: i + 2, Cells: []writer.Cell{{Kind: writer.Number, Text: fmt.Sprint(i)}, {Kind: writer.Text, Text: text}}}
		if err := sheet.Append(row); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := sheet.Commit(writer.Summary{}); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestEveryTextComesBack writes texts and reads them again: as a workbook, and as a CSV in both encodings.
func TestEveryTextComesBack(t *testing.T) {
	texts := wildTexts(rand.New(rand.NewPCG(7, 26)), 4000)
	for _, c := range []struct{ name, encoding string }{{"a.xlsx", ""}, {"a.csv", ""}, {"a.csv", writer.GB18030}} {
		t.Run(c.name+" "+c.encoding, func(t *testing.T) {
			path := writeTexts(t, c.name, c.encoding, texts)
			table, err := reader.Open(path, reader.Options{AnyColumns: true, Encoding: c.encoding})
			if err != nil {
				t.Fatal(err)
			}
			defer table.Close()
			n := 0
			for row, err := range table.Rows() {
				if err != nil {
					t.Fatal(err)
				}
				got, want := row.Cells[1].Text, texts[n]
				if c.name == "a.csv" {
					got, want = writer.Unescape(got), strings.ReplaceAll(want, "\r\n", "\n")
				}
				if got != want || row.Cells[0].Text != fmt.Sprint(n) {
					t.Fatalf("row %d: %.60q, want %.60q", n, got, want)
				}
				n++
			}
			if n != len(texts) {
				t.Errorf("%d of %d rows", n, len(texts))
			}
			if c.name == "a.xlsx" && strings.Contains(partOf(t, path, "xl/worksheets/sheet1.xml"), "<f") {
				t.Error("a formula stands in the workbook")
			}
		})
	}
}

func partOf(t *testing.T, book, name string) string {
	t.Helper()
	z, err := zip.OpenReader(book)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	f, err := z.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestEveryCharacterComesBackFromGB18030: all of Unicode, but for the private use area of local fonts, which is refused.
func TestEveryCharacterComesBackFromGB18030(t *testing.T) {
	var texts []string
	var b strings.Builder
	for r := rune(' '); r <= 0x10FFFF; r++ {
		if r == '\'' || r >= 0x7F && r < 0xA0 || r >= 0xD800 && r <= 0xF8FF || r == 0xFFFD || r == 0xFEFF {
			continue
		}
		b.WriteRune(r)
		if b.Len() > 20_000 {
			texts = append(texts, "x"+b.String())
			b.Reset()
		}
	}
	texts = append(texts, "x"+b.String())
	table, err := reader.Open(writeTexts(t, "a.csv", writer.GB18030, texts), reader.Options{AnyColumns: true, Encoding: "gb18030"})
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	n := 0
	for row, err := range table.Rows() {
		if err != nil {
			t.Fatal(err)
		}
		if got, want := []rune(row.Cells[1].Text), []rune(texts[n]); string(got) != string(want) {
			for i := range want {
				if i >= len(got) || got[i] != want[i] {
					t.Fatalf("%U does not come back", want[i])
				}
			}
		}
		n++
	}
	if n != len(texts) || n < 200 {
		t.Errorf("%d of %d rows", n, len(texts))
	}
	row := writer.Row{Line: 7, Cells: []writer.Cell{{Kind: writer.Text, Text: "张\uE000"}}}
	if err := writer.Check("a.csv", writer.Options{Encoding: writer.GB18030}, 1, row); err == nil || !strings.Contains(err.Error(), "row 7, column A") {
		t.Errorf("a local font's character is not refused: %v", err)
	}
}
