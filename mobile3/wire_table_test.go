package mobile3

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// listedWireCases is written down so that none gets lost.
const listedWireCases = 214

const (
	status200 = "HTTP/1.1 200 OK\r\n"
	good      = status200 + "X-Ca-Request-Id: " + seqMark + "\r\nContent-Type: application/json\r\n"
	oldHead   = "HTTP/1.0 200 OK\r\n\r\n" // its body lasts until the connection ends
)

var (
	withLength = fmt.Sprintf("%sContent-Length: %d\r\n\r\n", good, len(wireVerdict))
	inChunks   = good + "Transfer-Encoding: chunked\r\n\r\n"
	whole      = withLength + wireVerdict
	chunked    = fmt.Sprintf("%sa\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n", inChunks, wireVerdict[:10], len(wireVerdict)-10, wireVerdict[10:])
	old        = oldHead + wireVerdict
)

// firstOf returns that part of the whole answer's body.
func firstOf(quarters int) string { return withLength + wireVerdict[:len(wireVerdict)*quarters/4] }

var (
	doubt    = []Class{InDoubt}
	unsure   = []Class{NotSent, InDoubt} // whether it was written is a race
	unusable = []Class{Unusable}
	verdicts = []Class{Verdict}
)

// Each phase of a call, met by each way to break off. Before the end of the
// headers nobody knows what it cost; after them it was counted.
var phases = []struct {
	name string
	act  []step
	want []Class
}{
	{"nothing read", nil, unsure},
	{"a byte read", does(reads("P")), doubt},
	{"the request line read", does(reads("\r\n")), doubt},
	{"half the headers read", does(reads("X-Ca-Nonce")), doubt},
	{"the headers read", does(reads("\r\n\r\n")), doubt},
	{"half the request read", does(reads("mobile=")), doubt},
	{"the request read", does(request), doubt},
	{"a byte said", does(request, says("H")), doubt},
	{"half a status", does(request, says("HTTP/1.1 2")), doubt},
	{"a status line without end", does(request, says("HTTP/1.1 200 OK\r")), doubt},
	{"a status line", does(request, says(status200)), doubt},
	{"half a header", does(request, says(status200+"X-Ca-Requ")), doubt},
	{"headers without end", does(request, says(good)), doubt},
	{"headers, half their end", does(request, says(good+"\r")), doubt},
	{"100 Continue", does(request, says("HTTP/1.1 100 Continue\r\n\r\n")), doubt},
	{"103, and half a status", does(request, says("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 2")), doubt},
	{"the headers", does(request, says(firstOf(0))), unusable},
	{"a quarter of the body", does(request, says(firstOf(1))), unusable},
	{"half the body", does(request, says(firstOf(2))), unusable},
	{"three quarters of the body", does(request, says(firstOf(3))), unusable},
	{"all but a byte", does(request, says(whole[:len(whole)-1])), unusable},
	{"headers of chunks", does(request, says(inChunks)), unusable},
	{"a chunk's size", does(request, says(inChunks+"a\r\n")), unusable},
	{"half a chunk", does(request, says(inChunks+"a\r\n"+wireVerdict[:5])), unusable},
	{"one chunk of two", does(request, says(inChunks+"a\r\n"+wireVerdict[:10]+"\r\n")), unusable},
	{"chunks without the last", does(request, says(strings.TrimSuffix(chunked, "0\r\n\r\n"))), unusable},
	{"chunks without their end", does(request, says(strings.TrimSuffix(chunked, "\r\n"))), unusable},
}

var breaks = []struct {
	name  string
	act   step
	note  string
	waits bool
}{
	{"then the end", ends, "connection-lost", false},
	{"then a cut", cuts, "connection-lost", false},
	{"then a reset", resets, "connection-lost", false},
	{"then silence", stalls, "timeout", true},
}

