package sandbox

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const uuid = `[0-9A-F]{8}-[0-9A-F]{4}-4[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}`

var httpDate = regexp.MustCompile(`^Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$`)

func checkHead(t *testing.T, got []string, want ...string) {
	t.Helper()
	if i := slices.IndexFunc(got, httpDate.MatchString); i < 0 {
		t.Errorf("no Date in %q", got)
	} else {
		got = slices.Delete(got, i, i+1)
	}
	if len(got) != len(want) {
		t.Fatalf("got %q, want %q", got, want)
	}
	slices.Sort(got[1:])
	for i, pattern := range want {
		if !regexp.MustCompile("^" + pattern + "$").MatchString(got[i]) {
			t.Errorf("line %q, want %q", got[i], pattern)
		}
	}
}

func TestRefusalOnTheWire(t *testing.T) {
	for dialect, want := range map[Dialect][]string{
		DialectNew: {
			"HTTP/1.1 403 Forbidden", "Connection: keep-alive", "Content-Length: 0",
			"Content-Type: application/octet-stream", "Keep-Alive: timeout=25", `Server: Kaede/3\.5\.3\.523\(sandbox\)`,
			"X-Ca-Error-Code: B403MQ", "X-Ca-Error-Message: Api Market Subscription quota exhausted",
			"X-Ca-Request-Id: " + uuid, "X-Mobile3-Sandbox: 1",
		},
		DialectLegacy: {
			"HTTP/1.1 403 Forbidden", "Connection: keep-alive", "Content-Length: 0",
			"Content-Type: application/octet-stream", "Keep-Alive: timeout=25", `Server: Kaede/3\.5\.3\.523\(sandbox\)`,
			"X-Ca-Error-Message: Quota Exhausted",
			"X-Ca-Request-Id: " + uuid, "X-Mobile3-Sandbox: 1",
		},
	} {
		cfg := Defaults()
		cfg.Dialect = dialect
		c := dial(t, start(t, cfg))
		for range 3 { // on one connection: it is kept alive, and no body is left over
			c.post("19400000005")
			checkHead(t, c.head(), want...)
		}
	}
}

