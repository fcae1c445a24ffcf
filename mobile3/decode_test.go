package mobile3

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func gzipped(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write([]byte(s))
	w.Close()
	return b.String()
}

// broken are bodies of a 200 that hold no verdict, with what is noted of each.
var broken = []struct{ body, flaw string }{
	{"", "empty-body"},
	{" \r\n\t ", "empty-body"},
	{"\xef\xbb\xbf", "empty-body"},
	{html, "not-json"},
	{"OK", "not-json"},
	{"null", "not-object"},
	{"true", "not-object"},
	{"1", "not-object"},
	{`"1"`, "not-object"},
	{"[]", "not-object"},
	{"\u00a0" + verdict, "not-json"},
	{verdict + "\u3000", "not-json"},
	{"[" + verdict + "]", "not-object"},
	{`"{\"data\":{\"result\":1}}"`, "not-object"},
	{"{}", "result-missing"},
	{"{", "not-json"},
	{"}", "not-json"},
	{verdict[:len(verdict)-1], "not-json"},
	{verdict + "}", "not-json"},
	{verdict + verdict, "not-json"},
	{verdict + "\n" + verdict, "not-json"},
	{verdict + "x", "not-json"},
	{verdict + "\x00", "not-json"},
	{verdict + "<!-- cached -->", "not-json"},
	{"\xef\xbb\xbf\xef\xbb\xbf" + verdict, "not-json"},
	{"\xfe\xff\x00{\x00}", "not-json"},
	{"callback(" + verdict + ")", "not-json"},
	{")]}'\n" + verdict, "not-json"},
	{gzipped(verdict), "not-json"},
	{strings.ReplaceAll(verdict, `"`, `'`), "not-json"},
	{`{data:{result:1}}`, "not-json"},
	{`{"data":{"result":1,}}`, "not-json"},
	{`{"data":{"result":01}}`, "not-json"},
	{`{"data":{"result":+1}}`, "not-json"},
	{`{"data":{"result":.1}}`, "not-json"},
	{`{"data":{"result":1.}}`, "not-json"},
	{`{"data":{"result":NaN}}`, "not-json"},
	{`{"data":{"result":Infinity}}`, "not-json"},
	{`{"data":{"result":0x1}}`, "not-json"},
	{`{"data":{"result":1} /* ok */}`, "not-json"},
	{`{"data":{"result":1},"msg":NaN}`, "not-json"},
	{"{\"data\":{\"result\":1},\"msg\":\"a\nb\"}", "not-json"},
	{`{"data":{"result":1},"msg":"\x"}`, "not-json"},
	{`{"data":{"result" 1}}`, "not-json"},
	{`{"data" {"result":1}}`, "not-json"},
	{strings.Repeat("[", 20000), "not-json"},
	{strings.Repeat("[", 20000) + strings.Repeat("]", 20000), "not-json"},
	{`{"data":` + strings.Repeat(`{"data":`, 5000) + "1" + strings.Repeat("}", 5001), "result-missing"},
	{vendorRefusal, "result-missing"},
	{`{"code":"0"}`, "result-missing"},
	{`{"result":1}`, "result-missing"},
	{`{"data":{}}`, "result-missing"},
	{`{"data":[]}`, "result-missing"},
	{`{"data":[{"result":1}]}`, "result-missing"},
	{`{"data":"{\"result\":1}"}`, "result-missing"},
	{`{"data":1}`, "result-missing"},
	{`{"data":{"data":{"result":1}}}`, "result-missing"},
	{`{"data":{"Result":1}}`, "result-missing"},
	{`{"Data":{"result":1}}`, "result-missing"},
	{`{"DATA":{"RESULT":1}}`, "result-missing"},
	{`{"data":{"result ":1}}`, "result-missing"},
	{`{"data":{"result":null}}`, "result-unknown"},
	{`{"data":{"result":true}}`, "result-unknown"},
	{`{"data":{"result":false}}`, "result-unknown"},
	{`{"data":{"result":[1]}}`, "result-unknown"},
	{`{"data":{"result":{"1":1}}}`, "result-unknown"},
	{`{"data":{"result":0}}`, "result-unknown"},
	{`{"data":{"result":4}}`, "result-unknown"},
	{`{"data":{"result":-1}}`, "result-unknown"},
	{`{"data":{"result":12}}`, "result-unknown"},
	{`{"data":{"result":1.0}}`, "result-unknown"},
	{`{"data":{"result":1e0}}`, "result-unknown"},
	{`{"data":{"result":1.5}}`, "result-unknown"},
	{`{"data":{"result":257}}`, "result-unknown"},
	{`{"data":{"result":4294967297}}`, "result-unknown"},
	{`{"data":{"result":1` + strings.Repeat("0", 400) + `}}`, "result-unknown"},
	{`{"data":{"result":""}}`, "result-unknown"},
	{`{"data":{"result":" 1"}}`, "result-unknown"},
	{`{"data":{"result":"01"}}`, "result-unknown"},
	{`{"data":{"result":"1.0"}}`, "result-unknown"},
	{`{"data":{"result":"１"}}`, "result-unknown"},
	{`{"data":{"result":"一致"}}`, "result-unknown"},
	{`{"data":{"result":1,"result":2}}`, "result-twice"},
	{`{"data":{"result":1,"result":1,"result":2}}`, "result-twice"},
	{`{"data":{"result":2,"result":null}}`, "result-twice"},
	{`{"data":{"result":1,"re\u0073ult":2}}`, "result-twice"},
	{`{"data":{"result":1},"data":{"result":2}}`, "result-twice"},
	{`{"data":{"result":1},"data":null}`, "result-twice"},
	{`{"data":null,"data":{"result":1}}`, "result-twice"},
	{`{"data":{"result":1},"data":{"result":1,"resultDesc":"x"}}`, "result-twice"},
	{`{"data":{"result":1},"data":{"result":1},"data":{}}`, "result-twice"},
}

