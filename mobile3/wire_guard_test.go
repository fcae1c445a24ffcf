package mobile3

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// What would make net/http send a POST twice, looked for in the request it is
// given and in the bytes that leave.
func TestNothingAllowsASecondSend(t *testing.T) {
	credentials := map[string]Credentials{
		"AppCode":   {AppCode: NewSecret(appCode)},
		"signature": {AppKey: "203753385", AppSecret: NewSecret("a-secret")},
	}
	for name, secret := range credentials {
		for _, body := range []Body{Form, JSON, Query} {
			t.Run(name+", "+string(body), func(t *testing.T) {
				l := listen(t)
				var sent bytes.Buffer
				var serving sync.WaitGroup
				serving.Go(func() {
					serveRaw(l, nil, func(r *rawConn) {
						r.request()
						r.say(whole)
						r.rest()
						sent.Write(r.heard.Bytes())
					})
				})
				c := testClient(t, Config{Endpoint: "http://" + l.Addr().String() + "/mobile3/check", Body: body, Credentials: secret})
				nonce := freshNonce()
				if out := c.Check(t.Context(), somebody(nonce), nonce); out.Class != Verdict {
					t.Errorf("%+v", out)
				}
				given := c.request(context.Background(), somebody(nonce), nonce)
				c.Close()
				l.Close()
				serving.Wait()
				if given.GetBody != nil || given.Method != "POST" || given.ProtoMajor != 1 {
					t.Error("the request can be made again")
				}
				head, _, found := strings.Cut(sent.String(), "\r\n\r\n")
				if !found || !strings.HasPrefix(head, "POST /mobile3/check") {
					t.Fatal("no request")
				}
				for line := range strings.SplitSeq(strings.ToLower(head), "\r\n") {
					name, _, _ := strings.Cut(line, ":")
					for _, not := range []string{"idempotency", "expect", "upgrade", "http2-settings", "connection", "transfer-encoding", "trailer"} {
						if strings.Contains(name, not) {
							t.Errorf("it sends %s", name)
						}
					}
				}
			})
		}
	}
}

// Before the handshake has ended nothing is sent, whatever is there instead of a
// server that speaks TLS.
func TestFaultsBeforeTheHandshake(t *testing.T) {
	const listed = 16
	hello := func(r *rawConn) { r.in.Peek(1); r.in.Discard(r.in.Buffered()) }
	says := func(text string) func(*rawConn) {
		return func(r *rawConn) { hello(r); io.WriteString(r, text); r.rest() }
	}
	alert := func(number byte) func(*rawConn) {
		return says(string([]byte{21, 3, 3, 0, 2, 2, number}))
	}
	faults := []struct {
		name  string
		act   func(*rawConn)
		note  string
		waits bool
	}{
		{"the end", func(r *rawConn) { r.Close() }, "tls", false},
		{"a reset", func(r *rawConn) { r.reset() }, "", false},
		{"silence", func(r *rawConn) { r.rest() }, "no-connection", true},
		{"the end after the hello", func(r *rawConn) { hello(r) }, "tls", false},
		{"a reset after the hello", func(r *rawConn) { hello(r); r.reset() }, "tls", false},
		{"silence after half a record", says("\x16\x03\x03\x00\x7a\x02"), "no-connection", true},
		{"an answer without TLS", says(whole), "tls", false},
		{"a refusal without TLS", says("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"), "tls", false},
		{"HTTP/2 without TLS", says(frame(settingsFrame, 0, 0, "")), "tls", false},
		{"the hello sent back", func(r *rawConn) { r.in.Peek(1); b, _ := r.in.Peek(r.in.Buffered()); r.Write(b); r.rest() }, "tls", false},
		{"garbage", says("\x00\xff\x00\xff\x00\xff"), "tls", false},
		{"a record of another version", says("\x16\x02\x00\x00\x04abcd"), "tls", false},
		{"a record that is too long", says("\x16\x03\x03\xff\xff"), "tls", false},
		{"an alert: handshake failure", alert(40), "tls", false},
		{"an alert: internal error", alert(80), "tls", false},
		{"an alert: no protocol in common", alert(120), "tls", false},
	}
	var all bill
	for _, fault := range faults {
		t.Run(fault.name, func(t *testing.T) {
			test := func(t *testing.T, l net.Listener, dial dialFunc) {
				var serving sync.WaitGroup
				connections := 0
				serving.Go(func() {
					serveRaw(l, nil, func(r *rawConn) {
						connections++
						fault.act(r)
						all.add(r.heard.Bytes())
						if bytes.Contains(r.heard.Bytes(), []byte("POST")) {
							t.Error("the request arrived in the clear")
						}
					})
				})
				c := wireClient(l, true, Form, 9*time.Second, dial)
				w, nonce := newWatch(), freshNonce()
				out := c.Check(w.context(), somebody(nonce), nonce)
				c.Close()
				l.Close()
				serving.Wait()
				if out.Class != NotSent || fault.note != "" && out.GatewayCode != fault.note {
					t.Errorf("%v %q, want %v %q", out.Class, out.GatewayCode, NotSent, fault.note)
				}
				if w.conns != 0 || connections != 1 {
					t.Errorf("%d connections for the request, %d at the server", w.conns, connections)
				}
			}
			if fault.waits {
				synctest.Test(t, func(t *testing.T) {
					l := newPipeListener()
					test(t, l, l.dial)
				})
			} else {
				test(t, listen(t), nil)
			}
		})
	}
	all.settle(t, len(faults), listed)
	if len(all.nonces) != 0 {
		t.Error(fmt.Sprint(len(all.nonces), " requests"))
	}
}