func TestAnswerOnTheWire(t *testing.T) {
	c := dial(t, start(t, Defaults()))
	ids := map[string]bool{}
	for range 3 {
		c.post("15400000001")
		head := c.head()
		checkHead(t, slices.Clone(head), "HTTP/1.1 200 OK", "Connection: keep-alive", `Content-Length: 1\d\d`,
			"Content-Type: application/json; charset=UTF-8", "Keep-Alive: timeout=25", "Server: Kaede/.*",
			"X-Ca-Request-Id: "+uuid, "X-Mobile3-Sandbox: 1")
		for _, line := range head {
			if strings.HasPrefix(line, "X-Ca-Request-Id") {
				ids[line] = true
			}
			if n, ok := strings.CutPrefix(line, "Content-Length: "); ok {
				var length int
				fmt.Sscan(n, &length)
				if _, err := io.CopyN(io.Discard, c.in, int64(length)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if len(ids) != 3 {
		t.Errorf("request ids: %v", ids)
	}
}

func TestHalfAnswerOnTheWire(t *testing.T) {
	c := dial(t, start(t, Defaults()))
	c.post("19400000008")
	var declared int
	for _, line := range c.head() {
		fmt.Sscanf(line, "Content-Length: %d", &declared)
	}
	rest, err := io.ReadAll(c.in)
	if err != nil || len(rest) == 0 || len(rest) >= declared {
		t.Errorf("%d bytes of %d, then %v", len(rest), declared, err)
	}
}

func TestChunkedAndPipelined(t *testing.T) {
	s := start(t, Defaults())
	c := dial(t, s)
	body := form("15400000001")
	io.WriteString(c, "POST /mobile3/check HTTP/1.1\r\nHost: x\r\nAuthorization: APPCODE a\r\n"+
		"Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n"+
		fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body), body))
	c.post("15400000002")
	for range 2 {
		if res, text, err := c.answer(); err != nil || res.StatusCode != 200 || !strings.Contains(text, `"result":1`) {
			t.Errorf("%v %v %s", res, err, text)
		}
	}
	wantBilled(t, s.Sandbox, 2)
}

func TestHalfRequestIsNotCounted(t *testing.T) {
	s := start(t, Defaults())
	c := dial(t, s)
	io.WriteString(c, "POST /mobile3/check HTTP/1.1\r\nHost: x\r\nAuthorization: APPCODE a\r\n"+
		"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nname=x&mobile=15400000001&idCard=1")
	c.Conn.(interface{ CloseWrite() error }).CloseWrite()
	if _, _, err := c.answer(); err != io.EOF {
		t.Errorf("answered: %v", err)
	}
	if requests, billed := s.Calls(); requests != 1 || billed != 0 {
		t.Errorf("%d requests, %d billed", requests, billed)
	}
}

func TestWhatTheGatewayRefuses(t *testing.T) {
	const formType = "application/x-www-form-urlencoded"
	auth := func(value string) *http.Request {
		r := formRequest("15400000001")
		r.Header.Set("Authorization", value)
		return r
	}
	chunked := request("POST", checkPath, formType, "")
	chunked.Body, chunked.ContentLength = io.NopCloser(io.LimitReader(zeros{}, maxBody+1)), -1
	tests := []struct {
		name         string
		r            *http.Request
		status       int
		code         string
		message      string
		legacyStatus int
		legacy       string
	}{
		{"get", request("GET", checkPath, "", ""), 405, "I405UM", "Unsupported Method", 400, "Invalid HttpMethod"},
		{"put", request("PUT", checkPath, formType, form("15400000001")), 405, "I405UM", "Unsupported Method", 400, "Invalid HttpMethod"},
		{"path", request("POST", "/mobile3/check/", formType, form("15400000001")), 404, "I404NF", "API not found", 400, "API Not Found"},
		{"post on a page", request("POST", "/bill", "", ""), 404, "I404NF", "API not found", 400, "API Not Found"},
		{"get quota", request("GET", "/sandbox/quota?left=1", "", ""), 404, "I404NF", "API not found", 400, "API Not Found"},
		{"long url", request("POST", checkPath+"?x="+strings.Repeat("x", maxURL), formType, form("15400000001")), 413, "I413UL", "Request URL too Large", 413, "Invalid Url"},
		{"long body", request("POST", checkPath, formType, strings.Repeat("x", maxBody+1)), 413, "I413RL", "Request body too Large", 413, "Invalid Request Body"},
		{"long chunked body", chunked, 413, "I413RL", "Request body too Large", 413, "Invalid Request Body"},

		{"no credentials", auth(""), 400, "A400MA", "Need authorization, X-Ca-Key or Authorization: APPCODE ... is required", 404, "Empty Signature"},
		{"lower case", auth("appcode test"), 400, "A400MA", "Need authorization, X-Ca-Key or Authorization: APPCODE ... is required", 404, "Empty Signature"},
		{"empty appcode", auth("APPCODE "), 400, "A400MA", "Need authorization, X-Ca-Key or Authorization: APPCODE ... is required", 404, "Empty Signature"},
		{"unknown", auth("APPCODE unknown"), 400, "A400AC", "Invalid AppCode `not exists`", 400, "Invalid AppCode"},
		{"other product", auth("APPCODE other-product"), 403, "I403AA", "Unauthorized", 403, "Unauthorized"},
		{"expired", auth("APPCODE expired"), 403, "B403ME", "Api Market Subscription expired", 403, "Quota Expired"},
		{"arrears", auth("APPCODE arrears"), 403, "B403MO", "Api Market Subscription overdue", 403, "User Arrears"},
		{"no quota", auth("APPCODE no-quota"), 403, "B403MQ", "Api Market Subscription quota exhausted", 403, "Quota Exhausted"},

		{"no parameters", request("POST", checkPath, formType, ""), 400, "I400MP", "Parameter `name` is required", 400, "Invalid Param Location"},
		{"no mobile", request("POST", checkPath, formType, "name=x&idCard=1"), 400, "I400MP", "Parameter `mobile` is required", 400, "Invalid Param Location"},
		{"no idCard", request("POST", checkPath, formType, "name=x&mobile=15400000001&idcard=1"), 400, "I400MP", "Parameter `idCard` is required", 400, "Invalid Param Location"},
		{"empty mobile", request("POST", checkPath, formType, "name=x&mobile=&idCard=1"), 400, "I400MP", "Parameter `mobile` is required", 400, "Invalid Param Location"},
		{"multipart", request("POST", checkPath, "multipart/form-data; boundary=x", form("15400000001")), 400, "I400MP", "Parameter `name` is required", 400, "Invalid Param Location"},
		{"bad form", request("POST", checkPath, formType, "name=%zz"), 400, "I400BD", "Invalid Body: malformed form", 400, "Invalid Request Body"},
		{"bad query", request("POST", checkPath+"?name=%zz", "", ""), 400, "I400RU", "Invalid Request Uri", 400, "Invalid Url"},
		{"bad json", request("POST", checkPath, "application/json", "{"), 400, "I400BD", "Invalid Body: not a JSON object", 400, "Invalid Request Body"},
		{"json number", request("POST", checkPath, "application/json", `{"name":"x","mobile":15400000001,"idCard":"1"}`), 400, "I400BD", "Invalid Body: parameter `mobile` is not a string", 400, "Invalid Request Body"},
		{"json case", request("POST", checkPath, "application/json", `{"name":"x","mobile":"15400000001","idcard":"1"}`), 400, "I400MP", "Parameter `idCard` is required", 400, "Invalid Param Location"},

		{"throttled", formRequest("19400000004"), 429, "T429PR", "Throttled by PLUGIN Flow Control", 403, "Throttled by USER Flow Control"},
		{"time-out", formRequest("19400000013"), 504, "D504TO", "Backend service request timeout", 504, "Async Service"},
		{"breaker", formRequest("19400000014"), 503, "D503CB", "Backend circuit breaker open", 503, "Service Unavailable"},
		{"busy", formRequest("19400000015"), 503, "X503BZ", "Service Busy", 503, "Service Unavailable"},
		{"internal", formRequest("19400000018"), 500, "X500ER", "Service Internal Error", 500, "Internal Error"},
		{"backend closed", formRequest("19400000025"), 504, "D504CO", "Backend service connect failed 'Connection is closed'", 500, "Failed To Invoke Backend Service"},
		{"backend refused", formRequest("19400000026"), 504, "D504CO", "Backend service connect failed 'Connection refused'", 500, "Failed To Invoke Backend Service"},
	}
	legacyCfg := Defaults()
	legacyCfg.Dialect = DialectLegacy
	modern, legacy := newSandbox(t, Defaults()), newSandbox(t, legacyCfg)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			again := tt.r.Clone(t.Context())
			if tt.r.ContentLength > 0 {
				body, _ := io.ReadAll(tt.r.Body)
				tt.r.Body = io.NopCloser(strings.NewReader(string(body)))
				again.Body = io.NopCloser(strings.NewReader(string(body)))
			} else if tt.r.ContentLength < 0 {
				again.Body = io.NopCloser(io.LimitReader(zeros{}, maxBody+1))
			}
			w := serve(modern, tt.r)
			wantCode(t, w, tt.status, tt.code)
			if got := w.Header().Get("X-Ca-Error-Message"); got != tt.message {
				t.Errorf("message %q", got)
			}
			w = serve(legacy, again)
			wantCode(t, w, tt.legacyStatus, "")
			if got := w.Header().Get("X-Ca-Error-Message"); got != tt.legacy {
				t.Errorf("legacy message %q", got)
			}
			if _, ok := w.Header()["X-Ca-Error-Code"]; ok || w.Body.Len() != 0 {
				t.Errorf("legacy: %v %q", w.Header(), w.Body)
			}
		})
	}
	wantBilled(t, modern, 0)
	wantBilled(t, legacy, 0)
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

