package sandbox

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
)

func TestDigest(t *testing.T) {
	key := []byte("0123456789abcdef0123456789abcdef")
	if got := Digest(key, "测试甲", "15400000001", "11010119900101001X"); got != "77f8ea6e3b4b9979" {
		t.Errorf("digest changed: %s", got)
	}
	s := newSandbox(t, Config{Key: key})
	if s.Digest("a", "b", "c") != Digest(key, "a", "b", "c") {
		t.Error("the sandbox uses another key")
	}
	seen := map[string]bool{}
	for _, f := range [][3]string{{"ab", "c", ""}, {"a", "bc", ""}, {"", "abc", ""}, {"a", "b", "c"}, {"abc", "", ""}} {
		seen[Digest(key, f[0], f[1], f[2])] = true
	}
	seen[Digest(key[:31], "a", "b", "c")] = true
	if len(seen) != 6 {
		t.Errorf("%d digests, want 6", len(seen))
	}
	if p, ok := parsePerson("00000000000000ff"); !ok || p != 255 || p.String() != "00000000000000ff" {
		t.Errorf("%v %v", p, ok)
	}
	for _, bad := range []string{"", "ff", "00000000000000fg", "00000000000000ff0"} {
		if _, ok := parsePerson(bad); ok || s.TimesBilled(bad) != 0 {
			t.Errorf("%q is a person", bad)
		}
	}
}

// watched fails the test if a byte of the answer leaves before the bill's line stands in the file.
type watched struct {
	*httptest.ResponseRecorder
	onFirst func()
}

func (w *watched) WriteHeader(status int) {
	w.onFirst()
	w.ResponseRecorder.WriteHeader(status)
}

func TestBillBeforeAnswer(t *testing.T) {
	cfg := Defaults()
	cfg.Bill = billPath(t)
	var billed []int
	onDisk := func() int {
		text, err := os.ReadFile(cfg.Bill)
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Count(text, []byte("\n"))
	}
	cfg.OnBilled = func(n int) {
		if onDisk() != n {
			t.Errorf("OnBilled(%d) with %d lines in the file", n, onDisk())
		}
		billed = append(billed, n)
	}
	s := newSandbox(t, cfg)
	for i := range 3 {
		answered := false
		w := &watched{httptest.NewRecorder(), func() {
			answered = true
			if len(billed) != i+1 || onDisk() != i+1 {
				t.Errorf("answer %d left with %d lines in the file, %d OnBilled", i+1, onDisk(), len(billed))
			}
		}}
		s.ServeHTTP(w, formRequest("15400000001"))
		if !answered {
			t.Error("no answer")
		}
	}
}

func TestBillIsContinued(t *testing.T) {
	cfg := Defaults()
	cfg.Bill = billPath(t)
	mobiles := [][]string{{"15400000001", "15400000012"}, {"15400000001", "15400000019"}, {"15400000001"}}
	seqNos := map[string]bool{}
	n := 0
	for i, some := range mobiles {
		s, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range some {
			wantCode(t, serve(s, formRequest(m)), 200, "")
			n++
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		want := []Summary{{2, 2, 2, 0, -1}, {2, 4, 3, 1, -1}, {1, 5, 3, 1, -1}}[i]
		if got := s.Summary(); got != want {
			t.Errorf("start %d: %+v, want %+v", i+1, got, want)
		}
		if got := s.TimesBilled(s.Digest(testName, "15400000001", testIDCard)); got != i+1 {
			t.Errorf("start %d: billed %d times", i+1, got)
		}
		lines, err := s.Bill() // also after Close
		if err != nil || len(lines) != n {
			t.Fatalf("start %d: %d lines, %v", i+1, len(lines), err)
		}
		for j, l := range lines {
			if l.N != j+1 {
				t.Errorf("line %d has number %d", j+1, l.N)
			}
			seqNos[l.SeqNo] = true
		}
	}
	if len(seqNos) != n {
		t.Errorf("%d seqNos for %d lines", len(seqNos), n)
	}
	for _, path := range []string{cfg.Bill, cfg.Bill + ".key"} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("mode %v", info.Mode())
		}
	}
}

