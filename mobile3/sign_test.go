package mobile3

import (
	"context"
	"crypto/md5"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"mobile3batch/person"
)

func TestSignatureVectors(t *testing.T) {
	own := []pair{
		{"x-ca-key", "24000001"},
		{"x-ca-nonce", "c0ffee00-0000-4000-8000-000000000001"},
		{"x-ca-signature-method", "HmacSHA256"},
		{"x-ca-timestamp", "1700000000000"},
	}
	tests := map[string]struct {
		signing
		secret, want string
	}{
		"A": {signing{method: "GET", accept: "application/json", contentType: "application/json",
			headers: []pair{{"x-ca-timestamp", "1646365291734"}, {"x-ca-nonce", "787dd0c2-7bd8-41cd-9c19-62c05ea524a2"}, {"x-ca-key", "appKey"}},
			path:    "/Third/Tools/checkSign"},
			"appSecret", "EdJSFAMOWyXZOpXhevZnjuS0ZafnwnCqaSk5hz+tXo8="},
		"B": {signing{method: "GET", accept: "application/json", path: "/Third/Tools/checkSign"},
			"appSecret", "ZpJhkHdtjLTJiR6CJWHL8ikLtPB2z6CoztG21wG3PT4="},
		"C": {signing{method: "POST", accept: "application/json", contentType: "application/x-www-form-urlencoded",
			headers: []pair{{"x-ca-key", "appKey"}, {"x-ca-nonce", "ca5a6753-b76c-4fff-a9d9-e5bb643e8cdf"}, {"x-ca-timestamp", "1646646682418"}},
			path:    "/Third/User/getNyAccessToken",
			params:  []pair{{"uuid", "uuid"}, {"room_id", "6893"}, {"photo", "photo"}, {"nickname", "nickname"}}},
			"appSecret", "gmf9xq0hc95Hmt+7G+OocS009ka3v1v0rvfshKzYc3w="},
		"D": {signing{method: "POST", accept: "application/json; charset=utf-8", contentType: "application/x-www-form-urlencoded; charset=utf-8",
			date: "Wed, 09 May 2018 13:30:29 GMT+00:00",
			headers: []pair{{"x-ca-key", "203753385"}, {"x-ca-nonce", "c9f15cbf-f4ac-4a6c-b54d-f51abf4b5b44"},
				{"x-ca-signature-method", "HmacSHA256"}, {"x-ca-timestamp", "1525872629832"}},
			path:   "/http2test/test",
			params: []pair{{"param1", "test"}, {"username", "xiaoming"}, {"password", "123456789"}}},
			"123456", "FJbhmAFYz9zfl1FrThxzxBt79BvaHQIzy8Wpctn+xXE="},
		"E": {signing{method: "POST", accept: "application/json", contentType: "application/x-www-form-urlencoded; charset=UTF-8",
			headers: own, path: "/mobile3/check",
			params: []pair{{"name", "张三"}, {"mobile", "13800138000"}, {"idCard", "11010519491231002X"}}},
			"test-app-secret-0123456789abcdef", "LRnuu4w7wCOEZK9HHvM/OWXShdLk2S2StC+KtWrl3mI="},
		"F": {signing{method: "POST", accept: "application/json", contentType: "application/json; charset=UTF-8",
			contentMD5: "/WHH2gLQ+77Kz2Uac6SpaQ==", headers: own, path: "/mobile3/check"},
			"test-app-secret-0123456789abcdef", "tJJdDaxSmSlfutRNYHy8bIoqLUy8w+kFi81nxrseIkY="},
	}
	for name, test := range tests {
		if got := test.signature(NewSecret(test.secret)); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

func TestEmptyParameterIsItsKeyAlone(t *testing.T) {
	s := signing{method: "POST", path: "/p", params: []pair{{"b", ""}, {"a", "1"}}}
	if got, want := s.stringToSign(), "POST\n\n\n\n\n/p?a=1&b"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// The whole way: what the client sends gives the signatures E and F.
func TestClientSigns(t *testing.T) {
	nonce := [16]byte{0xc0, 0xff, 0xee, 0x00, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, 1}
	p := person.Person{Version: 1, Name: "张三", Mobile: "13800138000", IDCard: "11010519491231002X"}
	for body, want := range map[Body]string{
		Form:  "LRnuu4w7wCOEZK9HHvM/OWXShdLk2S2StC+KtWrl3mI=",
		JSON:  "tJJdDaxSmSlfutRNYHy8bIoqLUy8w+kFi81nxrseIkY=",
		Query: "",
	} {
		var got *http.Request
		var content []byte
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			content, _ = io.ReadAll(r.Body)
			got = r
		}))
		c := testClient(t, Config{
			Endpoint:    server.URL + "/mobile3/check",
			Body:        body,
			Credentials: Credentials{AppKey: "24000001", AppSecret: NewSecret("test-app-secret-0123456789abcdef")},
		})
		c.now = func() time.Time { return time.UnixMilli(1700000000000) }
		c.Check(context.Background(), p, nonce)
		server.Close()
		if got == nil {
			t.Fatalf("%s: no request", body)
		}
		for name, value := range map[string]string{
			"X-Ca-Key": "24000001", "X-Ca-Timestamp": "1700000000000",
			"X-Ca-Nonce": "c0ffee00-0000-4000-8000-000000000001", "X-Ca-Signature-Method": "HmacSHA256",
			"X-Ca-Signature-Headers": "x-ca-key,x-ca-nonce,x-ca-signature-method,x-ca-timestamp",
			"Authorization":          "",
		} {
			if got.Header.Get(name) != value {
				t.Errorf("%s: %s is %q", body, name, got.Header.Get(name))
			}
		}
		if signature := got.Header.Get("X-Ca-Signature"); want != "" && signature != want || signature == "" {
			t.Errorf("%s: signature %s, want %s", body, signature, want)
		}
		sum := md5.Sum(content)
		if md5 := got.Header.Get("Content-MD5"); (body == JSON) != (md5 == base64.StdEncoding.EncodeToString(sum[:])) || body != JSON && md5 != "" {
			t.Errorf("%s: Content-MD5 %q", body, md5)
		}
		if body == Query && !strings.HasPrefix(got.URL.RawQuery, "name=%E5%BC%A0%E4%B8%89&mobile=") {
			t.Errorf("query: %s", got.URL.RawQuery)
		}
	}
}
