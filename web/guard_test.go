package web

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestLoopbackOnly(t *testing.T) {
	for listen, fine := range map[string]bool{
		"127.0.0.1:0": true, "127.0.0.2:0": true, "[::1]:0": true, "localhost:0": true,
		"0.0.0.0:0": false, ":0": false, "[::]:0": false, "192.168.1.2:0": false, "example.com:0": false, "127.0.0.1": false,
	} {
		if err := loopback(listen); (err == nil) != fine || err != nil && !errors.Is(err, ErrAddress) {
			t.Errorf("%s: %v", listen, err)
		}
	}
	c := testConfig(t.TempDir(), newClerk())
	c.Listen = "0.0.0.0:0"
	if _, err := New(c); !errors.Is(err, ErrAddress) {
		t.Errorf("New: %v", err)
	}
}

// canaries are what a page must not show to whom it does not know.
var canaries = []string{"金丝雀", "张*", "138****", "经办人"}

func TestWithoutTheTokenNothingIsRead(t *testing.T) {
	s := open(t, testConfig(t.TempDir(), newClerk())).enter()
	id := s.upload("金丝雀.csv")
	known := s.client.Jar
	s.client.Jar = nil
	for _, r := range routes(t) {
		if r.path == "/static/" {
			continue
		}
		req, err := http.NewRequest(r.method, s.url(at(r.path, id)), strings.NewReader("csrf="+s.server.guard.csrf))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		resp, err := s.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		status, text := read(t, resp)
		if status != http.StatusForbidden {
			t.Errorf("%s %s: %d", r.method, r.path, status)
		}
		for _, secret := range append(canaries, s.server.guard.csrf, s.server.guard.token) {
			if strings.Contains(text, secret) {
				t.Errorf("%s %s shows %q", r.method, r.path, secret)
			}
		}
	}
	for _, token := range []string{"", "0", s.server.guard.token + "0", s.server.guard.token[1:]} {
		if status, _ := s.get("/?token=" + token); status != http.StatusForbidden {
			t.Errorf("token %q: %d", token, status)
		}
	}
	if status, _ := s.get("/static/app.css"); status != http.StatusOK {
		t.Errorf("the style sheet: %d", status)
	}
	for _, path := range []string{"/static/../templates/home.html", "/static/%2e%2e/templates/home.html", "/static/", "/static/../../go.mod"} {
		if status, text := s.get(path); status == http.StatusOK || strings.Contains(text, "define") {
			t.Errorf("%s: %d", path, status)
		}
	}
	s.client.Jar = known
	if status, text := s.get("/batches/" + id); status != http.StatusOK || !strings.Contains(text, "张*") {
		t.Errorf("with the cookie: %d", status)
	}
	if b, err := s.server.store.get(id); err != nil || b.State != Checked {
		t.Errorf("the batch is %v, %v", b.State, err)
	}
}

func TestTokenBecomesACookie(t *testing.T) {
	s := open(t, testConfig(t.TempDir(), newClerk()))
	resp, err := s.client.Get(s.server.Address())
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	cookies := resp.Cookies()
	if resp.Header.Get("Location") != "/" || len(cookies) != 1 {
		t.Fatalf("to %q, %d cookies", resp.Header.Get("Location"), len(cookies))
	}
	if c := cookies[0]; !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || strings.Contains(c.Value, s.server.guard.token) || len(c.Value) < 32 {
		t.Errorf("cookie %+v", c)
	}
}

