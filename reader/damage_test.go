package reader

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

// picture is all that a reading tells of a file.
func picture(path string) (string, error) {
	table, rows, err := readAll(path, Options{})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s %q %d %v %v\n%s", table.Sheet(), table.Header(), table.HeaderLine(), table.header.columns, table.Notes(), show(rows)), nil
}

func smallBook() parts {
	var rows strings.Builder
	rows.WriteString(headerXML)
	for i := 2; i < 40; i++ {
		fmt.Fprintf(&rows, `<row r="%d"><c r="A%d" t="s"><v>0</v></c><c r="B%d"><v>154%08d</v></c><c r="C%d" t="inlineStr"><is><t>11010519491231%04d</t></is></c></row>`, i, i, i, i*7919%100000000, i, i*31%10000)
	}
	return bookOf(rows.String())
}

// TestFlippedBits flips every bit of a small workbook, or every seventh. Each is refused, or what is read is the same.
func TestFlippedBits(t *testing.T) {
	whole := smallBook().zip(t)
	path := put(t, "people.xlsx", whole)
	want, err := picture(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var refusals, same int
	step := 1
	if !proof || raceEnabled || testing.Short() {
		step = 7
	}
	for bit := 0; bit < len(whole)*8; bit += step {
		i, mask := int64(bit/8), byte(1)<<(bit%8)
		if _, err := f.WriteAt([]byte{whole[i] ^ mask}, i); err != nil {
			t.Fatal(err)
		}
		got, err := picture(path)
		switch {
		case err != nil:
			refusals++
		case got == want:
			same++
		default:
			t.Errorf("bit %d of byte %d: read differently in silence:\n%s", bit%8, i, got)
		}
		if _, err := f.WriteAt(whole[i:i+1], i); err != nil {
			t.Fatal(err)
		}
	}
	if refusals < len(whole)*4/step || same == 0 {
		t.Errorf("%d refused, %d the same of %d bytes: the test has lost its point", refusals, same, len(whole))
	}
}

// TestCutWorkbook cuts a workbook at every byte.
func TestCutWorkbook(t *testing.T) {
	whole := smallBook().zip(t)
	path := put(t, "people.xlsx", whole)
	for n := len(whole) - 1; n >= 0; n-- {
		if err := os.Truncate(path, int64(n)); err != nil {
			t.Fatal(err)
		}
		if got, err := picture(path); err == nil {
			t.Fatalf("cut to %d of %d bytes: read as %s", n, len(whole), got)
		}
	}
}

// TestCutParts cuts each part's XML at every byte and packs it again with a right checksum.
func TestCutParts(t *testing.T) {
	book := bookOf(headerXML + personXML)
	want, err := picture(book.file(t))
	if err != nil {
		t.Fatal(err)
	}
	step := 3
	if raceEnabled {
		step = 11
	}
	for name, text := range book {
		for n := 0; n < len(text); n += step {
			path := put(t, "people.xlsx", book.plus(name, text[:n]).zip(t))
			if got, err := picture(path); err == nil && got != want {
				t.Errorf("%s cut to %d bytes: %s", name, n, got)
			} else if err == nil {
				t.Errorf("%s cut to %d bytes: not noticed", name, n)
			}
			os.Remove(path)
		}
	}
}

// TestDamageBehindHeader puts the damage where only a full pass can see it.
func TestDamageBehindHeader(t *testing.T) {
	var rows strings.Builder
	rows.WriteString(headerXML)
	for i := 2; i < 5000; i++ {
		fmt.Fprintf(&rows, `<row r="%d"><c r="A%d" t="s"><v>%d</v></c></row>`, i, i, i%3)
	}
	book := bookOf(rows.String())
	name := "xl/worksheets/sheet1.xml"
	cut := book.plus(name, book[name][:len(book[name])/2])
	flipped := book.zip(t)
	at := bytes.Index(flipped, []byte(name)) + len(name) + 6000
	flipped[at] ^= 1
	for what, content := range map[string][]byte{"cut": cut.zip(t), "flipped": flipped} {
		table, err := Open(put(t, "people.xlsx", content), Options{})
		if err != nil {
			t.Fatalf("%s: the header is whole: %v", what, err)
		}
		defer table.Close()
		rows, err := drainRows(table)
		refused(t, err, `sheet "Sheet1"`, name)
		if len(rows) == 0 {
			t.Errorf("%s: no row before the damage: the test has lost its point", what)
		}
	}
}

// squeeze packs size repeated bytes between head and tail. It writes the entry raw: archive/zip would need seconds.
func squeeze(t *testing.T, p parts, name, head, fill string, size int, tail string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	for n, text := range p {
		if n == name {
			continue
		}
		w, err := z.Create(n)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, text)
	}
	w, err := z.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(w, head)
	block := strings.Repeat(fill, max(1, (1<<20)/len(fill)))
	for n := 0; n < size; n += len(block) {
		io.WriteString(w, block)
	}
	io.WriteString(w, tail)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestHostileBooks expects each to be refused, or read, within a second and without much memory.
func TestHostileBooks(t *testing.T) {
	const sheet = "xl/worksheets/sheet1.xml"
	book := bookOf(headerXML + personXML)
	head, tail, _ := strings.Cut(book[sheet], personXML)
	sst := xmlHead + `<sst ` + mainName + `>`
	var far strings.Builder
	far.WriteString(headerXML)
	for i := 2; i < 20_000; i++ {
		fmt.Fprintf(&far, `<row r="%d"><c r="XFD%d"%s</row>`, i, i, map[bool]string{true: `/>`, false: `><v>1</v></c>`}[i < 19_999])
	}
	var laughs strings.Builder
	laughs.WriteString(`<!DOCTYPE lolz [<!ENTITY lol "lol">`)
	for i := range 9 {
		fmt.Fprintf(&laughs, `<!ENTITY lol%d "%s">`, i+1, strings.Repeat("&lol;", 10))
	}
	laughs.WriteString("]>")
	var attributes strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&attributes, ` a%d="x"`, i)
	}
	quoted := ` a="` + strings.Repeat(">", 900_000) + `"`
	var slowest time.Duration
	var heaviest, books int
	defer func() { t.Logf("%d hostile books: at most %v and %d MiB each", books, slowest, heaviest) }()
	mib := 1 << 20
	big := 80 * mib // above what any part may be
	if raceEnabled {
		big = 20 * mib // refused for its ratio
	}
	for _, c := range []struct {
		name    string
		content []byte
		words   string
	}{
		{"01 sheet of spaces", squeeze(t, book, sheet, head, " ", 64*mib, tail), "more than a workbook needs|too long"},
		{"02 styles of spaces", squeeze(t, book, "xl/styles.xml", "<styleSheet "+mainName+">", " ", big, "</styleSheet>"), "than a workbook needs|too long"},
		{"03 unused media", squeeze(t, book, "xl/media/image1.png", "", "x", big, ""), "than a workbook needs"},
		{"03 unused media of high ratio", squeeze(t, book, "xl/media/image1.png", "", "x", 20*mib, ""), "than a workbook needs"},
		{"04 rows with only XFD", bookOf(far.String()).zip(t), "row 19999, column XFD"},
		{"06 only the last row", bookOf(headerXML + `<row r="1048576"><c r="A1048576"><v>1</v></c></row>`).zip(t), "delete the empty rows"},
		{"07 empty shared strings", squeeze(t, book, "xl/sharedStrings.xml", sst, "<si/>", 16*mib, "</sst>"), ""},
		{"08 one long shared string", squeeze(t, book, "xl/sharedStrings.xml", sst+"<si><t>", "x", 16*mib, "</t></si></sst>"), "too long"},
		{"08 in pieces", squeeze(t, book, "xl/sharedStrings.xml", sst+"<si>", "<r><t>abcdefgh</t></r>", 8*mib, "</si></sst>"), "longer than a cell can hold"},
		{"09 one long inline cell", squeeze(t, book, sheet, head+`<row r="2"><c r="A2" t="inlineStr"><is><t>`, "x", 16*mib, `</t></is></c></row>`+tail), "too long"},
		{"10 nested deep", squeeze(t, book, sheet, head, "<a>", 8*mib, tail), "something other than a row"},
		{"10 nested deep outside", squeeze(t, book, sheet, "<worksheet "+mainName+">", "<a>", 8*mib, ""), "nested too deep"},
		{"11 nested deep in strings", squeeze(t, book, "xl/sharedStrings.xml", sst, "<si>", 8*mib, ""), "nested too deep"},
		{"12 many attributes", book.with(sheet, `<row r="2">`, `<row r="2"`+attributes.String()+`>`).zip(t), "too many attributes|too long"},
		{"12 few too many attributes", book.with(sheet, `<row r="2">`, `<row r="2"`+attributes.String()[:800]+`>`).zip(t), "too many attributes"},
		{"brackets in an attribute", book.with(sheet, `<row r="2">`, `<row r="2"`+quoted+`>`).zip(t), ""},
		{"13 billion laughs", book.with("xl/sharedStrings.xml", "<sst", laughs.String()+"<sst").zip(t), "document type definition"},
		{"14 external entity", book.with(sheet, "<worksheet", `<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]><worksheet`).zip(t), "document type definition"},
		{"15 names that climb", book.plus("../../../evil.xml", "x").zip(t), ""},
		{"16 many entries", manyEntries(t, 70_000), "more than 10,000 parts"},
		{"16 some too many", manyEntries(t, 10_001), "more than 10,000 parts"},
		{"18 a size of 8 GiB", lyingSize(t, book), "than a workbook needs|damaged"},
		{"20 long number format", squeeze(t, book, "xl/styles.xml", "<styleSheet "+mainName+`><numFmts><numFmt formatCode="`, "x", 16*mib, `"/></numFmts></styleSheet>`), "too long"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := put(t, "people.xlsx", c.content)
			var err error
			took := time.Hour
			for try := 0; try < 3 && took > time.Second; try++ { // the machine may be busy
				start, used := time.Now(), processorTime(t)
				if mib := allocated(func() { _, _, err = readAll(path, Options{}) }); mib > mostMemory {
					t.Errorf("took %d MiB", mib)
				} else {
					heaviest = max(heaviest, mib)
				}
				took = min(took, time.Since(start), processorTime(t)-used)
			}
			if took > time.Second && !raceEnabled {
				t.Errorf("took %v", took)
			}
			slowest = max(slowest, took)
			books++
			if c.words == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			refused(t, err)
			for _, w := range strings.Split(c.words, "|") {
				if strings.Contains(err.Error(), w) {
					return
				}
			}
			t.Errorf("%v lacks %q", err, c.words)
		})
	}
}

