package sandbox

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestSignatureVectors(t *testing.T) {
	const formType = "application/x-www-form-urlencoded"
	person := url.Values{"name": {"张三"}, "mobile": {"13800138000"}, "idCard": {"11010519491231002X"}}.Encode()
	own := map[string]string{
		"Accept": "application/json", "Content-Type": formType + "; charset=UTF-8",
		"x-ca-key": "24000001", "x-ca-nonce": "c0ffee00-0000-4000-8000-000000000001",
		"x-ca-signature-method": "HmacSHA256", "x-ca-timestamp": "1700000000000",
	}
	tests := []struct {
		name, method, target, body string
		header                     map[string]string
		secret, want               string
	}{
		{"A", "GET", "/Third/Tools/checkSign", "", map[string]string{
			"Accept": "application/json", "Content-Type": "application/json", "x-ca-key": "appKey",
			"x-ca-nonce": "787dd0c2-7bd8-41cd-9c19-62c05ea524a2", "x-ca-timestamp": "1646365291734",
		}, "appSecret", "EdJSFAMOWyXZOpXhevZnjuS0ZafnwnCqaSk5hz+tXo8="},
		{"B", "GET", "/Third/Tools/checkSign", "", map[string]string{"Accept": "application/json"},
			"appSecret", "ZpJhkHdtjLTJiR6CJWHL8ikLtPB2z6CoztG21wG3PT4="},
		{"C", "POST", "/Third/User/getNyAccessToken", "uuid=uuid&room_id=6893&photo=photo&nickname=nickname", map[string]string{
			"Accept": "application/json", "Content-Type": formType, "x-ca-key": "appKey",
			"x-ca-nonce": "ca5a6753-b76c-4fff-a9d9-e5bb643e8cdf", "x-ca-timestamp": "1646646682418",
		}, "appSecret", "gmf9xq0hc95Hmt+7G+OocS009ka3v1v0rvfshKzYc3w="},
		{"D", "POST", "/http2test/test?param1=test", "username=xiaoming&password=123456789", map[string]string{
			"Accept": "application/json; charset=utf-8", "Content-Type": formType + "; charset=utf-8",
			"Date": "Wed, 09 May 2018 13:30:29 GMT+00:00", "x-ca-key": "203753385",
			"x-ca-nonce": "c9f15cbf-f4ac-4a6c-b54d-f51abf4b5b44", "x-ca-signature-method": "HmacSHA256", "x-ca-timestamp": "1525872629832",
		}, "123456", "FJbhmAFYz9zfl1FrThxzxBt79BvaHQIzy8Wpctn+xXE="},
		{"E", "POST", checkPath, person, own, "test-app-secret-0123456789abcdef", "LRnuu4w7wCOEZK9HHvM/OWXShdLk2S2StC+KtWrl3mI="},
		{"F", "POST", checkPath, `{"name":"张三","mobile":"13800138000","idCard":"11010519491231002X"}`, with(own, map[string]string{
			"Content-Type": "application/json; charset=UTF-8", "Content-MD5": "/WHH2gLQ+77Kz2Uac6SpaQ==",
		}), "test-app-secret-0123456789abcdef", "tJJdDaxSmSlfutRNYHy8bIoqLUy8w+kFi81nxrseIkY="},
	}
	for _, tt := range tests {
		r := httptest.NewRequest(tt.method, tt.target, nil)
		var signed []string
		for name, value := range tt.header {
			r.Header.Set(name, value)
			signed = append(signed, name)
		}
		r.Header.Set("X-Ca-Signature-Headers", strings.Join(signed, ", "))
		text := stringToSign(r, []byte(tt.body))
		if got := base64.StdEncoding.EncodeToString(sign(text, "HmacSHA256", tt.secret)); got != tt.want {
			t.Errorf("%s: %s over %q", tt.name, got, text)
		}
		if md5 := r.Header.Get("Content-Md5"); md5 != "" && md5 != contentMD5([]byte(tt.body)) {
			t.Errorf("%s: Content-MD5 %s", tt.name, contentMD5([]byte(tt.body)))
		}
	}
}

func with(a, b map[string]string) map[string]string {
	all := map[string]string{}
	for _, m := range []map[string]string{a, b} {
		for k, v := range m {
			all[k] = v
		}
	}
	return all
}