// Each case: what the server does, the class, the note.
var oddities = []wireCase{
	{name: "whole", act: does(request, says(whole)), want: verdicts},
	{name: "in chunks", act: does(request, says(chunked)), want: verdicts},
	{name: "byte by byte", act: does(request, drips(whole, 0)), want: verdicts},
	{name: "chunks byte by byte", act: does(request, drips(chunked, 0)), want: verdicts},
	{name: "103, then the answer", act: does(request, says("HTTP/1.1 103 Early Hints\r\n\r\n"+whole)), want: verdicts},
	{name: "two answers", act: does(request, says(whole+strings.Replace(whole, seqMark, "somebody", 1))), want: verdicts},
	{name: "an answer and a half", act: does(request, says(whole+status200)), want: verdicts},
	{name: "an answer and garbage", act: does(request, says(whole+"\x00\xff")), want: verdicts},
	{name: "an answer, then a reset", act: does(request, says(whole), resets), want: append(unusable, Verdict)},
	{name: "an answer before the request is read", act: does(says(whole), request, readsAgain), want: append(unsure, Verdict)},
	{name: "an answer while the request is read", act: does(reads("\r\n"), says(whole), readsAgain), want: verdicts},
	{name: "the end of writing before reading", act: does(endsWriting, request, readsAgain), want: unsure},

	// A body without a length: that it ended says nothing about its being whole.
	{name: "until the end", act: does(request, says(old), ends), want: verdicts},
	{name: "until the end, half", act: does(request, says(oldHead+wireVerdict[:20]), ends), want: unusable, note: "not-json"},
	{name: "until the end, all but a byte", act: does(request, says(old[:len(old)-1]), ends), want: unusable, note: "not-json"},
	{name: "until the end, nothing", act: does(request, says(oldHead), ends), want: unusable, note: "empty-body"},
	{name: "until a reset", act: does(request, says(old), resets), want: unusable, note: "body-cut"},
	{name: "until silence", act: does(request, says(old), stalls), want: append(verdicts, Unusable), waits: true},
	{name: "until silence, half", act: does(request, says(oldHead+wireVerdict[:20]), stalls), want: unusable, waits: true},
	{name: "until a cut", act: does(request, says(old), cuts), want: verdicts}, // JSON tells its end, TLS between two records does not
	{name: "until a cut, half", act: does(request, says(oldHead+wireVerdict[:20]), cuts), want: unusable, note: "not-json"},

	{name: "a drip that takes too long", act: does(request, drips(whole, time.Second)), want: doubt, note: "timeout", waits: true, only: piped},
	{name: "a drip into the body", act: does(request, says(withLength), drips(wireVerdict, time.Second)), want: unusable, note: "body-cut", waits: true, only: piped},
	{name: "a drip into the chunks", act: does(request, says(inChunks), drips(strings.Repeat("1\r\n \r\n", 9), time.Second)), want: unusable, note: "body-cut", waits: true, only: piped},
	{name: "a drip in time", act: does(request, drips(whole, 10*time.Millisecond)), want: verdicts, waits: true, only: piped},
	{name: "a drip of interim answers", act: does(request, drips(strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 9), time.Second)), want: doubt, note: "timeout", waits: true, only: piped},

	{name: "garbage", act: does(request, says("SSH-2.0-OpenSSH_9.9\r\n\r\n")), want: doubt, note: "connection-lost"},
	{name: "binary garbage", act: does(request, says("\x16\x03\x01\x00\x05\x01\x00\x00\r\n\r\n")), want: doubt, note: "connection-lost"},
	{name: "a page without headers", act: does(request, says(html+"\r\n\r\n")), want: doubt, note: "connection-lost"},
	{name: "a bare body", act: does(request, says(wireVerdict+"\r\n\r\n")), want: doubt, note: "connection-lost"},
	{name: "empty lines", act: does(request, says("\r\n\r\n"+whole)), want: doubt, note: "connection-lost"},
	{name: "the request sent back", act: does(request, says("POST /mobile3/check HTTP/1.1\r\nHost: a\r\n\r\n")), want: doubt, note: "connection-lost"},
	{name: "a status of two digits", act: does(request, says("HTTP/1.1 20 OK\r\n\r\n"+wireVerdict)), want: doubt, note: "connection-lost"},
	{name: "status 000", act: does(request, says("HTTP/1.1 000 OK\r\n\r\n"+wireVerdict)), want: doubt},
	{name: "status 999", act: does(request, says("HTTP/1.1 999 OK\r\nContent-Length: 0\r\n\r\n")), want: doubt, note: "http-999"},
	{name: "two lengths", act: does(request, says(good+"Content-Length: 5\r\nContent-Length: 6\r\n\r\n"+wireVerdict)), want: doubt, note: "connection-lost"},
	{name: "a negative length", act: does(request, says(good+"Content-Length: -1\r\n\r\n"+wireVerdict)), want: doubt, note: "connection-lost"},
	{name: "a length that is too long", act: does(request, says(strings.Replace(whole, "Length: ", "Length: 1", 1))), want: unusable, note: "body-cut"},
	{name: "a length that is too short", act: does(request, says(good+"Content-Length: 20\r\n\r\n"+wireVerdict)), want: unusable, note: "not-json"},
	{name: "a length of nothing", act: does(request, says(good+"Content-Length: 0\r\n\r\n"+wireVerdict)), want: unusable, note: "empty-body"},
	{name: "a length and chunks", act: does(request, says(strings.Replace(chunked, "Transfer", "Content-Length: 3\r\nTransfer", 1))), want: append(verdicts, InDoubt)},
	{name: "a coding nobody knows", act: does(request, says(strings.Replace(chunked, ": chunked", ": zipped", 1))), want: doubt, note: "connection-lost"},
	{name: "a chunk's size that is no number", act: does(request, says(inChunks+"xyz\r\n")), want: unusable, note: "body-cut"},
	{name: "a chunk's size that is too big", act: does(request, says(inChunks+strings.Repeat("f", 20)+"\r\n")), want: unusable, note: "body-cut"},
	{name: "a header of 70 KiB", act: does(request, says(good+"X: "+strings.Repeat("x", 70<<10)+"\r\n\r\n")), want: doubt, note: "connection-lost"},
	{name: "a broken header", act: does(request, says(status200+"no colon\r\n\r\n"+wireVerdict)), want: doubt, note: "connection-lost"},
	{name: "interim answers without end", act: does(request, says(strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 9))), want: doubt, note: "connection-lost"},
	{name: "101", act: does(request, says("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"), readsAgain), want: doubt, note: "http-101"},
	{name: "204", act: does(request, says("HTTP/1.1 204 No Content\r\n\r\n")), want: unusable, note: "empty-body"},
	{name: "300", act: redirect(300), want: []Class{Redirected}, note: "http-300"},
	{name: "301", act: redirect(301), want: []Class{Redirected}, note: "http-301"},
	{name: "302", act: redirect(302), want: []Class{Redirected}, note: "http-302"},
	{name: "303", act: redirect(303), want: []Class{Redirected}, note: "http-303"},
	{name: "304", act: redirect(304), want: []Class{Redirected}, note: "http-304"},
	{name: "307", act: redirect(307), want: []Class{Redirected}, note: "http-307"},
	{name: "308", act: redirect(308), want: []Class{Redirected}, note: "http-308"},
	{name: "401 that asks for a password", act: refusal("401 Unauthorized\r\nWWW-Authenticate: Basic"), want: doubt, note: "http-401"},
	{name: "407", act: refusal("407 Proxy Authentication Required\r\nProxy-Authenticate: Basic"), want: doubt, note: "http-407"},
	{name: "408", act: refusal("408 Request Timeout\r\nConnection: close"), want: doubt, note: "http-408"},
	{name: "417", act: refusal("417 Expectation Failed"), want: doubt, note: "http-417"},
	{name: "421", act: refusal("421 Misdirected Request"), want: doubt, note: "http-421"},
	{name: "425", act: refusal("425 Too Early"), want: doubt, note: "http-425"},
	{name: "429 with Retry-After", act: refusal("429 Too Many Requests\r\nRetry-After: 0"), want: []Class{Throttled}, note: "http-429"},
	{name: "500", act: refusal("500 Internal Server Error"), want: doubt, note: "http-500"},
	{name: "502", act: refusal("502 Bad Gateway"), want: doubt, note: "http-502"},
	{name: "503 with Retry-After", act: refusal("503 Unavailable\r\nRetry-After: 0"), want: doubt, note: "http-503"},
	{name: "504", act: refusal("504 Gateway Timeout"), want: doubt, note: "http-504"},
}

