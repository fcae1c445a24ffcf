package mobile3

import (
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"
)

// frame makes one of HTTP/2.
func frame(kind, flags byte, stream uint32, payload string) string {
	head := binary.BigEndian.AppendUint32(nil, uint32(len(payload))<<8|uint32(kind))
	head = binary.BigEndian.AppendUint32(append(head, flags), stream)
	return string(head) + payload
}

const (
	dataFrame, headersFrame, resetFrame, settingsFrame, pingFrame, goAwayFrame = 0, 1, 3, 4, 6, 7

	preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
)

var http2Errors = []string{"NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT",
	"STREAM_CLOSED", "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR",
	"ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED"}

func word(n uint32) string { return string(binary.BigEndian.AppendUint32(nil, n)) }

// http2Cases are servers that speak HTTP/2 although nobody asked for it. What a
// client of HTTP/2 takes for leave to send again means nothing here.
func http2Cases() (cases []wireCase) {
	settings := frame(settingsFrame, 0, 0, "")
	says2 := func(text string) []step { return does(request, says(settings+text+"\r\n\r\n"), readsAgain) }
	add := func(name string, act []step) {
		cases = append(cases, wireCase{name: "HTTP/2: " + name, act: act, want: doubt, note: "connection-lost"})
	}
	for code, name := range http2Errors {
		add("RST_STREAM "+name, says2(frame(resetFrame, 0, 1, word(uint32(code)))))
		add("GOAWAY "+name, says2(frame(goAwayFrame, 0, 0, word(0)+word(uint32(code)))))
	}
	add("GOAWAY, gracefully", says2(frame(goAwayFrame, 0, 0, word(1<<31-1)+word(0))+frame(goAwayFrame, 0, 0, word(0)+word(0))))
	add("SETTINGS", says2(""))
	add("SETTINGS and its echo", says2(frame(settingsFrame, 1, 0, "")))
	add("PING", says2(frame(pingFrame, 0, 0, "12345678")))
	add("the preface", does(request, says(preface), readsAgain))
	add("an answer", says2(frame(headersFrame, 4, 1, "\x88")+frame(dataFrame, 1, 1, wireVerdict)))
	cases = append(cases,
		wireCase{name: "HTTP/2: SETTINGS before reading", act: does(says(settings+"\r\n\r\n"), request, readsAgain), want: unsure},
		wireCase{name: "HTTP/2: in words", act: does(request, says("HTTP/2.0 200 OK\r\n\r\n")), want: append(doubt, Unusable)},
		wireCase{name: "HTTP/2: 101 to h2c", act: does(request, says("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"+settings), readsAgain), want: doubt, note: "http-101"},
		wireCase{name: "HTTP/2: 426", act: refusal("426 Upgrade Required\r\nConnection: Upgrade\r\nUpgrade: h2c"), want: doubt, note: "http-426"},
		wireCase{name: "HTTP/2: another address", act: does(request, says(fmt.Sprintf("%sAlt-Svc: h2=\":443\"; ma=86400\r\nContent-Length: %d\r\n\r\n%s", good, len(wireVerdict), wireVerdict)), readsAgain), want: verdicts},
	)
	return cases
}

// Servers that really speak HTTP/2, and offer it in each way there is.
func TestHTTP2IsNeverSpoken(t *testing.T) {
	tests := []struct {
		name      string
		secure    bool
		alpn      []string
		protocols string // of the server
		want      []Class
		note      string
	}{
		{"h2 and HTTP/1.1", true, []string{"h2", "http/1.1"}, "1 2", verdicts, ""},
		{"h2 alone", true, []string{"h2"}, "2", unsure, ""}, // Go's server lets it pass, and hangs up
		{"another protocol alone", true, []string{"other/1"}, "1", []Class{NotSent}, "tls"},
		{"no choice, HTTP/1.1", true, nil, "1", verdicts, ""},
		{"no TLS, HTTP/1.1 and h2c", false, nil, "1 c", verdicts, ""},
		{"no TLS, h2c alone", false, nil, "c", unsure, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var mu sync.Mutex
			var spoken, offered []string
			server := &http.Server{
				Protocols: new(http.Protocols),
				ErrorLog:  log.New(io.Discard, "", 0),
				Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					mu.Lock()
					defer mu.Unlock()
					spoken = append(spoken, r.Proto)
					io.Copy(io.Discard, r.Body)
					io.WriteString(w, verdict)
				}),
			}
			for _, p := range test.protocols {
				switch p {
				case '1':
					server.Protocols.SetHTTP1(true)
				case '2':
					server.Protocols.SetHTTP2(true)
				case 'c':
					server.Protocols.SetUnencryptedHTTP2(true)
				}
			}
			tc, _ := wireTLS()
			server.TLSConfig = tc.Clone()
			server.TLSConfig.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
				mu.Lock()
				defer mu.Unlock()
				offered = append(offered, hello.SupportedProtos...)
				own := tc.Clone()
				own.NextProtos = test.alpn // net/http would add to it
				return own, nil
			}
			l := listen(t)
			var serving sync.WaitGroup
			serving.Go(func() {
				if test.secure {
					server.ServeTLS(l, "", "")
				} else {
					server.Serve(l)
				}
			})
			c := wireClient(l, test.secure, Form, 10*time.Second, nil)
			for range 3 {
				if out := check(c); !slices.Contains(test.want, out.Class) || test.note != "" && out.GatewayCode != test.note {
					t.Errorf("%v %q, want %v %q", out.Class, out.GatewayCode, test.want, test.note)
				}
			}
			// What net/http made of the transport, now that it is in use.
			if _, h2 := c.transport.TLSNextProto["h2"]; h2 || c.transport.HTTP2 != nil || c.transport.ForceAttemptHTTP2 {
				t.Error("the transport knows HTTP/2")
			}
			c.Close()
			server.Close()
			serving.Wait()
			mu.Lock()
			defer mu.Unlock()
			want := 0
			if test.want[0] == Verdict {
				want = 3
			}
			if len(spoken) != want || slices.ContainsFunc(spoken, func(p string) bool { return p != "HTTP/1.1" }) {
				t.Errorf("spoken: %v", spoken)
			}
			if test.secure != (len(offered) > 0) || slices.ContainsFunc(offered, func(p string) bool { return p != "http/1.1" }) {
				t.Errorf("offered: %v", offered)
			}
		})
	}
}