var signingTime = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// signedRequest is written apart from the code under test, byte by byte.
func signedRequest(target, contentType, body, resource, method string, at time.Time) *http.Request {
	r := request("POST", target, contentType, body)
	r.Header.Del("Authorization")
	stamp := strconv.FormatInt(at.UnixMilli(), 10)
	md5 := ""
	if strings.Contains(contentType, "json") {
		md5 = contentMD5([]byte(body))
		r.Header.Set("Content-MD5", md5)
	}
	r.Header.Set("Accept", "application/json")
	r.Header.Set("X-Ca-Key", "sandbox-key")
	r.Header.Set("X-Ca-Timestamp", stamp)
	r.Header.Set("X-Ca-Signature-Headers", "x-ca-timestamp,x-ca-key")
	if method != "" {
		r.Header.Set("X-Ca-Signature-Method", method)
	}
	text := "POST\napplication/json\n" + md5 + "\n" + contentType + "\n\nx-ca-key:sandbox-key\nx-ca-timestamp:" + stamp + "\n" + resource
	r.Header.Set("X-Ca-Signature", base64.StdEncoding.EncodeToString(sign(text, method, "sandbox-secret")))
	return r
}

func TestSignature(t *testing.T) {
	const (
		formType  = "application/x-www-form-urlencoded; charset=UTF-8"
		jsonType  = "application/json; charset=UTF-8"
		formPath  = "/mobile3/check?idCard=11010119900101001X&mobile=15400000001&name=测试甲"
		jsonBody  = `{"name":"测试甲","mobile":"15400000001","idCard":"11010119900101001X"}`
		bare      = "/mobile3/check"
		tolerance = 15 * time.Minute
	)
	good := form("15400000001")
	cfg := Defaults()
	cfg.Now = func() time.Time { return signingTime }
	s := newSandbox(t, cfg)
	formSigned := func(at time.Time) *http.Request {
		return signedRequest(checkPath, formType, good, formPath, "", at)
	}
	changed := func(header, value string) *http.Request {
		r := formSigned(signingTime)
		r.Header.Set(header, value)
		return r
	}
	otherBody := func(contentType, resource, signed, sent string) *http.Request {
		r := signedRequest(checkPath, contentType, signed, resource, "", signingTime)
		r2 := request("POST", checkPath, contentType, sent)
		r2.Header = r.Header
		return r2
	}
	tests := []struct {
		name   string
		r      *http.Request
		status int
		code   string
	}{
		{"form", formSigned(signingTime), 200, ""},
		{"sha1", signedRequest(checkPath, formType, good, formPath, "HmacSHA1", signingTime), 200, ""},
		{"sha256 named", signedRequest(checkPath, formType, good, formPath, "HmacSHA256", signingTime), 200, ""},
		{"json", signedRequest(checkPath, jsonType, jsonBody, bare, "", signingTime), 200, ""},
		{"query", signedRequest(checkPath+"?"+good, "", "", formPath, "", signingTime), 200, ""},
		{"empty value", signedRequest(checkPath+"?a=&z", formType, good, strings.Replace(formPath, "?", "?a&", 1)+"&z", "", signingTime), 200, ""},
		{"a quarter ago", formSigned(signingTime.Add(-tolerance)), 200, ""},
		{"in a quarter", formSigned(signingTime.Add(tolerance)), 200, ""},
		{"too old", formSigned(signingTime.Add(-tolerance - time.Millisecond)), 403, "S403TE"},
		{"too new", formSigned(signingTime.Add(tolerance + time.Millisecond)), 403, "S403TE"},
		{"no time", changed("X-Ca-Timestamp", "soon"), 400, "I400HD"},
		{"unknown key", changed("X-Ca-Key", "other"), 400, "A400IK"},
		{"unknown method", changed("X-Ca-Signature-Method", "MD5"), 403, "A403IS"},
		{"no signature", changed("X-Ca-Signature", ""), 400, "A400MA"},
		{"not base64", changed("X-Ca-Signature", "%%"), 403, "A403IS"},
		{"other accept", changed("Accept", "*/*"), 403, "A403IS"},
		{"other body", otherBody(formType, formPath, good, form("15400000002")), 403, "A403IS"},
		{"other json", otherBody(jsonType, bare, jsonBody, strings.Replace(jsonBody, "001X", "0028", 1)), 400, "I400I5"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { wantCode(t, serve(s, tt.r), tt.status, tt.code) })
	}
	wantBilled(t, s, 8)
}

