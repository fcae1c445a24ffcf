package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// seen is what one attempt looks like from outside.
type seen struct {
	status int // 0: no answer
	code   string
	body   string // SEQ stands for the seqNo
	err    error
}

var errReset = errors.New("connection reset")

// wasReset knows both numbers a reset has: syscall.ECONNRESET is not Windows' own.
func wasReset(err error) bool {
	const windows = syscall.Errno(10054)
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, windows)
}

const (
	yes = `{"code":"0","msg":"成功","isFee":1,"seqNo":"SEQ","data":{"result":1,"resultDesc":"一致","mobileChannel":"cmcc"}}`
	no  = `{"code":"0","msg":"成功","isFee":1,"seqNo":"SEQ","data":{"result":2,"resultDesc":"不一致","mobileChannel":"cmcc"}}`
)

func nothing(channel string) string {
	return `{"code":"0","msg":"成功","isFee":0,"seqNo":"SEQ","data":{"result":3,"resultDesc":"无记录","mobileChannel":"` + channel + `"}}`
}

var wantSeen = map[string][]seen{
	"match":                {{200, "", yes, nil}},
	"mismatch":             {{200, "", no, nil}},
	"no-record":            {{200, "", nothing("cmcc"), nil}},
	"throttled-once":       {{429, "T429PR", "", nil}, {200, "", yes, nil}, {200, "", yes, nil}},
	"quota-gone":           {{403, "B403MQ", "", nil}},
	"dropped-before":       {{err: errReset}},
	"dropped-after":        {{err: io.EOF}},
	"half-answer":          {{200, "", "", io.ErrUnexpectedEOF}},
	"html":                 {{200, "", "<html><body><h1>系统维护中</h1></body></html>\n", nil}},
	"slow":                 {{200, "", yes, nil}},
	"code-99":              {{200, "", `{"code":"99","msg":"其他异常","isFee":0,"seqNo":"SEQ"}`, nil}},
	"rejected":             {{400, "", `{"code":"1","msg":"参数错误","isFee":0,"seqNo":"SEQ","data":null}`, nil}},
	"backend-timeout":      {{504, "D504TO", "", nil}, {504, "D504TO", "", nil}},
	"breaker-once":         {{503, "D503CB", "", nil}, {200, "", yes, nil}},
	"busy-once":            {{503, "X503BZ", "", nil}, {200, "", yes, nil}},
	"redirect":             {{302, "", "", nil}},
	"no-record-450":        {{450, "", nothing("cmcc"), nil}},
	"internal-error":       {{500, "X500ER", "", nil}},
	"too-slow":             {{200, "", yes, nil}},
	"package-expired":      {{403, "B403ME", "", nil}},
	"result-text":          {{200, "", strings.Replace(yes, `"result":1`, `"result":"1"`, 1), nil}},
	"other-types":          {{200, "", strings.NewReplacer(`"isFee":1`, `"isFee":true`, `"code":"0"`, `"code":0`).Replace(yes), nil}},
	"slow-body":            {{200, "", yes, nil}},
	"reset-after":          {{err: errReset}},
	"backend-closed":       {{504, "D504CO", "", nil}},
	"backend-refused-once": {{504, "D504CO", "", nil}, {200, "", yes, nil}},
	"proxy-error":          {{502, "", "<html><head><title>502 Bad Gateway</title></head></html>\n", nil}},
	"empty-answer":         {{200, "", "", nil}},
}

var slowFates = map[string]time.Duration{
	"slow":      3 * time.Second,
	"too-slow":  45 * time.Second,
	"slow-body": 3 * time.Second,
}

// billedBy is how many of the attempts end up on the bill: those answered 2xx,
// or never answered although counted.
func billedBy(f Fate, attempts []seen) int {
	if !f.Billed {
		return 0
	}
	n := 0
	for _, a := range attempts {
		if a.status/100 == 2 || a.err != nil {
			n++
		}
	}
	return n
}