func TestOwnAppCode(t *testing.T) {
	cfg := Defaults()
	cfg.AppCode = "expired" // a configured one beats the documented bad ones
	s := newSandbox(t, cfg)
	for appCode, want := range map[string]string{"expired": "", "test": "A400AC", "other-product": "I403AA"} {
		r := formRequest("15400000001")
		r.Header.Set("Authorization", "APPCODE "+appCode)
		if got := serve(s, r).Header().Get("X-Ca-Error-Code"); got != want {
			t.Errorf("%s: %q, want %q", appCode, got, want)
		}
	}
}

func TestEncodings(t *testing.T) {
	const (
		formType = "application/x-www-form-urlencoded"
		jsonBody = `{"name":"测试甲","mobile":"15400000001","idCard":"11010119900101001X","more":[1]}`
	)
	good := form("15400000001")
	requests := map[string]func() *http.Request{
		"form":      func() *http.Request { return request("POST", checkPath, formType, good) },
		"json":      func() *http.Request { return request("POST", checkPath, "Application/JSON; charset=utf-8", jsonBody) },
		"query":     func() *http.Request { return request("POST", checkPath+"?"+good, "", "") },
		"form+json": func() *http.Request { return request("POST", checkPath+"?"+good, "application/json", "{}") },
	}
	for require, accepted := range map[string][]string{
		"":      {"form", "json", "query", "form+json"},
		"form":  {"form"},
		"json":  {"json"},
		"query": {"query", "form+json"},
	} {
		cfg := Defaults()
		cfg.RequireBody = require
		s := newSandbox(t, cfg)
		for name, r := range requests {
			w := serve(s, r())
			if slices.Contains(accepted, name) {
				wantCode(t, w, 200, "")
				continue
			}
			wantCode(t, w, 400, "I400MP")
			if got := w.Header().Get("X-Ca-Error-Message"); got != "Parameter `name` is required" {
				t.Errorf("%s as %s: %q", require, name, got)
			}
		}
		lines, err := s.Bill()
		if err != nil || len(lines) != len(accepted) {
			t.Fatalf("%q: %d lines, %v", require, len(lines), err)
		}
		for _, l := range lines {
			if l.Person != s.Digest(testName, "15400000001", testIDCard) {
				t.Errorf("%q: another person was read", require)
			}
		}
	}
}

