package mobile3

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"mobile3batch/person"
)

func TestBodiesToTheByte(t *testing.T) {
	tests := []struct {
		p          person.Person
		form, json string
	}{
		{person.Person{Name: "张三", Mobile: "15400000001", IDCard: "11010519491231002X"},
			"name=%E5%BC%A0%E4%B8%89&mobile=15400000001&idCard=11010519491231002X",
			`{"name":"张三","mobile":"15400000001","idCard":"11010519491231002X"}`},
		{person.Person{Name: "阿卜杜拉·买买提", Mobile: "16100000002", IDCard: "110101199003070001"},
			"name=%E9%98%BF%E5%8D%9C%E6%9D%9C%E6%8B%89%C2%B7%E4%B9%B0%E4%B9%B0%E6%8F%90&mobile=16100000002&idCard=110101199003070001",
			`{"name":"阿卜杜拉·买买提","mobile":"16100000002","idCard":"110101199003070001"}`},
		{person.Person{Name: "𠮷 &=+%", Mobile: "", IDCard: ""},
			"name=%F0%A0%AE%B7+%26%3D%2B%25&mobile=&idCard=",
			`{"name":"𠮷 &=+%","mobile":"","idCard":""}`},
		{person.Person{Name: "a\"\\<\n", Mobile: "1", IDCard: "2"},
			"name=a%22%5C%3C%0A&mobile=1&idCard=2",
			`{"name":"a\"\\<\u000a","mobile":"1","idCard":"2"}`},
	}
	for _, test := range tests {
		for body, want := range map[Body]string{Form: test.form, JSON: test.json, Query: ""} {
			var got []byte
			var r *http.Request
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
				got, _ = io.ReadAll(req.Body)
				r = req
			}))
			c := testClient(t, Config{Endpoint: server.URL + "/mobile3/check", Body: body, UserAgent: "mobile3batch/1 test"})
			c.Check(context.Background(), test.p, [16]byte{15: 7})
			server.Close()
			if r == nil {
				t.Fatalf("%s: no request", body)
			}
			if string(got) != want || r.ContentLength != int64(len(want)) || len(r.TransferEncoding) > 0 {
				t.Errorf("%s: %q (%d, %v), want %q", body, got, r.ContentLength, r.TransferEncoding, want)
			}
			if query := r.URL.RawQuery; body == Query && query != test.form || body != Query && query != "" {
				t.Errorf("%s: query %q", body, query)
			}
			if r.Method != "POST" || r.URL.Path != "/mobile3/check" || r.Proto != "HTTP/1.1" {
				t.Errorf("%s: %s %s %s", body, r.Method, r.URL.Path, r.Proto)
			}
			wantHeader := http.Header{
				"Accept": {"application/json"}, "Accept-Encoding": {"identity"},
				"Authorization": {"APPCODE " + appCode}, "User-Agent": {"mobile3batch/1 test"},
				"X-Ca-Nonce":     {"00000000-0000-0000-0000-000000000007"},
				"Content-Length": {"0"},
			}
			wantHeader["Content-Length"] = r.Header["Content-Length"]
			if contentTypes[body] != "" {
				wantHeader.Set("Content-Type", contentTypes[body])
			}
			if !maps.EqualFunc(r.Header, wantHeader, slices.Equal) {
				t.Errorf("%s: header %v, want %v", body, r.Header, wantHeader)
			}
		}
	}
	if Form := contentTypes[Form]; Form != "application/x-www-form-urlencoded; charset=UTF-8" {
		t.Error(Form)
	}
	if JSON := contentTypes[JSON]; JSON != "application/json; charset=UTF-8" {
		t.Error(JSON)
	}
}

func TestJSONBodyIsJSON(t *testing.T) {
	for r := rune(0); r < 0x3000; r++ {
		want := "a" + string(r) + "b"
		var got struct{ Name string }
		if err := json.Unmarshal(encodeJSON(person.Person{Name: want}), &got); err != nil || got.Name != want {
			t.Fatalf("%U: %q, %v", r, got.Name, err)
		}
	}
}

// What would make net/http send a POST twice must not be there.
func TestRequestCantBeReplayed(t *testing.T) {
	c := testClient(t, Config{})
	for _, body := range []Body{Form, JSON, Query} {
		c.body = body
		r := c.request(context.Background(), someone, freshNonce())
		if r.GetBody != nil || r.Header.Get("Idempotency-Key") != "" || r.Header.Get("X-Idempotency-Key") != "" || r.Header.Get("Expect") != "" {
			t.Errorf("%s: the request may be sent again", body)
		}
	}
	if p := c.transport.Protocols; p == nil || p.HTTP2() || p.UnencryptedHTTP2() || !p.HTTP1() {
		t.Error("not HTTP/1.1 alone")
	}
	if c.transport.Proxy != nil || !c.transport.DisableCompression {
		t.Error("the transport uses a proxy or compression")
	}
}
