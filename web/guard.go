package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
)

// guard decides who may look. Other programs on this machine and pages of other
// sites in the same browser can reach the address, too: so what matters is
//
//   - Host: only our own names, or a site could point a name of its own at us
//     (DNS rebinding) and read the answers;
//   - the cookie, which only the token in the address that the program printed gives;
//   - Origin and a token in each form, or a site could send forms in our name.
type guard struct {
	base    string // http://127.0.0.1:8080
	token   string
	once    atomic.Pointer[string] // opens the page a single time; nil: it has
	cookie  string                 // its name holds the port: cookies know no ports
	session string
	csrf    string
	hosts   []string
}

func newGuard(secret []byte, at *net.TCPAddr) *guard {
	port := strconv.Itoa(at.Port)
	g := &guard{
		base: "http://" + net.JoinHostPort(at.IP.String(), port), token: randomHex(16),
		cookie: "mobile3batch-" + port, session: derive(secret, "session"), csrf: derive(secret, "csrf"),
	}
	once := randomHex(16)
	g.once.Store(&once)
	g.hosts = []string{net.JoinHostPort(at.IP.String(), port), "localhost:" + port}
	if at.Port == 80 { // which browsers leave out
		g.hosts = append(g.hosts, strings.TrimSuffix(g.hosts[0], ":80"), "localhost")
	}
	return g
}

func derive(secret []byte, what string) string {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte(what))
	return hex.EncodeToString(h.Sum(nil))
}

func same(a, b string) bool { return hmac.Equal([]byte(a), []byte(b)) }

// policy lets a page load nothing but what the program itself serves.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

func harden(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin") // no-referrer would make browsers say "Origin: null" in our own forms
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// around lets through who may look. denied writes the page for who may not.
func (g *guard) around(inside http.Handler, denied func(http.ResponseWriter, *http.Request, int)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		harden(w.Header())
		switch {
		case !slices.Contains(g.hosts, strings.ToLower(r.Host)):
			http.Error(w, "not this host", http.StatusMisdirectedRequest)
		case r.Method == http.MethodGet && r.URL.Path == "/" && r.URL.Query().Has("token"):
			if !g.opens(r.URL.Query().Get("token")) {
				denied(w, r, http.StatusForbidden)
				return
			}
			http.SetCookie(w, &http.Cookie{Name: g.cookie, Value: g.session, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
			http.Redirect(w, r, "/", http.StatusSeeOther) // the token leaves the address bar
		case strings.HasPrefix(r.URL.Path, "/static/") && r.Method == http.MethodGet:
			inside.ServeHTTP(w, r) // the page that says no needs its looks
		case !g.known(r):
			denied(w, r, http.StatusForbidden)
		case r.Method != http.MethodGet && r.Method != http.MethodHead && !g.sameOrigin(r):
			denied(w, r, http.StatusForbidden)
		default:
			inside.ServeHTTP(w, r)
		}
	})
}

func (g *guard) opens(token string) bool {
	once := g.once.Load()
	return same(token, g.token) || once != nil && same(token, *once) && g.once.CompareAndSwap(once, nil)
}

func (g *guard) known(r *http.Request) bool {
	c, err := r.Cookie(g.cookie)
	return err == nil && same(c.Value, g.session)
}

// sameOrigin: browsers send Origin with every POST. Who sends none must have the
// cookie and the form's token all the same.
func (g *guard) sameOrigin(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" {
		return false
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Scheme == "http" && slices.Contains(g.hosts, strings.ToLower(u.Host))
}

// fromUs reports whether a form or a script's request holds the token.
func (g *guard) fromUs(r *http.Request, field string) bool {
	sent := r.Header.Get("X-CSRF")
	if sent == "" {
		sent = field
	}
	return same(sent, g.csrf)
}
