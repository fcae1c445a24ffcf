package cli

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// TestChangesOfABatch: a service whose answers differ the second time, a batch that is interrupted in the middle: the
// list of changes of the run that ends it has all of them.
func TestChangesOfABatch(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "people.csv")
	if err := os.WriteFile(path, []byte("name,mobile,idCard\n张伟,15400001010,11010519491231002X\n王芳,15400001027,440524188001010014\n李娜,15400001039,11010119900101100X\n刘洋,15400001041,110101199001011018\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var night atomic.Int64
	answers := map[string][2]string{ // by mobile: result and carrier, on two nights
		"15400001010": {"1 cmcc", "2 cmcc"}, "15400001027": {"1 cmcc", "1 cucc"}, "15400001039": {"2 ctcc", "2 ctcc"}, "15400001041": {"3 ", "1 cmcc"},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		result, carrier, _ := strings.Cut(answers[r.FormValue("mobile")][night.Load()], " ")
		fmt.Fprintf(w, `{"code":"0","isFee":1,"seqNo":"S","data":{"result":%s,"resultDesc":"x","mobileChannel":"%s"}}`, result, carrier)
	}))
	defer server.Close()
	run := func(want int, more ...string) {
		t.Helper()
		out, err := program(t, dir, append([]string{"run", path, "--endpoint", server.URL, "--workers", "1", "--changes", "changes.csv"}, more...)...).CombinedOutput()
		if code := codeOfProcess(err); code != want {
			t.Fatalf("exit %d, want %d\n%s", code, want, out)
		}
	}
	changes := func() (list []string) {
		raw, err := os.ReadFile(filepath.Join(dir, "changes.csv"))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := parseCSV(raw)
		if err != nil || len(rows) == 0 {
			t.Fatalf("%v\n%s", err, raw)
		}
		for _, row := range rows[1:] {
			list = append(list, row[0]+" "+row[3])
		}
		return list
	}
	run(exitOK)
	is(t, "changes of the first night", len(changes()), 0)
	night.Store(1)
	run(exitBudget, "--max-age", "1ms", "--max-calls", "2")
	is(t, "after two calls", len(changes()), 2)
	run(exitOK, "--max-age", "1ms")
	want := "[张伟 match → mismatch: the number may have a new owner 王芳 carrier moved: cmcc → cucc 刘洋 no_record → match]"
	if got := fmt.Sprint(changes()); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}
