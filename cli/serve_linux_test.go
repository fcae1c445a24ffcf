//go:build !race && proof

// The race detector takes memory of its own, several times the program's.

package cli

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"mobile3batch/cli/selftest"
)

// TestPageMemoryIsFlat: twenty times the rows, watched by ten pages, take hardly more memory.
func TestPageMemoryIsFlat(t *testing.T) {
	small, large := pageMemory(t, 10_000), pageMemory(t, 200_000)
	t.Logf("10,000 rows: %d MiB, 200,000 rows: %d MiB", small, large)
	if large > small+64 {
		t.Errorf("10,000 rows took %d MiB, 200,000 rows %d", small, large)
	}
}

// pageMemory is the most that a server ever had in memory, in MiB, over all of a list's way.
func pageMemory(t *testing.T, rows int) int {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rows.csv")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(f, "no,name,mobile,idCard")
	for i := range rows {
		name, mobile, idCard := selftest.Somebody(i % 1000)
		fmt.Fprintf(f, "%d,%s,%s,%s\n", i, name, mobile, idCard)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	s := openPage(t, t.TempDir(), "")
	batch := s.upload(path)
	s.until(batch, "checked")
	var watching []*http.Response
	s.post(batch+"/start", agreedTo("160.00"))
	for range 10 {
		resp, err := s.client.Get(s.base + batch + "/events")
		if err != nil {
			t.Fatal(err)
		}
		watching = append(watching, resp)
	}
	s.until(batch, "finished")
	for _, resp := range watching {
		resp.Body.Close()
	}
	for range 3 {
		s.get(batch)
		s.get(batch + "/result?from=" + strconv.Itoa(rows-100))
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(status), "VmHWM:")
	kib, err := strconv.Atoi(strings.Fields(rest)[0])
	if !ok || err != nil || kib < 1024 {
		t.Fatalf("the system says %q", rest)
	}
	return kib / 1024
}