// someBill writes a bill of n lines and returns its text and key.
func someBill(t *testing.T, path string, n int) (text []byte) {
	t.Helper()
	cfg := Defaults()
	cfg.Bill = path
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		wantCode(t, serve(s, formRequest(fmt.Sprintf("154000000%02d", i))), 200, "")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	text, err = os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestTornLastLine(t *testing.T) {
	path := billPath(t)
	text := someBill(t, path, 2)
	first := bytes.IndexByte(text, '\n') + 1
	for cut := first; cut < len(text); cut++ {
		if err := os.WriteFile(path, text[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		again := someBill(t, path, 1)
		if !bytes.Equal(again[:first], text[:first]) || bytes.Count(again, []byte("\n")) != 2 {
			t.Fatalf("cut at %d: %q", cut, again)
		}
		if !strings.HasPrefix(string(again[first:]), `{"n":2,`) {
			t.Fatalf("cut at %d: goes on with %q", cut, again[first:])
		}
	}
}

func TestForeignBillIsRefusedAndLeftAlone(t *testing.T) {
	path := billPath(t)
	good := string(someBill(t, path, 3))
	lines := strings.SplitAfter(good, "\n")
	tests := map[string]string{
		"text":        "hello\n",
		"no newline":  "hello",
		"list":        "姓名,手机号\n",
		"long line":   strings.Repeat("x", 100<<10),
		"a gap":       lines[0] + lines[2],
		"twice":       lines[0] + lines[0],
		"late start":  lines[1],
		"bad middle":  lines[0] + lines[1][:40] + "\n" + lines[2],
		"bad person":  lines[0] + strings.Replace(lines[1], `"person":"`, `"person":"x`, 1),
		"no person":   lines[0] + strings.Replace(lines[1], "person", "nobody", 1),
		"no seqNo":    lines[0] + strings.Replace(lines[1], "seqNo", "no", 1),
		"short":       lines[0] + `{"n":2,"time":"2026"}` + "\n",
		"cut inside":  lines[0] + lines[1][:100] + "\n",
		"empty line":  lines[0] + "\n",
		"foreign end": lines[0] + `{"n":3,"time`,
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if s, err := New(Config{Bill: path}); !errors.Is(err, ErrNotBill) {
				t.Errorf("%v %v", s, err)
			}
			if left, err := os.ReadFile(path); err != nil || string(left) != text {
				t.Errorf("changed to %q, %v", left, err)
			}
		})
	}
}

func TestBillKey(t *testing.T) {
	path := billPath(t)
	someBill(t, path, 1)
	kept, err := os.ReadFile(path + ".key")
	if err != nil || len(kept) != keySize {
		t.Fatalf("%d bytes, %v", len(kept), err)
	}
	try := func(given []byte) error {
		s, err := New(Config{Bill: path, Key: given})
		if err == nil {
			err = s.Close()
		}
		return err
	}
	if err := try(kept); err != nil {
		t.Errorf("the same key: %v", err)
	}
	if err := try([]byte("another")); !errors.Is(err, ErrKey) {
		t.Errorf("another key: %v", err)
	}
	os.WriteFile(path+".key", kept[:20], 0o600)
	if err := try(nil); !errors.Is(err, ErrKey) {
		t.Errorf("a short key: %v", err)
	}
	os.Remove(path + ".key")
	if err := try(nil); !errors.Is(err, ErrKey) {
		t.Errorf("a lost key: %v", err)
	}
	if err := try(kept); err != nil {
		t.Errorf("the lost key, given: %v", err)
	}
	if _, err := os.Stat(path + ".key"); err == nil {
		t.Error("a given key was kept")
	}
}

func TestBillCanNotBeWritten(t *testing.T) {
	called := false
	s := newSandbox(t, Config{Bill: billPath(t), Quota: 5, OnBilled: func(int) { called = true }})
	s.bill.file.Close()
	for _, mobile := range []string{"15400000001", "19400000008", "19400000009", "19400000011", "19400000021", "19400000007", "19400000024", "19400000028"} {
		wantCode(t, serve(s, formRequest(mobile)), 500, "X500ER")
	}
	if got := s.Summary(); got.Billed != 0 || got.Quota != 5 || called {
		t.Errorf("%+v, called %v", got, called)
	}
	if !errors.Is(s.Err(), os.ErrClosed) || !errors.Is(s.Close(), os.ErrClosed) {
		t.Errorf("err %v", s.Err())
	}
}

func TestMemoryAndFileAgree(t *testing.T) {
	const calls = blockSize + 10
	inFile, inMemory := newSandbox(t, Config{Quota: -1, Bill: billPath(t)}), newSandbox(t, Defaults())
	for _, s := range []*Sandbox{inFile, inMemory} {
		for i := range calls {
			wantCode(t, serve(s, formRequest(fmt.Sprintf("154%08d", i))), 200, "")
		}
	}
	a, err := inFile.Bill()
	if err != nil {
		t.Fatal(err)
	}
	b, err := inMemory.Bill()
	if err != nil || len(a) != calls || len(b) != calls {
		t.Fatalf("%d and %d lines, %v", len(a), len(b), err)
	}
	for i := range a {
		if a[i].N != i+1 || b[i].N != i+1 || a[i].Result != b[i].Result || a[i].SeqNo[10:] != b[i].SeqNo[10:] {
			t.Fatalf("%+v\n%+v", a[i], b[i])
		}
	}
}

// Many at once, each person twice: every call is on the bill once, the numbers
// have no gap, and every answer's seqNo is on the bill.
func TestManyAtOnce(t *testing.T) {
	const workers, each = 16, 100
	for _, path := range []string{"", billPath(t)} {
		cfg := Defaults()
		cfg.Bill = path
		var mu sync.Mutex
		hooked := map[int]int{}
		requests := 0
		cfg.OnBilled = func(n int) { mu.Lock(); hooked[n]++; mu.Unlock() }
		cfg.OnRequest = func(*http.Request) { mu.Lock(); requests++; mu.Unlock() }
		s := start(t, cfg)
		answered := make([]map[string]bool, workers)
		var wg sync.WaitGroup
		for w := range workers {
			answered[w] = map[string]bool{}
			c := dial(t, s)
			wg.Go(func() {
				for i := range each {
					c.post(fmt.Sprintf("154%04d%04d", w/2, i))
					_, body, err := c.answer()
					if err != nil {
						t.Errorf("worker %d: %v", w, err)
						return
					}
					answered[w][body[strings.Index(body, "SB"):][:21]] = true
				}
			})
		}
		for range 5 { // the bill may be read meanwhile
			if _, err := s.Bill(); err != nil {
				t.Error(err)
			}
		}
		wg.Wait()
		lines, err := s.Bill()
		if err != nil || len(lines) != workers*each || len(hooked) != workers*each || requests != workers*each {
			t.Fatalf("%d lines, %d hooked, %d requests, %v", len(lines), len(hooked), requests, err)
		}
		onBill := map[string]bool{}
		for i, l := range lines {
			if l.N != i+1 || hooked[l.N] != 1 {
				t.Fatalf("line %d: %+v, hooked %d times", i+1, l, hooked[l.N])
			}
			onBill[l.SeqNo] = true
		}
		for w := range answered {
			if len(answered[w]) != each {
				t.Errorf("worker %d: %d different seqNos", w, len(answered[w]))
			}
			for seqNo := range answered[w] {
				if !onBill[seqNo] {
					t.Errorf("%s was answered and is not on the bill", seqNo)
				}
			}
		}
		if got := s.Summary(); got.People != workers/2*each || got.BilledTwice != workers/2*each {
			t.Errorf("%+v", got)
		}
	}
}

// A serial number that holds a mobile number by chance would be taken for a person's data.
func TestNoMobileStandsInASeqNo(t *testing.T) {
	s := &Sandbox{bill: &bill{instance: "00000164"}}
	for _, seqNo := range []string{s.bill.seqNo(1), s.bill.seqNo(1_234_567_890), s.freeSeqNo()} {
		for _, digits := range regexp.MustCompile(`\d+`).FindAllString(seqNo, -1) {
			if len(digits) >= 11 {
				t.Errorf("%s has %d digits in a row", seqNo, len(digits))
			}
		}
	}
}
