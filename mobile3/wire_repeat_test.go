package mobile3

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// withID is a whole answer as the gateway gives it. idMark and seqMark stand for
// the request that it answers.
const idMark = "id-mark"

func withID(id, body string) string {
	return "HTTP/1.1 200 OK\r\nX-Ca-Request-Id: " + id + "\r\nContent-Length: " + strconv.Itoa(len(strings.ReplaceAll(body, seqMark, "12345678"))) + "\r\n\r\n" + body
}

func withoutID(body string) string {
	return strings.Replace(withID("", body), "X-Ca-Request-Id: \r\n", "", 1)
}

// sayAs answers the request with that nonce, whatever was read since.
func (r *rawConn) sayAs(nonce, text string) {
	was := r.nonce
	r.nonce = nonce
	r.say(strings.ReplaceAll(text, idMark, "ID-"+nonce))
	r.nonce = was
}

// repeats answers every request as answer says. That to the at-th request over all
// connections is said again: late after it, whatever was asked meanwhile.
type repeats struct {
	answer func(n int64) string // to the n-th request, from 0
	at     func(n int64) bool
	late   time.Duration
	asked  atomic.Int64
}

func (s *repeats) serve(r *rawConn) {
	for {
		nonce := r.request()
		if nonce == "" {
			return
		}
		n := s.asked.Add(1) - 1
		text := s.answer(n)
		if !s.at(n) {
			r.sayAs(nonce, text)
			continue
		}
		if s.late == 0 {
			text += text
		}
		r.sayAs(nonce, text)
		if s.late > 0 {
			next := r.request() // is on its way, or comes soon
			if next == "" {
				return
			}
			n := s.asked.Add(1) - 1
			time.Sleep(s.late)
			r.sayAs(nonce, text)
			r.sayAs(next, s.answer(n))
		}
	}
}

// listed asks about n people one after another, and counts who got what.
type listed struct{ own, doubts, free, wrong, repeated int }

func askList(t *testing.T, c *Client, n int) (l listed) {
	t.Helper()
	for range n {
		nonce := freshNonce()
		out := c.Check(context.Background(), somebody(nonce), nonce)
		for out.Class == NotSent { // as the pipeline does: it is free
			l.free++
			nonce = freshNonce()
			out = c.Check(context.Background(), somebody(nonce), nonce)
		}
		switch {
		case out.Class.Record() == Nothing:
			l.doubts++
			if out.Class == Repeated {
				l.repeated++
			}
			if out.Answer != (Answer{}) {
				t.Errorf("a doubt holds somebody's answer: %+v", out.Answer)
			}
		case out.Class == Verdict && out.Answer.SeqNo == wireSeq(formatNonce(nonce)):
			l.own++
		default:
			l.wrong++
		}
	}
	return l
}

// An answer that comes a second time, on whichever of 40 calls and however late, is
// nobody's: the person asked about meanwhile is in doubt, and all others have their own.
func TestRepeatedAnswerIsNobodys(t *testing.T) {
	const people = 40
	step := int64(1)
	if brief() {
		step = 3
	}
	var wrong, doubts, lists atomic.Int64
	t.Run("all", func(t *testing.T) {
		for _, ms := range []time.Duration{0, 1, 3, 10, 50} {
			late := ms * time.Millisecond
			for _, secure := range []bool{false, true} {
				t.Run(fmt.Sprintf("%v, secure %v", late, secure), func(t *testing.T) {
					t.Parallel()
					for position := int64(0); position < people; position += step {
						s := &repeats{
							answer: func(int64) string { return withID(idMark, wireVerdict) },
							at:     func(n int64) bool { return n == position },
							late:   late,
						}
						l := s.ask(t, secure, people)
						if l.wrong > 0 || l.own+l.doubts != people || l.doubts > 1 {
							t.Fatalf("position %d: %+v", position, l)
						}
						if late > 0 && position < people-1 && l.repeated != 1 {
							t.Fatalf("position %d: the answer that came twice was not met: %+v", position, l)
						}
						wrong.Add(int64(l.wrong))
						doubts.Add(int64(l.doubts))
						lists.Add(1)
					}
				})
			}
		}
	})
	t.Logf("%d lists of %d people: %d wrong answers, %d in doubt", lists.Load(), people, wrong.Load(), doubts.Load())
	if lists.Load() != 5*2*((people+step-1)/step) {
		t.Errorf("%d lists", lists.Load())
	}
}

func (s *repeats) ask(t *testing.T, secure bool, people int) listed {
	t.Helper()
	tc, _ := wireTLS()
	if !secure {
		tc = nil
	}
	l := listen(t)
	var serving sync.WaitGroup
	serving.Go(func() { serveRaw(l, tc, s.serve) })
	c := wireClient(l, secure, Form, 10*time.Second, nil)
	got := askList(t, c, people)
	c.Close()
	l.Close()
	serving.Wait()
	return got
}

// Every answer comes a second time.
func TestEveryAnswerRepeated(t *testing.T) {
	for _, late := range []time.Duration{0, 3 * time.Millisecond, 10 * time.Millisecond} {
		for _, secure := range []bool{false, true} {
			s := &repeats{
				answer: func(int64) string { return withID(idMark, wireVerdict) },
				at:     func(int64) bool { return true },
				late:   late,
			}
			l := s.ask(t, secure, 40)
			if l.wrong > 0 || l.own < 20 || l.own+l.doubts != 40 {
				t.Errorf("%v late, secure %v: %+v", late, secure, l)
			}
		}
	}
}

