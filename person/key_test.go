package person

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strconv"
	"strings"
	"testing"
)

var testSecret = []byte("golden vectors use this secret..")

// Version 1 on paper: every vector's cells must give its person and its key as
// long as there is a checkpoint anywhere that was written with it.
func TestGoldenVectorsOfVersion1(t *testing.T) {
	data, err := os.ReadFile("testdata/v1_vectors.txt")
	if err != nil {
		t.Fatal(err)
	}
	keyer := NewKeyer(testSecret)
	vectors := 0
	for n, line := range strings.Split(string(data), "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		vectors++
		part := strings.Split(line, "\t")
		if len(part) != 7 {
			t.Fatalf("line %d has %d parts", n+1, len(part))
		}
		raw := Raw{vectorField(t, part[0]), vectorField(t, part[1]), vectorField(t, part[2])}
		got, found := parseV1(raw)
		want := Person{Version: 1, Name: unquote(t, part[3]), Mobile: unquote(t, part[4]), IDCard: unquote(t, part[5])}
		if got != want {
			t.Errorf("line %d: the person has changed (%v)", n+1, slugs(found))
		}
		key := keyer.Key(want)
		if hex.EncodeToString(key[:]) != part[6] {
			t.Errorf("line %d: the key has changed", n+1)
		}
	}
	if vectors < 20 {
		t.Fatalf("only %d vectors", vectors)
	}
}

// t"…" is a text cell, n"…" a number cell.
func vectorField(t *testing.T, s string) Field {
	kind := map[byte]Kind{'t': Text, 'n': Number}[s[0]]
	if kind == Empty {
		t.Fatalf("unknown kind %q", s[0])
	}
	return Field{kind, unquote(t, s[1:])}
}

func unquote(t *testing.T, s string) string {
	text, err := strconv.Unquote(s)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// The key, made again from its definition with nothing shared.
func TestKeyIsWhatItsDefinitionSays(t *testing.T) {
	p := Person{Version: 1, Name: goodName, Mobile: goodMobile, IDCard: goodID}
	message := []byte{1,
		9, 0, 0, 0}
	message = append(message, goodName...)
	message = append(message, 11, 0, 0, 0)
	message = append(message, goodMobile...)
	message = append(message, 18, 0, 0, 0)
	message = append(message, goodID...)
	mac := hmac.New(sha256.New, testSecret)
	mac.Write(message)
	want := mac.Sum(nil)[:16]
	keyer := NewKeyer(testSecret)
	for range 3 { // the keyer is reused
		if key := p.Key(keyer); !bytes.Equal(key[:], want) {
			t.Fatalf("key %x, want %x", key, want)
		}
	}
}

func TestKeysTellPeopleApart(t *testing.T) {
	p := Person{Version: 1, Name: "ab", Mobile: "cd", IDCard: "ef"}
	people := []Person{
		p,
		{Version: 2, Name: "ab", Mobile: "cd", IDCard: "ef"},
		{Version: 1, Name: "a", Mobile: "bcd", IDCard: "ef"},
		{Version: 1, Name: "ab", Mobile: "cde", IDCard: "f"},
		{Version: 1, Name: "abcdef"},
		{Version: 1, Mobile: "abcdef"},
		{},
	}
	one, two := NewKeyer(testSecret), NewKeyer([]byte("another secret"))
	seen := map[[KeySize]byte]int{}
	for i, p := range people {
		for _, keyer := range []*Keyer{one, two} {
			key := keyer.Key(p)
			if j, taken := seen[key]; taken {
				t.Errorf("persons %d and %d share a key", i, j)
			}
			seen[key] = i
		}
	}
	if len(seen) != 2*len(people) {
		t.Fatalf("%d keys", len(seen))
	}
}

func TestKeyingAllocatesNothing(t *testing.T) {
	p, _ := Parse(names(goodName))
	keyer := NewKeyer(testSecret)
	if n := testing.AllocsPerRun(1000, func() { keyer.Key(p) }); n != 0 {
		t.Errorf("%v allocations a key", n)
	}
}

func TestParsingACleanRowAllocatesNothing(t *testing.T) {
	raw := names(goodName)
	if n := testing.AllocsPerRun(1000, func() { Parse(raw) }); n != 0 {
		t.Errorf("%v allocations a row", n)
	}
}

func TestKeyerLeavesNoIdentityBehind(t *testing.T) {
	keyer := NewKeyer(testSecret)
	keyer.Key(Person{Version: 1, Name: goodName, Mobile: goodMobile, IDCard: goodID})
	if bytes.Contains(keyer.in[:cap(keyer.in)], []byte(goodMobile)) {
		t.Error("the mobile stayed in the buffer")
	}
}

func BenchmarkParseClean(b *testing.B) {
	raw := names(goodName)
	b.ReportAllocs()
	for b.Loop() {
		if _, found := Parse(raw); found != nil {
			b.Fatal("not clean")
		}
	}
}

func BenchmarkParseMended(b *testing.B) {
	raw := Raw{text("张 三\uE863"), text("+86 154-0013-8001"), text("11010519491231002x")}
	b.ReportAllocs()
	for b.Loop() {
		if _, found := Parse(raw); !Valid(found) {
			b.Fatal("not valid")
		}
	}
}

func BenchmarkKey(b *testing.B) {
	p, _ := Parse(names(goodName))
	keyer := NewKeyer(testSecret)
	b.ReportAllocs()
	for b.Loop() {
		keyer.Key(p)
	}
}
