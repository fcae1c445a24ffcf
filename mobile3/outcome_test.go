package mobile3

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// A server that repeats everything it was sent, everywhere.
func TestNothingOfThePersonComesOut(t *testing.T) {
	canaries := map[string]string{"name": someone.Name, "mobile": someone.Mobile, "idCard": someone.IDCard,
		"idCard in lower case": strings.ToLower(someone.IDCard), "AppCode": appCode,
		"escaped name": url.QueryEscape(someone.Name), "escaped mobile": "%31" + someone.Mobile[1:],
		"mobile with a hidden character": someone.Mobile[:3] + "\u200b" + someone.Mobile[3:]}
	seen := 0
	for what, canary := range canaries {
		for _, around := range []string{"%s", "x%sy", "seq-%s-1"} {
			text := fmt.Sprintf(around, canary)
			quoted, _ := json.Marshal(text)
			body := fmt.Sprintf(`{"code":%[1]s,"msg":%[1]s,"isFee":%[1]s,"seqNo":%[1]s,"data":{"result":RESULT,"resultDesc":%[1]s,"mobileChannel":%[1]s,%[1]s:1},%[1]s:2}`, quoted)
			for _, status := range []int{200, 302, 400, 403, 404, 429, 450, 500, 504} {
				for _, result := range []string{"1", "9", string(quoted)} {
					for _, code := range []string{"", text, "D504CO", "A403IS"} {
						server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
							io.Copy(io.Discard, r.Body)
							for _, h := range []string{"X-Ca-Error-Message", "X-Ca-Request-Id", "Server", "Location", "X-Mobile3-Sandbox", "Content-Type"} {
								w.Header().Set(h, text)
							}
							if code != "" {
								w.Header().Set("X-Ca-Error-Code", code)
							}
							w.WriteHeader(status)
							io.WriteString(w, strings.Replace(body, "RESULT", result, 1))
						}))
						c := testClient(t, Config{Endpoint: server.URL})
						out := check(c)
						c.Close()
						server.Close()
						seen++
						shown := strings.ToUpper(fmt.Sprintf("%+v %#v", out, out))
						for _, private := range []string{canary, someone.Name, someone.Mobile, someone.IDCard, appCode} {
							if strings.Contains(shown, strings.ToUpper(private)) {
								t.Fatalf("%s, %d, code %v: it comes out", what, status, code != "")
							}
						}
						if out.Answer.HTTPStatus != status {
							t.Fatalf("%s: no answer", what)
						}
					}
				}
			}
		}
	}
	if seen < 2000 {
		t.Fatalf("only %d answers", seen)
	}
}

func TestScrubber(t *testing.T) {
	s := newScrubber(someone, NewSecret("short"))
	for text, want := range map[string]string{
		"seq-short-1": "seq-short-1", // a short AppCode stands in other texts by chance
		"100%":        "",            // can't be unescaped whole
		"a%20b":       "a%20b",
		"核验一致":        "核验一致",
		"张三 一致":       "",
		"张 三":         "张 三",
		"\x1b[31mred": "[31mred",
	} {
		if got := s.prose(text, 128); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]string{
		"A77CDCA5-CC79": "A77CDCA5-CC79", "a b": "", "a_b": "", "A\nB": "", "编号": "", "": "",
		"\u212a-":               "", // the Kelvin sign is no letter of a UUID
		strings.Repeat("a", 64): strings.Repeat("a", 64),
		strings.Repeat("a", 65): "", "x" + someone.Mobile: "",
	} {
		if got := s.requestID(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
