//go:build unix

package cli

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"mobile3batch/mobile3/sandbox"
)

// oracle is a service that loses answers, and what it billed of each person, call by call.
type oracle struct {
	mu    sync.Mutex
	rng   *rand.Rand
	now   time.Time
	lossy bool
	box   *sandbox.Sandbox
	calls map[string][]bool // by mobile: whether the call was billed
}

func (o *oracle) clock() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.now = o.now.Add(time.Second) // so that each call has a time of its own
	return o.now
}

func (o *oracle) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(q.Body)
	mobile := mobileParameter.FindSubmatch(body)
	if err != nil || mobile == nil {
		panic(http.ErrAbortHandler)
	}
	o.mu.Lock()
	lost, billed := o.lossy, !o.lossy || o.rng.IntN(2) == 0
	o.calls[string(mobile[1])] = append(o.calls[string(mobile[1])], billed)
	o.mu.Unlock()
	if !billed {
		panic(http.ErrAbortHandler)
	}
	q.Body = io.NopCloser(strings.NewReader(string(body)))
	answer := httptest.NewRecorder()
	o.box.ServeHTTP(answer, q)
	if lost {
		panic(http.ErrAbortHandler)
	}
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Code)
	w.Write(answer.Body.Bytes())
}

func (o *oracle) charged(mobile string) (n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, billed := range o.calls[mobile] {
		if billed {
			n++
		}
	}
	return n
}

var doubtLine = regexp.MustCompile(`(?m)^  ([0-9a-f]{12})/(\d+) +(\S+)`)