func TestFormBeatsQueryAndFirstBeatsSecond(t *testing.T) {
	s := newSandbox(t, Defaults())
	r := request("POST", checkPath+"?mobile=15400000009&idCard=11010119900101001X&name=%E4%B9%99",
		"application/x-www-form-urlencoded", "mobile=15400000007&mobile=15400000009&x&=&name=%E6%B5%8B+%E7%94%B2")
	wantCode(t, serve(s, r), 200, "")
	if s.TimesBilled(s.Digest("测 甲", "15400000007", testIDCard)) != 1 {
		t.Error("another person was read")
	}
}

func TestPages(t *testing.T) {
	s := start(t, Config{Quota: 5})
	get := func(method, path string) (*http.Response, string) {
		t.Helper()
		r, _ := http.NewRequest(method, s.Base()+path, nil)
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil || res.Header.Get("X-Mobile3-Sandbox") != "1" || res.Header.Get("X-Ca-Request-Id") == "" {
			t.Errorf("%s: %v %v", path, err, res.Header)
		}
		return res, string(body)
	}
	if _, text := get("GET", "/"); text != Page() {
		t.Errorf("page %q", text)
	}
	for _, f := range Fates {
		if !strings.Contains(Page(), f.Mobile) || !strings.Contains(Page(), f.ZH) || !strings.Contains(Page(), f.EN) {
			t.Errorf("%s is not on the page", f.Name)
		}
	}
	c := dial(t, s)
	for _, mobile := range []string{"15400000001", "15400000001", "15400000009", "19400000018"} {
		c.post(mobile)
		if _, _, err := c.answer(); err != nil {
			t.Fatal(err)
		}
	}
	_, text := get("GET", "/bill?summary=1")
	if text != `{"requests":4,"billed":3,"people":2,"billedTwice":1,"quota":2}`+"\n" {
		t.Errorf("summary %s", text)
	}
	_, text = get("GET", "/bill")
	lines := bufio.NewScanner(strings.NewReader(text))
	n := 0
	for lines.Scan() {
		n++
		want := fmt.Sprintf(`^\{"n":%d,"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+08:00","person":"[0-9a-f]{16}","seqNo":"SB[0-9A-F]{8}-%010d","requestId":"%s","status":200,"result":[13],"isFee":[01],"fate":"rule"\}$`, n, n, uuid)
		if !regexp.MustCompile(want).MatchString(lines.Text()) {
			t.Errorf("line %s", lines.Text())
		}
	}
	if n != 3 {
		t.Errorf("%d lines", n)
	}
	for query, status := range map[string]int{"?left=1": 200, "?left=-1": 200, "?left=-2": 400, "?left=x": 400, "": 400} {
		if res, text := get("POST", "/sandbox/quota"+query); res.StatusCode != status {
			t.Errorf("quota %q: %d %s", query, res.StatusCode, text)
		}
	}
	for query, status := range map[string]int{"?rate=100": 200, "?rate=0.5": 200, "?rate=0": 200, "?rate=-1": 400, "?rate=NaN": 400, "?rate=x": 400, "": 400} {
		if res, text := get("POST", "/sandbox/limit"+query); res.StatusCode != status {
			t.Errorf("limit %q: %d %s", query, res.StatusCode, text)
		}
	}
}