// Whatever the answer that comes twice says: a free refusal that is somebody else's
// must not make a call look free that may have been charged.
func TestRepeatedRefusalIsNotFree(t *testing.T) {
	refusals := map[string]string{
		"throttled": "HTTP/1.1 429 Too Many Requests\r\nX-Ca-Request-Id: " + idMark + "\r\nX-Ca-Error-Code: T429IN\r\nContent-Length: 0\r\n\r\n",
		"rejected":  "HTTP/1.1 400 Bad Request\r\nX-Ca-Request-Id: " + idMark + "\r\nX-Ca-Error-Code: I400PA\r\nContent-Length: 0\r\n\r\n",
		"quota":     "HTTP/1.1 403 Forbidden\r\nX-Ca-Request-Id: " + idMark + "\r\nX-Ca-Error-Code: B403MQ\r\nContent-Length: 0\r\n\r\n",
		"unusable":  withID(idMark, "{}"),
		"moved":     "HTTP/1.1 302 Found\r\nX-Ca-Request-Id: " + idMark + "\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n",
		"doubtful":  "HTTP/1.1 504 Gateway Timeout\r\nX-Ca-Request-Id: " + idMark + "\r\nX-Ca-Error-Code: D504TO\r\nContent-Length: 0\r\n\r\n",
		"in chunks": "HTTP/1.1 200 OK\r\nX-Ca-Request-Id: " + idMark + "\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
	}
	for name, text := range refusals {
		for _, late := range []time.Duration{time.Millisecond, 10 * time.Millisecond} {
			s := &repeats{
				answer: func(n int64) string {
					if n == 3 {
						return text
					}
					return withID(idMark, wireVerdict)
				},
				at:   func(n int64) bool { return n == 3 },
				late: late,
			}
			l := listen(t)
			var serving sync.WaitGroup
			serving.Go(func() { serveRaw(l, nil, s.serve) })
			c := wireClient(l, false, Form, 10*time.Second, nil)
			for n := range 8 {
				nonce := freshNonce()
				out := c.Check(context.Background(), somebody(nonce), nonce)
				for out.Class == NotSent { // its connection was just closed: that is free
					nonce = freshNonce()
					out = c.Check(context.Background(), somebody(nonce), nonce)
				}
				switch {
				case n == 3:
				case n == 4:
					if out.Class != Repeated || out.GatewayCode != "repeated-answer" || out.Answer != (Answer{}) || out.RequestID != "" {
						t.Errorf("%s, %v late: %+v", name, late, out)
					}
				case out.Class != Verdict || out.Answer.SeqNo != wireSeq(formatNonce(nonce)):
					t.Errorf("%s, %v late: call %d: %+v", name, late, n, out)
				}
			}
			c.Close()
			l.Close()
			serving.Wait()
		}
	}
}

// A service may give all answers one serial number, or none, or give one for two
// answers: with request ids of their own they are different answers.
func TestSerialNumbersDecideNothing(t *testing.T) {
	for name, body := range map[string]func(n int64) string{
		"constant":      func(int64) string { return strings.Replace(wireVerdict, seqMark, "constant", 1) },
		"none":          func(int64) string { return `{"code":"0","data":{"result":1}}` },
		"each twice":    func(n int64) string { return strings.Replace(wireVerdict, seqMark, strconv.FormatInt(n/2, 10), 1) },
		"twenty, again": func(n int64) string { return strings.Replace(wireVerdict, seqMark, strconv.FormatInt(n%20, 10), 1) },
	} {
		for _, marked := range []bool{true, false} {
			if !marked && name != "constant" && name != "none" {
				continue // see TestRepeatedSerialNumberWithoutID
			}
			s := &repeats{at: func(int64) bool { return false }, answer: func(n int64) string {
				if marked {
					return withID(idMark, body(n))
				}
				return withoutID(body(n))
			}}
			l := listen(t)
			var serving sync.WaitGroup
			serving.Go(func() { serveRaw(l, nil, s.serve) })
			c := wireClient(l, false, Form, 10*time.Second, nil)
			for n := range 1000 {
				nonce := freshNonce()
				if out := c.Check(context.Background(), somebody(nonce), nonce); out.Class != Verdict {
					t.Fatalf("%s, with an id %v: call %d: %+v", name, marked, n, out)
				}
			}
			c.Close()
			l.Close()
			serving.Wait()
		}
	}
}

// Without request ids a serial number tells, once it has shown that it tells answers
// apart.
func TestRepeatedSerialNumberWithoutID(t *testing.T) {
	for _, late := range []time.Duration{time.Millisecond, 10 * time.Millisecond} {
		const at = 30
		s := &repeats{
			answer: func(int64) string { return withoutID(wireVerdict) },
			at:     func(n int64) bool { return n == at },
			late:   late,
		}
		l := s.ask(t, false, 40)
		if l.wrong > 0 || l.repeated != 1 || l.own != 39 {
			t.Errorf("%+v", l)
		}
	}
}

// What is remembered is bounded, and no less than the last many answers.
func TestRememberedAnswersAreBounded(t *testing.T) {
	r := newRecent()
	for i := range 5 * remembered {
		if r.again(strconv.Itoa(i)) {
			t.Fatalf("%d is new", i)
		}
		if n := len(r.young) + len(r.old); n > 2*remembered {
			t.Fatalf("%d are remembered", n)
		}
	}
	for i := 4 * remembered; i < 5*remembered; i++ {
		if !r.again(strconv.Itoa(i)) {
			t.Fatalf("%d is forgotten", i)
		}
	}
}
