package reader

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// benchCSV makes a list of six columns.
func benchCSV(rows int) []byte {
	var b bytes.Buffer
	b.WriteString("序号,姓名,手机号,身份证号,部门,备注\n")
	for i := range rows {
		fmt.Fprintf(&b, "%d,张伟%d,154%08d,11010519491231%04d,市场部,北京市\n", i, i%97, i, i%10000)
	}
	return b.Bytes()
}

// benchBook makes the same list as a workbook, with shared or inline strings.
func benchBook(rows int, shared bool) parts {
	var sheet, sst strings.Builder
	strings := 0
	cell := func(column byte, row int, text string) {
		if shared {
			fmt.Fprintf(&sst, "<si><t>%s</t></si>", text)
			fmt.Fprintf(&sheet, `<c r="%c%d" t="s"><v>%d</v></c>`, column, row, strings)
			strings++
			return
		}
		fmt.Fprintf(&sheet, `<c r="%c%d" t="inlineStr"><is><t>%s</t></is></c>`, column, row, text)
	}
	line := func(row int, texts ...string) {
		fmt.Fprintf(&sheet, `<row r="%d">`, row)
		for i, t := range texts {
			cell(byte('A'+i), row, t)
		}
		sheet.WriteString("</row>")
	}
	line(1, "序号", "姓名", "手机号", "身份证号", "部门", "备注")
	for i := range rows {
		line(i+2, fmt.Sprint(i), fmt.Sprintf("张伟%d", i%97), fmt.Sprintf("154%08d", i), fmt.Sprintf("11010519491231%04d", i%10000), "市场部", "北京市")
	}
	return bookOf(sheet.String()).plus("xl/sharedStrings.xml", xmlHead+"<sst "+mainName+">"+sst.String()+"</sst>")
}

// benchRows reads all rows again and again; the opening is not measured.
func benchRows(b *testing.B, path string, rows int) {
	table, err := Open(path, Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer table.Close()
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for _, err := range table.Rows() {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != rows {
			b.Fatalf("%d rows", n)
		}
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

const benchCount = 100_000

func BenchmarkCSV(b *testing.B) { benchRows(b, put(b, "a.csv", benchCSV(benchCount)), benchCount) }

func BenchmarkCSVGB18030(b *testing.B) {
	text, err := encodings["gb18030"].codec.NewEncoder().Bytes(benchCSV(benchCount))
	if err != nil {
		b.Fatal(err)
	}
	benchRows(b, put(b, "a.csv", text), benchCount)
}

func BenchmarkXLSXShared(b *testing.B) { benchRows(b, benchBook(benchCount, true).file(b), benchCount) }
func BenchmarkXLSXInline(b *testing.B) {
	benchRows(b, benchBook(benchCount, false).file(b), benchCount)
}

// BenchmarkXLSXOpen is what Open costs: every other part's checksum, and the shared strings.
func BenchmarkXLSXOpen(b *testing.B) {
	path := benchBook(benchCount, true).file(b)
	b.ReportAllocs()
	for b.Loop() {
		table, err := Open(path, Options{})
		if err != nil {
			b.Fatal(err)
		}
		table.Close()
	}
}

func BenchmarkExcelize(b *testing.B) {
	for _, shared := range []bool{true, false} {
		b.Run(map[bool]string{true: "shared", false: "inline"}[shared], func(b *testing.B) {
			f, err := excelize.OpenFile(benchBook(benchCount, shared).file(b), excelize.Options{RawCellValue: true})
			if err != nil {
				b.Fatal(err)
			}
			defer f.Close()
			for b.Loop() {
				rows, err := f.Rows("Sheet1")
				if err != nil {
					b.Fatal(err)
				}
				n := 0
				for rows.Next() {
					if _, err := rows.Columns(); err != nil {
						b.Fatal(err)
					}
					n++
				}
				rows.Close()
				if n != benchCount+1 {
					b.Fatalf("%d rows", n)
				}
			}
			b.ReportMetric(benchCount*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// TestConstantMemory reads lists that differ tenfold and compares what stays in use halfway.
func TestConstantMemory(t *testing.T) {
	inUse := func(path string, at int) uint64 {
		table, err := Open(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer table.Close()
		for r, err := range table.Rows() {
			if err != nil {
				t.Fatal(err)
			}
			if r.Line == at {
				runtime.GC()
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				return m.HeapAlloc
			}
		}
		t.Fatalf("there is no line %d", at)
		return 0
	}
	rows := 5_000
	if raceEnabled {
		rows = 2_000
	}
	for _, c := range []struct {
		name         string
		small, large string
	}{
		{"csv", put(t, "a.csv", benchCSV(rows)), put(t, "a.csv", benchCSV(10*rows))},
		{"xlsx", benchBook(rows, false).file(t), benchBook(10*rows, false).file(t)},
	} {
		a, b := inUse(c.small, rows-rows/5), inUse(c.large, 10*rows-2*rows)
		if b > a+1<<20 {
			t.Errorf("%s: %d bytes in use for %d rows, %d for a tenth of them", c.name, b, 10*rows, a)
		}
	}
}
