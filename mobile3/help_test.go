package mobile3

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"mobile3batch/person"
)

// Synthetic: the mobile's segment is not assigned.
var someone = person.Person{Version: 1, Name: "张三", Mobile: "15400000001", IDCard: "11010519491231002X"}

const (
	appCode = "0123456789abcdef0123456789abcdef"
	verdict = `{"code":"0","msg":"成功","isFee":1,"seqNo":"s-1","data":{"result":1,"resultDesc":"一致","mobileChannel":"cmcc"}}`
)

var nonces atomic.Uint32

func freshNonce() (n [16]byte) {
	v := nonces.Add(1)
	n[0], n[1], n[2], n[3], n[15] = byte(v>>24), byte(v>>16), byte(v>>8), byte(v), 1
	return n
}

func testClient(t testing.TB, cfg Config) *Client {
	t.Helper()
	if cfg.AppCode.Empty() && cfg.AppKey == "" {
		cfg.AppCode = NewSecret(appCode)
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 5 * time.Second
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func check(c *Client) Outcome { return c.Check(context.Background(), someone, freshNonce()) }

// reply answers everything with one answer.
func replyServer(t testing.TB, status int, header map[string]string, body string) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		for k, v := range header {
			w.Header().Set(k, v)
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}))
	t.Cleanup(s.Close)
	return s
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}