func TestFatesAreAllDescribed(t *testing.T) {
	if len(Fates) < 22 || len(Fates) != len(wantSeen) {
		t.Fatalf("%d fates, %d expectations", len(Fates), len(wantSeen))
	}
	for i, f := range Fates {
		if want := fmt.Sprintf("194000000%02d", i+1); f.Mobile != want || fateOf(f.Mobile) != &Fates[i] {
			t.Errorf("fate %d has mobile %s, want %s", i, f.Mobile, want)
		}
		if f.Name == "" || f.ZH == "" || f.EN == "" || strings.ContainsAny(f.Name, "\"\\ ") {
			t.Errorf("fate %s: name or description wanting", f.Mobile)
		}
		if wantSeen[f.Name] == nil {
			t.Errorf("fate %s is not tested", f.Name)
		}
	}
	for _, mobile := range []string{"19400000000", "19400000029", "19400000099", "19400000101", "1940000000", "29400000001"} {
		if fateOf(mobile) != nil {
			t.Errorf("%s has a fate", mobile)
		}
	}
}

func TestFatesOnTheWire(t *testing.T) {
	for _, f := range Fates {
		if slowFates[f.Name] != 0 {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			cfg := Defaults()
			cfg.Bill = billPath(t)
			s := start(t, cfg)
			for i, want := range wantSeen[f.Name] {
				c := dial(t, s)
				c.post(f.Mobile)
				res, body, err := c.answer()
				checkSeen(t, fmt.Sprintf("attempt %d", i+1), want, res, body, err)
			}
			checkLines(t, s.Sandbox, f)
			if requests, _ := s.Calls(); requests != len(wantSeen[f.Name]) {
				t.Errorf("%d requests", requests)
			}
		})
	}
}

func checkSeen(t *testing.T, what string, want seen, res *http.Response, body string, err error) {
	t.Helper()
	if want.err == errReset && wasReset(err) {
		return
	}
	if !errors.Is(err, want.err) {
		t.Fatalf("%s: error %v, want %v", what, err, want.err)
	}
	if res == nil {
		if want.status != 0 {
			t.Fatalf("%s: no answer, want %d", what, want.status)
		}
		return
	}
	if got := res.Header.Get("X-Ca-Error-Code"); res.StatusCode != want.status || got != want.code {
		t.Fatalf("%s: %d %q, want %d %q", what, res.StatusCode, got, want.status, want.code)
	}
	if res.Header.Get("X-Mobile3-Sandbox") != "1" {
		t.Errorf("%s: no X-Mobile3-Sandbox", what)
	}
	if proxied := want.status == 502; proxied == (res.Header.Get("X-Ca-Request-Id") != "") {
		t.Errorf("%s: X-Ca-Request-Id is %q", what, res.Header.Get("X-Ca-Request-Id"))
	}
	if want.err == nil {
		checkBody(t, what, want.body, body)
	}
}

func checkBody(t *testing.T, what, want, body string) {
	t.Helper()
	var parsed struct{ SeqNo string }
	json.Unmarshal([]byte(body), &parsed) // only some bodies are JSON
	if strings.Contains(want, "SEQ") && len(parsed.SeqNo) < 20 {
		t.Errorf("%s: seqNo %q", what, parsed.SeqNo)
	}
	if want = strings.Replace(want, "SEQ", parsed.SeqNo, 1); body != want {
		t.Errorf("%s: body\n%s\nwant\n%s", what, body, want)
	}
}

func checkLines(t *testing.T, s *Sandbox, f Fate) {
	t.Helper()
	want := billedBy(f, wantSeen[f.Name])
	wantBilled(t, s, want)
	if f.Billed && want == 0 {
		t.Error("a counted fate was never counted: the test has lost its point")
	}
	lines, _ := s.Bill()
	for _, l := range lines {
		if l.Fate != f.Name || l.Status != 200 || l.Person != s.Digest(testName, f.Mobile, testIDCard) {
			t.Errorf("line %+v", l)
		}
		if f.Result != 0 && (l.Result != f.Result || l.IsFee != fee(f.Result)) {
			t.Errorf("line %+v, want result %d", l, f.Result)
		}
	}
}

func TestSlowFates(t *testing.T) {
	tested := 0
	for _, f := range Fates {
		if slowFates[f.Name] == 0 {
			continue
		}
		tested++
		t.Run(f.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSandbox(t, Defaults())
				began := time.Now()
				w := serve(s, formRequest(f.Mobile))
				if took := time.Since(began); took != slowFates[f.Name] {
					t.Errorf("took %v, want %v", took, slowFates[f.Name])
				}
				checkSeen(t, "answer", wantSeen[f.Name][0], w.Result(), w.Body.String(), nil)
				checkLines(t, s, f)
			})
		})
	}
	if tested != len(slowFates) {
		t.Errorf("%d slow fates tested", tested)
	}
}