func manyEntries(t *testing.T, n int) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := range n {
		if _, err := z.CreateHeader(&zip.FileHeader{Name: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	z.Close()
	return b.Bytes()
}

// lyingSize sets the unpacked size in the directory to just under 4 GiB, the most that fits without an extension.
func lyingSize(t *testing.T, p parts) []byte {
	b := p.zip(t)
	entry := []byte("xl/styles.xml")
	at := bytes.LastIndex(b, entry) - 46
	if string(b[at:at+4]) != "PK\x01\x02" {
		t.Fatal("the directory's entry was not found")
	}
	binary.LittleEndian.PutUint32(b[at+24:], 0xFFFFFFFE)
	return b
}

// TestNoChecksum packs with a checksum of 0, which archive/zip takes for none.
func TestNoChecksum(t *testing.T) {
	b := bookOf(headerXML + personXML).zip(t)
	path := put(t, "people.xlsx", b)
	if _, err := picture(path); err != nil {
		t.Fatal(err)
	}
	at := bytes.LastIndex(b, []byte("xl/sharedStrings.xml")) - 46
	copy(b[at+16:], "\x00\x00\x00\x00")
	binary.LittleEndian.PutUint16(b[at+8:], binary.LittleEndian.Uint16(b[at+8:])&^8) // no data descriptor, which has one too
	_, err := picture(put(t, "people.xlsx", b))
	refused(t, err, "xl/sharedStrings.xml", "checksum")
}

// TestEncryptedEntry sets the flag of the zip archive's own encryption.
func TestEncryptedEntry(t *testing.T) {
	b := bookOf(headerXML + personXML).zip(t)
	at := bytes.LastIndex(b, []byte("xl/styles.xml")) - 46
	b[at+8] |= 1
	_, err := picture(put(t, "people.xlsx", b))
	refused(t, err, "xl/styles.xml", "encrypted")
}
