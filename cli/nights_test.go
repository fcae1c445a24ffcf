//go:build unix

package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mobile3batch/cli/selftest"
	"mobile3batch/mobile3/sandbox"
)

// TestThreeNights: a customer list in a house ledger. A month ago a hundredth of it was asked. Night one asks the rest,
// night two nobody. On the third night a fiftieth has been replaced by other people, the answers of a month ago are too
// old, some of those have another mobile's owner by now, and the package is used up half-way; it is bought anew, and the
// same command goes on.
func TestThreeNights(t *testing.T) {
	t.Parallel()
	const workers = 32
	n := 100_000
	if testing.Short() || sampled() {
		n = 2_000
	}
	old, fresh := n/100, n/50
	dir := t.TempDir()
	all := filepath.Join(dir, "all.csv")
	if err := selftest.WriteList(all, n+fresh); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(all)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(all); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
	write := func(name string, rows []string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(strings.Join(append([]string{lines[0]}, rows...), "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("few.csv", lines[1:1+old])
	write("customers.csv", lines[1:1+n])

	turns := func(mobile string) bool { return mobile < fmt.Sprintf("164%08d", old/2) }
	service, turned := driftingService(t, turns)
	server := httptest.NewServer(service)
	defer server.Close()
	night := func(day int, input string, want int) (summary map[string]any, changes [][]string) {
		t.Helper()
		began := time.Now()
		cmd := program(t, dir, "run", input, "--endpoint", server.URL+"/mobile3/check", "--rate", "0", "--workers", fmt.Sprint(workers), "--checkpoint", "house",
			"--max-age", "30d", "--yes", "--quiet", "--summary-json", "summary.json", "--metrics-file", "m.prom", "--changes", "changes.csv")
		cmd.Env = append(cmd.Env, fmt.Sprintf("%s=%d", daysLater, day))
		out, err := cmd.CombinedOutput()
		if code := codeOfProcess(err); code != want {
			t.Fatalf("day %d: exit %d, want %d\n%s", day, code, want, out)
		}
		raw, err := os.ReadFile(filepath.Join(dir, "summary.json"))
		if err != nil || json.Unmarshal(raw, &summary) != nil {
			t.Fatalf("%v\n%s", err, raw)
		}
		raw, err = os.ReadFile(filepath.Join(dir, "changes.csv"))
		if err != nil {
			t.Fatal(err)
		}
		if changes, err = parseCSV(raw); err != nil || len(changes) == 0 {
			t.Fatalf("%v\n%s", err, raw)
		}
		t.Logf("day %d: %v of %v rows paid, %s, exit %d, %v", day, summary["billed"], summary["rows"], summary["end"], want, time.Since(began).Round(time.Millisecond))
		return summary, changes[1:]
	}
	metric := func(name string) string {
		t.Helper()
		b, err := os.ReadFile(filepath.Join(dir, "m.prom"))
		if err != nil {
			t.Fatal(err)
		}
		m := regexp.MustCompile(`(?m)^mobile3batch_` + name + ` (\S+)$`).FindSubmatch(b)
		if m == nil {
			t.Fatalf("no %s in\n%s", name, b)
		}
		return string(m[1])
	}
	const mine = `\{input="customers.csv"\}`
	says := func(what string, summary map[string]any, paid, known, pending int) {
		t.Helper()
		status, _ := summary["status"].(map[string]any)
		left, _ := status["pending"].(float64)
		for name, c := range map[string][2]any{
			"billed": {summary["billed"], float64(paid)},
			"known":  {summary["fromCheckpoint"], float64(known)}, "pending": {left, float64(pending)}, "in doubt": {summary["inDoubtCalls"], 0.0},
			"metric": {metric("calls_billed" + mine), fmt.Sprint(paid)}, "saved": {metric("calls_saved" + mine), fmt.Sprint(known)},
			"yuan": {metric("cost_yuan" + mine), strings.TrimPrefix((yuan(1600) * yuan(paid)).String(), "¥")},
			"exit": {metric("exit_code" + mine), fmt.Sprint(summary["exit"])},
		} {
			if c[0] != c[1] {
				t.Errorf("%s: %s: %v, want %v", what, name, c[0], c[1])
			}
		}
	}

	few, _ := night(-30, "few.csv", exitOK)
	is(t, "calls a month ago", few["calls"], any(float64(old)))
	lost := map[string]bool{} // mobiles that will have another owner
	for _, row := range readRows(t, filepath.Join(dir, "few.checked.csv"))[1:] {
		if turns(row[2]) && row[5] == "1" {
			lost[row[2]] = true
		}
	}
	first, changes := night(-2, "customers.csv", exitOK)
	says("first night", first, n-old, old, 0)
	is(t, "changes of the first night", len(changes), 0)
	second, changes := night(-1, "customers.csv", exitOK)
	says("second night", second, 0, n, 0)
	is(t, "changes of the second night", len(changes), 0)
	is(t, "calls of the second night", second["calls"], any(0.0))
	lastGood := metric("last_success_timestamp_seconds" + mine)

	write("customers.csv", slices.Concat(lines[1:1+n/2], lines[1+n:], lines[1+n/2+fresh:1+n]))
	turned.Store(true)
	todo := old + fresh
	service.SetQuota(todo / 2)
	third, _ := night(0, "customers.csv", exitQuota)
	says("third night", third, todo/2, n-todo, todo-todo/2)
	is(t, "last success after the third night", metric("last_success_timestamp_seconds"+mine), lastGood)
	// Who finds the package used up is told so for nothing: at most once a worker.
	if refused := third["calls"].(float64) - third["billed"].(float64); refused < 1 || refused > workers {
		t.Errorf("%v calls were refused", refused)
	}
	service.SetQuota(-1)
	fourth, changes := night(0, "customers.csv", exitOK)
	says("third night, gone on", fourth, todo-todo/2, n-todo+todo/2, 0)

	wrong, want := 0, len(lost)
	for _, row := range changes {
		if row[1] == "张三" && lost[row[2]] && strings.HasPrefix(row[4], "match → mismatch") {
			delete(lost, row[2])
			continue
		}
		wrong++
	}
	if wrong > 0 || len(lost) > 0 || want < 3 {
		t.Errorf("%d changes, %d of them wrong, %d not listed", len(changes), wrong, len(lost))
	}
	bill, err := service.Bill()
	if err != nil {
		t.Fatal(err)
	}
	charged := map[string]int{}
	for _, l := range bill {
		charged[l.Person]++
	}
	twice := 0
	for _, times := range charged {
		if times == 2 {
			twice++
		} else if times > 2 {
			t.Errorf("somebody was charged %d times", times)
		}
	}
	is(t, "people on the bill", len(charged), n+fresh)
	is(t, "renewed", twice, old)
}

// drifting is a sandbox whose answers about some people turn from a match to a mismatch.
type drifting struct {
	*sandbox.Sandbox
	mine   func(mobile string) bool
	turned *atomic.Bool
}

func driftingService(t *testing.T, mine func(string) bool) (drifting, *atomic.Bool) {
	s, err := sandbox.New(sandbox.Defaults())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	d := drifting{s, mine, new(atomic.Bool)}
	return d, d.turned
}

var mobileParameter = regexp.MustCompile(`mobile=(\d+)`)

func (d drifting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body := new(bytes.Buffer)
	if _, err := body.ReadFrom(r.Body); err != nil {
		panic(http.ErrAbortHandler)
	}
	mobile := mobileParameter.FindSubmatch(body.Bytes())
	r.Body = io.NopCloser(body)
	if mobile == nil || !d.turned.Load() || !d.mine(string(mobile[1])) {
		d.Sandbox.ServeHTTP(w, r)
		return
	}
	answer := httptest.NewRecorder()
	d.Sandbox.ServeHTTP(answer, r)
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Code)
	w.Write(bytes.Replace(answer.Body.Bytes(), []byte(`"result":1`), []byte(`"result":2`), 1))
}