func TestOnceIsOncePerPerson(t *testing.T) {
	s := newSandbox(t, Defaults())
	wantCode(t, serve(s, formRequest("19400000004")), 429, "T429PR")
	other := strings.Replace(form("19400000004"), "001X", "0028", 1)
	r := func() *http.Request {
		return request("POST", checkPath, "application/x-www-form-urlencoded", other)
	}
	wantCode(t, serve(s, r()), 429, "T429PR")
	wantCode(t, serve(s, r()), 200, "")
	wantCode(t, serve(s, formRequest("19400000004")), 200, "")
}

func TestNoTestMobiles(t *testing.T) {
	cfg := Defaults()
	cfg.NoTestMobiles = true
	s := newSandbox(t, cfg)
	for _, f := range Fates {
		w := serve(s, formRequest(f.Mobile))
		result, _ := Rule(f.Mobile)
		if w.Code != 200 || !strings.Contains(w.Body.String(), fmt.Sprintf(`"result":%d,`, result)) {
			t.Errorf("%s: %d %s", f.Name, w.Code, w.Body)
		}
	}
	wantBilled(t, s, len(Fates))
}

func TestNoRecordAs450(t *testing.T) {
	cfg := Defaults()
	cfg.NoRecord = 450
	s := newSandbox(t, cfg)
	for mobile, channel := range map[string]string{"19400000003": "cmcc", "15400000099": "gdcc"} {
		w := serve(s, formRequest(mobile))
		if w.Code != 450 {
			t.Errorf("%s: %d", mobile, w.Code)
		}
		checkBody(t, mobile, nothing(channel), w.Body.String())
	}
	wantBilled(t, s, 0)
	wantCode(t, serve(s, formRequest("15400000097")), 200, "")
	wantBilled(t, s, 1)
}

func TestHangUpWithoutHijack(t *testing.T) {
	s := newSandbox(t, Defaults())
	defer func() {
		if recover() != http.ErrAbortHandler {
			t.Error("not aborted")
		}
	}()
	serve(s, formRequest("19400000006"))
}

func TestRejectedParameters(t *testing.T) {
	s := newSandbox(t, Defaults())
	for _, body := range []string{
		form("1540000000"), form("154000000000"), form("1540000000x"), form("１５４０００００００１"),
		"name=%CE%D2&mobile=15400000001&idCard=1", // GBK
	} {
		w := serve(s, request("POST", checkPath, "application/x-www-form-urlencoded", body))
		if w.Code != 400 || w.Header().Get("X-Ca-Error-Code") != "" {
			t.Errorf("%s: %d %v", body, w.Code, w.Header())
		}
		checkBody(t, body, wantSeen["rejected"][0].body, w.Body.String())
	}
	wantBilled(t, s, 0)
}

func TestRule(t *testing.T) {
	s := newSandbox(t, Defaults())
	const results, channels = "1111111223", "ccccuuuttg"
	name := map[byte]string{'c': "cmcc", 'u': "cucc", 't': "ctcc", 'g': "gdcc"}
	for before := range 10 {
		for last := range 10 {
			mobile := fmt.Sprintf("164123450%d%d", before, last)
			result, channel := int(results[last]-'0'), name[channels[before]]
			if r, c := Rule(mobile); r != result || c != channel {
				t.Errorf("%s: %d %s", mobile, r, c)
			}
			want := fmt.Sprintf(`{"code":"0","msg":"成功","isFee":%d,"seqNo":"SEQ","data":{"result":%d,"resultDesc":"%s","mobileChannel":"%s"}}`,
				map[int]int{1: 1, 2: 1, 3: 0}[result], result, map[int]string{1: "一致", 2: "不一致", 3: "无记录"}[result], channel)
			var w *httptest.ResponseRecorder = serve(s, formRequest(mobile))
			wantCode(t, w, 200, "")
			checkBody(t, mobile, want, w.Body.String())
		}
	}
	for _, mobile := range []string{"", "1", "1540000000x", "154000000001"} {
		if r, c := Rule(mobile); r != 0 || c != "" {
			t.Errorf("%q: %d %s", mobile, r, c)
		}
	}
	wantBilled(t, s, 100)
	lines, _ := s.Bill()
	for i, l := range lines {
		if l.Fate != "rule" || l.Result != int(results[i%10]-'0') || l.N != i+1 {
			t.Errorf("line %+v", l)
		}
	}
}