func piped(g ground) bool { return g.piped }

// redirect points back at the server itself, which then goes on listening.
func redirect(status int) []step {
	return does(request, func(x *exchange) {
		x.say(fmt.Sprintf("HTTP/1.1 %d Moved\r\nLocation: /mobile3/check\r\nContent-Length: 0\r\n\r\n", status))
	}, readsAgain)
}

func refusal(status string) []step {
	return does(request, says("HTTP/1.1 "+status+"\r\nContent-Length: 0\r\n\r\n"), readsAgain)
}

func wireCases(t *testing.T) (cases []wireCase) {
	for _, p := range phases {
		for _, b := range breaks {
			c := wireCase{name: p.name + ", " + b.name, act: append(slices.Clone(p.act), b.act), want: p.want, note: b.note, waits: b.waits}
			switch {
			case slices.Equal(p.want, unusable):
				c.note = "body-cut"
			case slices.Equal(p.want, unsure) && !b.waits:
				c.note = ""
			case slices.Equal(p.want, unsure):
				c.want = doubt // it had time to be written
			}
			cases = append(cases, c)
		}
	}
	cases = append(append(cases, oddities...), http2Cases()...)
	seen := map[string]bool{}
	for _, c := range cases {
		if seen[c.name] || len(c.want) == 0 || len(c.act) == 0 {
			t.Fatalf("%q is there twice, or holds nothing", c.name)
		}
		seen[c.name] = true
	}
	return cases
}