func TestBrokenBodiesAreUnusable(t *testing.T) {
	if len(broken) < 60 {
		t.Fatalf("only %d bodies", len(broken))
	}
	for _, test := range append(broken, struct{ body, flaw string }{verdict + strings.Repeat(" ", maxBody), "body-too-long"}) {
		server := replyServer(t, 200, map[string]string{"X-Ca-Request-Id": "1"}, test.body)
		c := testClient(t, Config{Endpoint: server.URL})
		out := check(c)
		if out.Class != Unusable || out.GatewayCode != test.flaw || out.Answer.Result != 0 || out.Answer.HTTPStatus != 200 {
			t.Errorf("%.60q: %v %q %d, want %q", test.body, out.Class, out.GatewayCode, out.Answer.Result, test.flaw)
		}
		c.Close()
		server.Close()
	}
}

func TestTooLongWithoutLength(t *testing.T) {
	l := listen(t)
	sent := make(chan int, 1)
	go serveRaw(l, nil, func(r *rawConn) {
		n := 0
		defer func() { sent <- n }()
		r.request()
		fmt.Fprintf(r, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n%s", verdict)
		spaces := bytes.Repeat([]byte(" "), 1<<16)
		for n < 256<<20 {
			if _, err := r.Write(spaces); err != nil {
				return
			}
			n += len(spaces)
		}
	})
	out := check(testClient(t, Config{Endpoint: "http://" + l.Addr().String()}))
	if out.Class != Unusable || out.GatewayCode != "body-too-long" {
		t.Errorf("%+v", out)
	}
	if n := <-sent; n > 32<<20 { // what the sockets hold comes on top of the limit
		t.Errorf("%d bytes were taken", n)
	}
}

func TestAnswers(t *testing.T) {
	tests := []struct {
		body string
		want Answer
	}{
		{verdict, Answer{Code: "0", IsFee: "1", SeqNo: "s-1", Result: 1, ResultDesc: "一致", MobileChannel: "cmcc"}},
		{"\xef\xbb\xbf \n" + verdict + "\r\n", Answer{Code: "0", IsFee: "1", SeqNo: "s-1", Result: 1, ResultDesc: "一致", MobileChannel: "cmcc"}},
		{`{"code":200,"isFee":true,"seqNo":123,"data":{"result":"2","resultDesc":"","mobileChannel":"gdcc"}}`,
			Answer{Code: "200", IsFee: "1", SeqNo: "123", Result: 2, MobileChannel: "gdcc"}},
		{`{"isFee":false,"seqNo":null,"data":{"result":3}}`, Answer{IsFee: "0", Result: 3}},
		{`{"isFee":"0","code":{"a":[1,{"b":2}]},"seqNo":[1,[2]],"x":{"data":{"result":2}},"data":{"x":[{"result":3}],"result":1}}`, Answer{IsFee: "0", Result: 1}},
		{`{"d\u0061ta":{"re\u0073ult":1}}`, Answer{Result: 1}},
		{`{"data":{"result":1,"result":"1"}}`, Answer{Result: 1}},
		{`{"data":{"result":1},"data":{"result":1}}`, Answer{Result: 1}},
		{`{"data":{"result":1},"Data":{"result":2},"DATA":null}`, Answer{Result: 1}},
		{`{"code":"0","code":"1","seqNo":"a","seqNo":"a","data":{"result":1}}`, Answer{SeqNo: "a", Result: 1}},
		// GBK, damaged and hidden characters: the text goes, the verdict stays.
		{"{\"data\":{\"result\":1,\"resultDesc\":\"\xd2\xbb\xd6\xc2\"}}", Answer{Result: 1}},
		{`{"seqNo":"a\ud800","data":{"result":1}}`, Answer{Result: 1}},
		{`{"seqNo":"a\u0000b\u200b\u202ec\r\n","data":{"result":1}}`, Answer{SeqNo: "abc", Result: 1}},
		// Bounds: what identifies stays whole or goes; prose is cut.
		{`{"code":"` + strings.Repeat("9", 33) + `","isFee":"` + strings.Repeat("1", 9) + `","seqNo":"` + strings.Repeat("s", 129) +
			`","data":{"result":1,"mobileChannel":"` + strings.Repeat("c", 33) + `","resultDesc":"` + strings.Repeat("字", 129) + `"}}`,
			Answer{Result: 1, ResultDesc: strings.Repeat("字", 128)}},
		{`{"code":"` + strings.Repeat("9", 32) + `","seqNo":"` + strings.Repeat("s", 128) + `","data":{"result":1}}`,
			Answer{Code: strings.Repeat("9", 32), SeqNo: strings.Repeat("s", 128), Result: 1}},
	}
	for _, test := range tests {
		server := replyServer(t, 200, map[string]string{"X-Ca-Request-Id": "A77CDCA5-CC79-46E2-863A-7B2871B7F520", "X-Mobile3-Sandbox": "1"}, test.body)
		out := check(testClient(t, Config{Endpoint: server.URL}))
		test.want.HTTPStatus, test.want.Sandbox, test.want.RequestID = 200, true, "A77CDCA5-CC79-46E2-863A-7B2871B7F520"
		if out.Class != Verdict || out.Answer != test.want || out.GatewayCode != "" || out.RequestID != test.want.RequestID {
			t.Errorf("%.80q:\n got %v %+v\nwant %+v", test.body, out.Class, out.Answer, test.want)
		}
	}
	server := replyServer(t, 200, map[string]string{"X-Mobile3-Sandbox": "0"}, verdict)
	if check(testClient(t, Config{Endpoint: server.URL})).Answer.Sandbox {
		t.Error("a sandbox without its mark")
	}
}

func FuzzDecode(f *testing.F) {
	for _, b := range broken {
		f.Add([]byte(b.body))
	}
	f.Add([]byte(verdict))
	f.Fuzz(func(t *testing.T, body []byte) {
		r := decode(body)
		if (r.flaw == "") != (r.result != 0) || r.result < 0 || r.result > 3 {
			t.Fatalf("flaw %q with result %d", r.flaw, r.result)
		}
		if !r.object {
			if r.flaw == "" {
				t.Fatal("a verdict outside an object")
			}
			return
		}
		// Another reader sees the same: a map is exact about case.
		var all map[string]any
		other := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(body, utf8BOM)))
		other.UseNumber()
		if err := other.Decode(&all); err != nil {
			t.Fatalf("an object that is none: %v", err)
		}
		if r.flaw == "" {
			data, _ := all["data"].(map[string]any)
			if got := fmt.Sprint(data["result"]); got != fmt.Sprint(r.result) {
				t.Fatalf("result %d, another reader says %s", r.result, got)
			}
		}
		for _, field := range []once{r.code, r.isFee, r.seqNo, r.resultDesc, r.mobileChannel} {
			clean := newScrubber(someone, NewSecret(appCode))
			if text := clean.prose(field.text, 128); clean.holdsPrivate(text) || len([]rune(text)) > 128 {
				t.Fatal("a text came out that should not")
			}
		}
	})
}
