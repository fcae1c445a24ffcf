package web

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestNamesAreHarmless(t *testing.T) {
	for name, want := range map[string]string{
		"名单.xlsx":                      "名单.xlsx",
		"客户 名单(2).CSV":                 "客户 名单(2).csv",
		"../../etc/passwd":             "passwd.dat",
		`..\..\windows\system.csv`:     "system.csv",
		"/abs/olute.csv":               "olute.csv",
		"":                             "list_.dat",
		".":                            "list_.dat",
		"..":                           "list_.dat",
		"CON.csv":                      "list_CON.csv",
		"nul.2026.csv":                 "list_nul.2026.csv",
		"a\x00b.csv":                   "a_b.csv",
		"a\nb.csv":                     "a_b.csv",
		"名单\u202exslx.csv":             "名单_xslx.csv",
		"\"><script>alert(1)</script>": "script_.dat",
		"a:b|c?d*e<f>.csv":             "a_b_c_d_e_f_.csv",
		"batch.json":                   "batch.json.dat",
		"  .hidden.csv ":               "hidden.csv.dat",
		"x.exe":                        "x.exe.dat",
	} {
		if got := harmless(name); got != want {
			t.Errorf("%q became %q, want %q", name, got, want)
		}
	}
	if got := harmless(strings.Repeat("长", 300) + ".xlsx"); len(got) > 255 || !strings.HasSuffix(got, ".xlsx") {
		t.Errorf("a long name became %d bytes", len(got))
	}
}

func FuzzHarmless(f *testing.F) {
	for _, s := range []string{"名单.xlsx", "../x", `C:\x`, "con", "a\xffb.csv", "...", ". .csv"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		got := harmless(name)
		if got == "" || got == "." || got == ".." || filepath.Base(got) != got || strings.ContainsAny(got, `/\<>:"|?*`) ||
			strings.ContainsFunc(got, func(r rune) bool { return r < 0x20 }) || !utf8.ValidString(got) || len(got) > 255 ||
			strings.HasPrefix(got, ".") || strings.TrimRight(got, ". ") != got {
			t.Errorf("%q became %q", name, got)
		}
	})
}

