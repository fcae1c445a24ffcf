package sandbox

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	testName   = "测试甲"
	testIDCard = "11010119900101001X"
)

func form(mobile string) string {
	return url.Values{"name": {testName}, "mobile": {mobile}, "idCard": {testIDCard}}.Encode()
}

func start(t testing.TB, cfg Config) *Server {
	t.Helper()
	s, err := Start(cfg, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

func newSandbox(t testing.TB, cfg Config) *Sandbox {
	t.Helper()
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func billPath(t testing.TB) string { return filepath.Join(t.TempDir(), "bill.jsonl") }

func request(method, target, contentType, body string) *http.Request {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	r.Header.Set("Authorization", "APPCODE test")
	return r
}

func formRequest(mobile string) *http.Request {
	return request("POST", checkPath, "application/x-www-form-urlencoded; charset=UTF-8", form(mobile))
}

func serve(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func wantCode(t *testing.T, w *httptest.ResponseRecorder, status int, code string) {
	t.Helper()
	if got := w.Header().Get("X-Ca-Error-Code"); w.Code != status || got != code {
		t.Errorf("got %d %q %q, want %d %q", w.Code, got, w.Header().Get("X-Ca-Error-Message"), status, code)
	}
	if code != "" && w.Body.Len() != 0 {
		t.Errorf("a gateway's refusal has a body: %q", w.Body)
	}
}

func wantBilled(t *testing.T, s *Sandbox, want int) {
	t.Helper()
	_, billed := s.Calls()
	lines, err := s.Bill()
	if err != nil {
		t.Fatal(err)
	}
	if billed != want || len(lines) != want {
		t.Errorf("counted %d, %d lines on the bill, want %d", billed, len(lines), want)
	}
}

// raw is a client that sees bytes.
type raw struct {
	t *testing.T
	net.Conn
	in *bufio.Reader
}

func dial(t *testing.T, s *Server) *raw {
	t.Helper()
	conn, err := net.Dial("tcp", s.listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	return &raw{t, conn, bufio.NewReader(conn)}
}

func (c *raw) post(mobile string, header ...string) {
	c.t.Helper()
	body := form(mobile)
	head := append([]string{
		"POST " + checkPath + " HTTP/1.1",
		"Host: sandbox",
		"Authorization: APPCODE test",
		"Content-Type: application/x-www-form-urlencoded",
		fmt.Sprintf("Content-Length: %d", len(body)),
	}, header...)
	if _, err := io.WriteString(c, strings.Join(head, "\r\n")+"\r\n\r\n"+body); err != nil {
		c.t.Fatal(err)
	}
}

// head is the status line and the header lines as they came.
func (c *raw) head() []string {
	c.t.Helper()
	var lines []string
	for {
		line, err := c.in.ReadString('\n')
		if err != nil {
			c.t.Fatalf("after %q: %v", lines, err)
		}
		if line == "\r\n" {
			return lines
		}
		lines = append(lines, strings.TrimSuffix(line, "\r\n"))
	}
}

// answer reads one whole answer; io.EOF: not a byte came.
func (c *raw) answer() (*http.Response, string, error) {
	if _, err := c.in.Peek(1); err != nil {
		return nil, "", err
	}
	res, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return nil, "", err
	}
	body, err := io.ReadAll(res.Body)
	return res, string(body), err
}