// loseAnswered harms the begins and the answers of all calls that were answered, and nothing else.
func loseAnswered(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	answered := map[uint64]bool{}
	for round := range 2 {
		for off := 0; off < len(b); off += 17 + int(binary.LittleEndian.Uint32(b[off:])) {
			kind := b[off+8] &^ 0x80
			if kind != 2 && kind != 3 {
				continue
			}
			attempt := binary.LittleEndian.Uint64(b[off+17+16:])
			if kind == 3 {
				answered[attempt] = true
			}
			if round == 1 && answered[attempt] {
				b[off+17+3] ^= 0xff
			}
		}
	}
	if len(answered) == 0 {
		t.Fatal("nothing to harm")
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestWrittenDownReferencesNameTheSameCall: people who were sent twice and never answered. Somebody writes their references
// down, looks each call up in the bill, and records the findings after a purge or a repair has numbered the calls anew:
// each finding is about the call it was written down for, or refused. What is still open is then looked up by its time.
// Nobody who was charged is asked again.
func TestWrittenDownReferencesNameTheSameCall(t *testing.T) {
	recorded, resent, paid := 0, 0, 0
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 5))
		dir := t.TempDir()
		path := func(name string) string { return filepath.Join(dir, name) }
		rows := readRows(t, list(t, dir, 12))
		answered, doubtful := 1+rng.IntN(3), 1+rng.IntN(3)
		write := func(name string, people [][]string) {
			lines := []string{strings.Join(rows[0], ",")}
			for _, p := range people {
				lines = append(lines, strings.Join(p, ","))
			}
			if err := os.WriteFile(path(name), []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		write("old.csv", rows[1:1+answered])
		people := rows[1+answered : 1+answered+doubtful]
		write("new.csv", people)

		box, err := sandbox.New(sandbox.Defaults())
		if err != nil {
			t.Fatal(err)
		}
		o := &oracle{rng: rng, now: time.Date(2026, 11, 27, 12, 0, 0, 0, china), box: box, calls: map[string][]bool{}}
		server := httptest.NewServer(o)
		ledger := path("house")
		program := func(args ...string) (int, string) {
			return inProcess(t, append([]string{"mobile3batch"}, args...), path("said"), disks{}, seams{now: o.clock})
		}
		run := func(input, sheet string, lossy bool, more ...string) {
			t.Helper()
			o.lossy = lossy
			code, said := program(append([]string{"run", path(input), "-o", path(sheet), "--checkpoint", ledger, "--endpoint", server.URL + "/mobile3/check",
				"--rate", "0", "--workers", "1", "--quiet", "--yes"}, more...)...)
			if code != exitOK && code != exitGaps {
				t.Fatalf("seed %d: exit %d\n%s", seed, code, said)
			}
		}
		run("old.csv", "1.csv", false)
		o.now = o.now.AddDate(0, 0, 1)
		run("new.csv", "2.csv", true)
		run("new.csv", "3.csv", true, "--in-doubt", "resend")

		mobiles := map[string]string{} // by reference
		for _, row := range readRows(t, path("3.csv"))[1:] {
			ref := reference.FindStringSubmatch(strings.Join(row, ","))
			if ref == nil {
				t.Fatalf("no reference in a row of %d columns", len(row))
			}
			mobiles[ref[1]] = row[column(t, rows, "mobile")]
		}
		_, status := program("status", ledger)
		truth := map[string]string{} // by reference and time: what the bill says
		seen := map[string]int{}
		var written []string
		for _, m := range doubtLine.FindAllStringSubmatch(status, -1) {
			what := "unbilled"
			if o.calls[mobiles[m[1]]][seen[m[1]]] {
				what = "billed"
			}
			seen[m[1]]++
			truth[m[1]+m[3]] = what
			written = append(written, fmt.Sprintf("%s/%s=%s", m[1], m[2], what))
		}
		is(t, "calls written down", len(written), 2*doubtful)
		before := map[string]int{}
		for _, p := range people {
			before[p[column(t, rows, "mobile")]] = o.charged(p[column(t, rows, "mobile")])
		}

		switch seed % 3 {
		case 1:
			o.now = o.now.AddDate(0, 0, 1)
			if code, said := program("purge", ledger, "--before", "2026-11-28", "--forget-keys", "--yes"); code != exitOK || !strings.Contains(said, fmt.Sprintf("遗忘 %d", answered)) {
				t.Fatalf("purge: exit %d\n%s", code, said)
			}
		case 2:
			loseAnswered(t, ledger)
			if code, said := program("verify", ledger, "--repair", "-o", path("repaired")); code != exitOK {
				t.Fatalf("repair: exit %d\n%s", code, said)
			}
			ledger = path("repaired")
		}

		rng.Shuffle(len(written), func(i, j int) { written[i], written[j] = written[j], written[i] })
		for _, finding := range written {
			if rng.IntN(4) == 0 {
				continue
			}
			if code, said := program("resolve", ledger, finding, "--yes"); code == exitOK {
				recorded++
			} else {
				t.Errorf("seed %d: %s: exit %d\n%s", seed, finding, code, said)
			}
		}
		// By its time, not by what was written down.
		_, status = program("status", ledger)
		for _, m := range doubtLine.FindAllStringSubmatch(status, -1) {
			what, known := truth[m[1]+m[3]]
			if !known {
				t.Fatalf("seed %d: a doubt that was not there before: %s", seed, m[0])
			}
			if code, said := program("resolve", ledger, fmt.Sprintf("%s/%s=%s", m[1], m[2], what), "--yes"); code != exitOK {
				t.Fatalf("seed %d: exit %d\n%s", seed, code, said)
			}
		}
		run("new.csv", "4.csv", false)
		for mobile, n := range before {
			want := n
			if n == 0 { // found unbilled, twice: asked again
				want = 1
				resent++
			} else {
				paid++
			}
			if got := o.charged(mobile); got != want {
				t.Errorf("seed %d: somebody who was charged %d times before the findings is charged %d times after", seed, n, got)
			}
		}
		server.Close()
		box.Close()
	}
	if recorded < 20 || resent < 3 || paid < 10 {
		t.Errorf("%d findings recorded, %d people asked again, %d were charged: too few", recorded, resent, paid)
	}
}