// TestUploadsStayInside: whatever a file is called, it lands in a folder of its own.
func TestUploadsStayInside(t *testing.T) {
	outer := t.TempDir()
	s := open(t, testConfig(filepath.Join(outer, "a", "b", "data"), newClerk())).enter()
	for _, name := range []string{"../../../escaped.csv", `..\\..\\escaped.csv`, "/tmp/escaped.csv", "%2e%2e%2fescaped.csv", "list/../../escaped.csv", "batch.json"} {
		id := s.upload(name)
		list := filepath.Join(s.server.store.folder(id), "list")
		if entries, err := os.ReadDir(list); err != nil || len(entries) != 1 {
			t.Errorf("%q: %v, %v", name, entries, err)
		}
	}
	for _, f := range files(t, outer) {
		if !strings.HasPrefix(f, "a/b/data/") {
			t.Errorf("%s was written outside", f)
		}
	}
	if runtime.GOOS == "windows" {
		return // which has no such modes
	}
	err := filepath.WalkDir(s.data, func(path string, d os.DirEntry, err error) error {
		if info, statErr := os.Stat(path); err == nil && (statErr != nil || info.Mode().Perm()&0o077 != 0) {
			t.Errorf("others can look into %s: %v %v", path, info.Mode(), statErr)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestAddressesStayInside: what stands in an address is an id and a kind, and no path.
func TestAddressesStayInside(t *testing.T) {
	s := open(t, testConfig(t.TempDir(), newClerk())).enter()
	id := s.upload("名单.csv")
	secret, err := os.ReadFile(filepath.Join(s.data, secretFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{
		"/batches/..%2f..%2fsession.key", "/batches/%2e%2e", "/batches/" + id + "/download/..%2fbatch.json", "/batches/" + id + "/download/batch.json",
		"/batches/" + id + "/download/%2e%2e%2f%2e%2e%2f%2e%2e%2fsession.key", "/batches/.." + id + "/download/workbook", "/static/%2e%2e%2f%2e%2e%2fsession.key",
	} {
		resp, err := s.client.Get(s.url(path))
		if err != nil {
			t.Fatal(err)
		}
		if status, text := read(t, resp); status == http.StatusOK || strings.Contains(text, string(secret)) || strings.Contains(text, `"state"`) {
			t.Errorf("%s: %d", path, status)
		}
	}
}

func TestUploadTooLarge(t *testing.T) {
	c := testConfig(t.TempDir(), newClerk())
	c.mostBytes, c.slowest = 100_000, time.Minute
	s := open(t, c).enter()
	contentType, body := uploadBody(t, s.server.guard.csrf, "名单.csv", strings.Repeat("x", 200_000))
	resp, err := s.client.Post(s.url("/upload"), contentType, body)
	if err != nil {
		t.Fatal(err)
	}
	if status, text := read(t, resp); status != http.StatusRequestEntityTooLarge || !strings.Contains(text, "1 GiB") {
		t.Errorf("%d: %s", status, text)
	}
	s.nothingKept()
}

func (s *site) nothingKept() {
	s.t.Helper()
	for range 400 { // the handler may just be clearing up
		if len(s.server.store.all()) == 0 && !strings.Contains(strings.Join(files(s.t, s.data), " "), "list/") {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	s.t.Errorf("kept: %v, %v", s.server.store.all(), files(s.t, s.data))
}

// half begins an upload by hand and stops in the middle of the file.
func (s *site) half() (net.Conn, error) {
	contentType, body := uploadBody(s.t, s.server.guard.csrf, "名单.csv", strings.Repeat("x", 50_000))
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.server.guard.base, "http://"))
	if err != nil {
		return nil, err
	}
	_, err = fmt.Fprintf(conn, "POST /upload HTTP/1.1\r\nHost: %s\r\nCookie: %s=%s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s",
		strings.TrimPrefix(s.server.guard.base, "http://"), s.server.guard.cookie, s.server.guard.session, contentType, body.Len(), body.Bytes()[:20_000])
	return conn, err
}

func TestSlowUploadEnds(t *testing.T) {
	c := testConfig(t.TempDir(), newClerk())
	c.mostBytes, c.slowest = mostBytes, 300*time.Millisecond
	s := open(t, c).enter()
	conn, err := s.half()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	if status, _ := read(t, resp); status != http.StatusRequestTimeout {
		t.Errorf("%d", status)
	}
	s.nothingKept()
}

func TestBrokenUploadLeavesNothing(t *testing.T) {
	s := open(t, testConfig(t.TempDir(), newClerk())).enter()
	conn, err := s.half()
	if err != nil {
		t.Fatal(err)
	}
	for range 400 {
		if len(files(t, s.data)) > 1 { // it has begun
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	conn.Close()
	s.nothingKept()
}

func TestSeveralFilesAtOnce(t *testing.T) {
	s := open(t, testConfig(t.TempDir(), newClerk())).enter()
	contentType, body := uploadBody(t, s.server.guard.csrf, "一.csv", smallList)
	boundary := contentType[strings.Index(contentType, "boundary=")+len("boundary="):]
	more := strings.TrimSuffix(body.String(), "--"+boundary+"--\r\n") + "--" + boundary +
		"\r\nContent-Disposition: form-data; name=\"file\"; filename=\"二.csv\"\r\n\r\n" + smallList + "\r\n--" + boundary + "--\r\n"
	resp, err := s.client.Post(s.url("/upload"), contentType, strings.NewReader(more))
	if err != nil {
		t.Fatal(err)
	}
	if status, _ := read(t, resp); status != http.StatusSeeOther || len(s.server.store.all()) != 2 {
		t.Errorf("%d, %d batches", status, len(s.server.store.all()))
	}
}

// TestUploadForAScript: the answer is JSON, also when it is no.
func TestUploadForAScript(t *testing.T) {
	s := open(t, testConfig(t.TempDir(), newClerk())).enter()
	for csrf, want := range map[string]string{s.server.guard.csrf: `{"location":"/batches/`, "": `{"error":"`} {
		contentType, body := uploadBody(t, "", "名单.csv", smallList)
		req, err := http.NewRequest(http.MethodPost, s.url("/upload"), body)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", contentType)
		req.Header.Set("Accept", "application/json")
		req.Header.Set("X-CSRF", csrf)
		resp, err := s.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || !strings.HasPrefix(string(b), want) {
			t.Errorf("%s, %v", b, err)
		}
	}
}

// TestFirstOfSeveralIsChecked: what came whole before an upload broke off is a batch, is
// checked, and the answer says so.
func TestFirstOfSeveralIsChecked(t *testing.T) {
	c := testConfig(t.TempDir(), newClerk())
	c.mostBytes, c.slowest = 100_000, time.Minute
	s := open(t, c).enter()
	contentType, body := uploadBody(t, s.server.guard.csrf, "一.csv", smallList)
	boundary := contentType[strings.Index(contentType, "boundary=")+len("boundary="):]
	more := strings.TrimSuffix(body.String(), "--"+boundary+"--\r\n") + "--" + boundary +
		"\r\nContent-Disposition: form-data; name=\"file\"; filename=\"二.csv\"\r\n\r\n" + strings.Repeat("x", 200_000) + "\r\n--" + boundary + "--\r\n"
	resp, err := s.client.Post(s.url("/upload"), contentType, strings.NewReader(more))
	if err != nil {
		t.Fatal(err)
	}
	status, text := read(t, resp)
	all := s.server.store.all()
	if status != http.StatusRequestEntityTooLarge || len(all) != 1 || all[0].Name != "一.csv" {
		t.Fatalf("%d, kept %v", status, all)
	}
	if !strings.Contains(text, "一.csv") {
		t.Errorf("the answer does not say what was kept: %s", text)
	}
	s.until(all[0].ID, is(Checked))
}