func TestInvalidSignatureGivesTheParametersAway(t *testing.T) {
	for dialect, status := range map[Dialect]int{DialectNew: 403, DialectLegacy: 400} {
		cfg := Defaults()
		cfg.Dialect = dialect
		s := start(t, cfg)
		c := dial(t, s)
		c.post("15400000001", "Authorization: none", "Accept: application/json", "X-Ca-Key: sandbox-key", "X-Ca-Signature: AAAA", "X-Ca-Signature-Headers: X-Ca-Key, Accept")
		// The first Authorization counts: a signature is looked at only without an AppCode.
		res, _, err := c.answer()
		if err != nil || res.StatusCode != 200 {
			t.Fatalf("%v %v", res, err)
		}
		r, _ := http.NewRequest("POST", s.URL(), strings.NewReader(form("15400000001")))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Accept", "application/json")
		r.Header.Set("X-Ca-Key", "sandbox-key")
		r.Header.Set("X-Ca-Signature", "AAAA")
		r.Header.Set("X-Ca-Signature-Headers", "X-Ca-Key, Accept")
		res, err = http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		want := "Invalid Signature, Server StringToSign:`POST#application/json##application/x-www-form-urlencoded##X-Ca-Key:sandbox-key#/mobile3/check?idCard=11010119900101001X&mobile=15400000001&name=测试甲`"
		if got := res.Header.Get("X-Ca-Error-Message"); res.StatusCode != status || got != want {
			t.Errorf("%s: %d %q", dialect, res.StatusCode, got)
		}
	}
}

func TestHeaderSafe(t *testing.T) {
	if got := headerSafe("a\nb\r\x00\x7f测"); got != "a#b   测" {
		t.Errorf("%q", got)
	}
}

func TestNonce(t *testing.T) {
	now := signingTime
	cfg := Defaults()
	cfg.ForceNonce = true
	cfg.Now = func() time.Time { return now }
	s := newSandbox(t, cfg)
	try := func(nonce, body string) *httptest.ResponseRecorder {
		r := request("POST", checkPath, "application/x-www-form-urlencoded", body)
		if nonce != "" {
			r.Header.Set("X-Ca-Nonce", nonce)
		}
		return serve(s, r)
	}
	good := form("15400000001")
	wantCode(t, try("", good), 400, "I400NC")
	wantCode(t, try("a", good), 200, "")
	wantCode(t, try("a", good), 403, "S403NU")
	wantCode(t, try("a", "name=x"), 403, "S403NU") // before the parameters are looked at
	wantCode(t, try("b", "name=x"), 400, "I400MP") // and burnt all the same
	wantCode(t, try("b", good), 403, "S403NU")
	now = now.Add(nonceWindow - time.Nanosecond)
	wantCode(t, try("a", good), 403, "S403NU")
	now = now.Add(time.Nanosecond)
	wantCode(t, try("a", good), 200, "")
	wantBilled(t, s, 2)
}

func TestNonceIsNotLookedAtUnlessForced(t *testing.T) {
	s := newSandbox(t, Defaults())
	for range 2 {
		r := formRequest("15400000001")
		r.Header.Set("X-Ca-Nonce", "a")
		wantCode(t, serve(s, r), 200, "")
	}
}

func TestNoncesAreForgotten(t *testing.T) {
	var n nonces
	now := signingTime
	const perMinute, minutes = 500, 60
	for i := range perMinute * minutes {
		if !n.use(strconv.Itoa(i), now) {
			t.Fatalf("nonce %d is not new", i)
		}
		if i%perMinute == perMinute-1 {
			now = now.Add(time.Minute)
		}
	}
	if len(n.seen) != perMinute*15 || len(n.order)-n.head != perMinute*15 || len(n.order) > 2*perMinute*15+1024 {
		t.Errorf("%d seen, %d in order from %d", len(n.seen), len(n.order), n.head)
	}
	if n.use(strconv.Itoa(perMinute*minutes-1), now) || !n.use("0", now) {
		t.Error("forgot the wrong ones")
	}
}
