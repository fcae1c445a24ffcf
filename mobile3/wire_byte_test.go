package mobile3

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
)

// inBubble runs f under a faked clock if the ground is made for it.
func inBubble(t *testing.T, g ground, f func(*testing.T)) {
	if g.piped {
		synctest.Test(t, f)
	} else {
		f(t)
	}
}

// An answer that breaks off after each of its bytes: before the end of the
// headers nobody knows, after it the call was counted.
func TestAnswerCutAtEveryByte(t *testing.T) {
	framings := map[string]string{"length": whole, "chunks": chunked, "until the end": old}
	tests := []struct {
		way  string
		act  step
		note string
		on   ground
	}{
		{"ends", ends, "connection-lost", ground{}},
		{"ends", ends, "connection-lost", ground{reused: true}},
		{"ends", ends, "connection-lost", ground{secure: true, piped: true}},
		{"cut", cuts, "connection-lost", ground{secure: true, piped: true}},
		{"reset", resets, "connection-lost", ground{}},
		{"reset", resets, "connection-lost", ground{reused: true}},
		{"silence", stalls, "timeout", ground{piped: true}},
		{"silence", stalls, "timeout", ground{piped: true, reused: true}},
		{"silence", stalls, "timeout", ground{piped: true, secure: true}},
	}
	for framing, answer := range framings {
		for _, test := range tests {
			test.on.body = Form
			if test.on.secure && framing == "chunks" {
				continue // TLS has nothing to do with it, and takes its time
			}
			t.Run(fmt.Sprintf("%s, %s, %v", framing, test.way, test.on), func(t *testing.T) {
				t.Parallel()
				inBubble(t, test.on, func(t *testing.T) {
					var all bill
					calls := 0
					for i := range len(answer) + 1 {
						c := wireCase{act: does(request, says(answer[:i]), test.act)}
						c.want, c.note = cutAnswer(answer, i, test.note)
						calls++
						c.judge(t, test.on, c.play(t, test.on, &all), &all)
					}
					all.settle(t, calls, len(answer)+1)
				})
			})
		}
	}
}

// cutAnswer says what becomes of the first i bytes of an answer.
func cutAnswer(answer string, i int, note string) ([]Class, string) {
	lasting := strings.HasPrefix(answer, oldHead)
	switch {
	case i < strings.Index(answer, "\r\n\r\n")+4:
		return doubt, note
	case i < len(answer) && lasting:
		return unusable, "" // not-json, or body-cut if the break can be seen
	case i < len(answer):
		return unusable, "body-cut"
	case lasting: // whole, but for its end
		return []Class{Verdict, Unusable}, ""
	}
	return verdicts, ""
}

// A server that takes so many bytes of the request, whatever the kernel took,
// and hangs up.
func TestHangUpAfterEveryByte(t *testing.T) {
	takes := func(k int) step {
		return func(x *exchange) { io.CopyN(&x.heard, x.Conn, int64(k)) }
	}
	length := requestLength(t, ground{body: Form})
	for _, test := range []struct {
		way string
		act step
		on  ground
	}{
		{"ends", ends, ground{}},
		{"ends", ends, ground{reused: true}},
		{"reset", resets, ground{}},
		{"reset", resets, ground{reused: true}},
		{"reset", resets, ground{secure: true}},
		{"silence", stalls, ground{piped: true}}, // the client's write ends in the middle
		{"silence", stalls, ground{piped: true, reused: true}},
	} {
		test.on.body = Form
		t.Run(fmt.Sprintf("%s, %v", test.way, test.on), func(t *testing.T) {
			t.Parallel()
			inBubble(t, test.on, func(t *testing.T) {
				var all bill
				calls := 0
				for k := range length + 1 {
					c := wireCase{act: does(takes(k), test.act), want: doubt}
					if k == 0 && test.way != "silence" {
						c.want = unsure
					}
					calls++
					c.judge(t, test.on, c.play(t, test.on, &all), &all)
				}
				all.settle(t, calls, length+1)
			})
		})
	}
}

// requestLength measures a request above TLS.
func requestLength(t *testing.T, g ground) int {
	t.Helper()
	var all bill
	c := wireCase{act: does(request, says(whole)), want: verdicts}
	r := c.play(t, g, &all)
	c.judge(t, g, r, &all)
	if r.arrived < 300 {
		t.Fatalf("a request of %d bytes", r.arrived)
	}
	return r.arrived
}