// TestRebinding: a site that points its own name at this address reads nothing,
// even with everything else right.
func TestRebinding(t *testing.T) {
	s := open(t, testConfig(t.TempDir(), newClerk())).enter()
	id := s.upload("名单.csv")
	for _, host := range []string{"evil.example", "evil.example" + s.server.guard.base[strings.LastIndex(s.server.guard.base, ":"):], "127.0.0.1", "127.0.0.1:1"} {
		for _, r := range routes(t) {
			req, err := http.NewRequest(r.method, s.url(at(r.path, id)), nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Host = host
			resp, err := s.client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			if status, text := read(t, resp); status != http.StatusMisdirectedRequest || strings.Contains(text, "<") {
				t.Errorf("%s %s at %s: %d", r.method, r.path, host, status)
			}
		}
	}
}

// TestOthersCantAct: forms of another site, and forms without the token, do nothing.
func TestOthersCantAct(t *testing.T) {
	clerk := newClerk()
	s := open(t, testConfig(t.TempDir(), clerk)).enter()
	id := s.upload("名单.csv")
	before := files(t, s.data)
	posts := 0
	for _, r := range routes(t) {
		if r.method != http.MethodPost {
			continue
		}
		posts++
		for name, how := range map[string]func(*http.Request, url.Values){
			"no token":       func(_ *http.Request, f url.Values) { f.Del("csrf") },
			"a wrong token":  func(_ *http.Request, f url.Values) { f.Set("csrf", strings.Repeat("0", 64)) },
			"another origin": func(r *http.Request, _ url.Values) { r.Header.Set("Origin", "http://evil.example") },
			"another port":   func(r *http.Request, _ url.Values) { r.Header.Set("Origin", "http://127.0.0.1:1") },
			"no origin":      func(r *http.Request, _ url.Values) { r.Header.Set("Origin", "null") },
			"another site":   func(r *http.Request, _ url.Values) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
			"the same site":  func(r *http.Request, _ url.Values) { r.Header.Set("Sec-Fetch-Site", "same-site") }, // another port
		} {
			form := agreement()
			form.Set("csrf", s.server.guard.csrf)
			form.Set("appcode", "stolen")
			form.Set("lang", "en")
			contentType, body := "application/x-www-form-urlencoded", ""
			req, err := http.NewRequest(http.MethodPost, s.url(at(r.path, id)), nil)
			if err != nil {
				t.Fatal(err)
			}
			how(req, form)
			if r.path == "/upload" {
				ct, b := uploadBody(t, form.Get("csrf"), "x.csv", smallList)
				contentType, body = ct, b.String()
			} else {
				body = form.Encode()
			}
			again, err := http.NewRequest(http.MethodPost, req.URL.String(), strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			again.Header = req.Header
			again.Header.Set("Content-Type", contentType)
			resp, err := s.client.Do(again)
			if err != nil {
				t.Fatal(err)
			}
			if status, _ := read(t, resp); status != http.StatusForbidden {
				t.Errorf("%s with %s: %d", r.path, name, status)
			}
		}
	}
	if posts < 9 {
		t.Fatalf("only %d forms", posts)
	}
	if b, err := s.server.store.get(id); err != nil || b.State != Checked || b.Start != nil || len(clerk.ran()) != 0 {
		t.Errorf("the batch is %+v, %v", b, err)
	}
	if after := files(t, s.data); strings.Join(after, " ") != strings.Join(before, " ") {
		t.Errorf("files were %v, are %v", before, after)
	}
}

func TestEveryAnswerIsHardened(t *testing.T) {
	s := open(t, testConfig(t.TempDir(), newClerk())).enter()
	id := s.upload("名单.csv")
	for _, path := range []string{"/", "/batches/" + id, "/batches/nothing", "/no/such/page", "/static/app.js", "/settings", "/batches/" + id + "/delete", "/?token=wrong"} {
		resp, err := s.client.Get(s.url(path))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		h := resp.Header
		csp := h.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") || !strings.Contains(csp, "frame-ancestors 'none'") ||
			h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "same-origin" || h.Get("Cache-Control") == "" {
			t.Errorf("%s: %v", path, h)
		}
		if h.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s lets other sites read", path)
		}
	}
}

// TestServeEndsWithItsListener: when nobody can be served any more, Serve says so and
// leaves nothing behind that works on.
func TestServeEndsWithItsListener(t *testing.T) {
	server, err := New(testConfig(t.TempDir(), newClerk()))
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(t.Context()) }()
	server.listener.Close()
	select {
	case err := <-ended:
		if err == nil {
			t.Error("it does not say why")
		}
	case <-time.After(3 * time.Second):
		t.Fatal("it goes on for ever")
	}
}

// TestPortOfTheWeb: browsers leave a port of 80 out.
func TestPortOfTheWeb(t *testing.T) {
	g := newGuard(make([]byte, 32), &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80})
	inside := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	denied := func(w http.ResponseWriter, _ *http.Request, status int) { w.WriteHeader(status) }
	for host, want := range map[string]int{"127.0.0.1": 204, "localhost": 204, "127.0.0.1:80": 204, "evil.example": 421, "127.0.0.1:8080": 421} {
		for _, origin := range []string{"", "http://" + host} {
			r := httptest.NewRequest(http.MethodPost, "/batches", nil)
			r.Host = host
			r.AddCookie(&http.Cookie{Name: g.cookie, Value: g.session})
			if origin != "" {
				r.Header.Set("Origin", origin)
			}
			w := httptest.NewRecorder()
			g.around(inside, denied).ServeHTTP(w, r)
			if w.Code != want {
				t.Errorf("%s from %q: %d", host, origin, w.Code)
			}
		}
	}
}
