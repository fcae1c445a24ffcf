package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

//go:embed templates static
var embedded embed.FS

// pages are the screens, by language.
type pages map[string]*template.Template

func parsePages() (pages, error) {
	all := pages{}
	for _, lang := range []string{"zh", "en"} {
		t, err := template.New("").Funcs(template.FuncMap{
			"t":          func(zh, en string) string { return Words{zh, en}.in(lang) },
			"n":          thousands,
			"when":       when,
			"state":      func(s State) string { return states[s].in(lang) },
			"statusWord": func(name string) string { return statusWord(lang, name) },
			"percent":    percent,
		}).ParseFS(embedded, "templates/*.html")
		if err != nil {
			return nil, err
		}
		all[lang] = t
	}
	return all, nil
}

// thousands writes any whole number with separators.
func thousands(v any) string {
	s := fmt.Sprint(v)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(china).Format("2006-01-02 15:04")
}

func percent(a, b int64) int {
	if b <= 0 {
		return 0
	}
	return int(min(max(a*100/b, 0), 100))
}

// show renders a screen. Nothing of it is sent before all of it is there.
func (s *Server) show(w http.ResponseWriter, r *http.Request, status int, name string, data any) {
	var b bytes.Buffer
	if err := s.pages[s.lang(r)].ExecuteTemplate(&b, name, data); err != nil {
		fmt.Fprintf(s.Log, "page %s: %v\n", name, err)
		http.Error(w, "the page could not be made", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(b.Bytes()) // who has gone does not see it
}

func (s *Server) page(r *http.Request) Page {
	return Page{
		Lang: s.lang(r), CSRF: s.guard.csrf, Sandbox: s.Sandbox, Ready: s.Engine.Ready(), Service: s.Service,
		Path: r.URL.RequestURI(), Version: s.Version,
	}
}

const langCookie = "mobile3batch-lang"

// lang is what was switched to, else the browser's first of both, else Chinese.
func (s *Server) lang(r *http.Request) string {
	if c, err := r.Cookie(langCookie); err == nil && (c.Value == "zh" || c.Value == "en") {
		return c.Value
	}
	for _, l := range strings.Split(strings.ToLower(r.Header.Get("Accept-Language")), ",") {
		switch l = strings.TrimSpace(l); {
		case strings.HasPrefix(l, "zh"):
			return "zh"
		case strings.HasPrefix(l, "en"):
			return "en"
		}
	}
	return "zh"
}

// sayError shows what happened and what to do.
func (s *Server) sayError(w http.ResponseWriter, r *http.Request, status int, words Words) {
	lang := s.lang(r)
	p := ErrorPage{Page: Page{Lang: lang, Sandbox: s.Sandbox, Path: "/", Version: s.Version}, Status: status, Text: words.in(lang)}
	if s.guard.known(r) { // else the links would lead nowhere
		p.CSRF = s.guard.csrf
		if _, err := s.store.get(r.PathValue("id")); err == nil {
			p.Back = "/batches/" + r.PathValue("id")
		}
	}
	s.show(w, r, status, "error", p)
}

func (s *Server) denied(w http.ResponseWriter, r *http.Request, status int) {
	s.sayError(w, r, status, Words{
		"请用程序启动时显示的网址打开本页面", "open this page with the address that the program printed when it started",
	})
}

// static serves what is embedded. Its tag is its content, so a browser asks again
// and a new binary is seen at once.
func (s *Server) static(w http.ResponseWriter, r *http.Request) {
	name := path.Clean(r.URL.Path[1:])
	b, err := fs.ReadFile(embedded, name)
	if err != nil || !strings.HasPrefix(name, "static/") {
		http.NotFound(w, r)
		return
	}
	sum := sha256.Sum256(b)
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("ETag", strconv.Quote(hex.EncodeToString(sum[:8])))
	w.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(b))
}
