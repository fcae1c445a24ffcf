package mobile3

import (
	"context"
	"sync"
	"testing"
	"time"
)

// A connection is free for the next call as soon as an answer was read to its end, which
// is before it is known whose answer it was. Who takes it meanwhile must not get the
// answer of a call whose place a repeated answer has taken.
func TestNobodyIsAskedWhereAnAnswerIsStillJudged(t *testing.T) {
	refusal := "HTTP/1.1 429 Too Many Requests\r\nX-Ca-Request-Id: " + idMark + "\r\nX-Ca-Error-Code: T429IN\r\nContent-Length: 0\r\n\r\n"
	for _, secure := range []bool{false, true} {
		for name, answers := range map[string]struct{ repeated, own string }{
			"by its id":            {refusal, withID(idMark, wireVerdict)},
			"by its serial number": {withoutID(wireVerdict), withoutID(wireVerdict)},
		} {
			tc, _ := wireTLS()
			if !secure {
				tc = nil
			}
			l := listen(t)
			var asked sync.Map // nonces by call
			var n int
			const before = telling + 2
			answered, next := make(chan struct{}), make(chan struct{})
			var serving sync.WaitGroup
			serving.Go(func() {
				serveRaw(l, tc, func(r *rawConn) {
					for {
						nonce := r.request()
						if nonce == "" {
							return
						}
						asked.Store(n, nonce)
						n++
						switch {
						case n < before:
							r.sayAs(nonce, withoutID(wireVerdict))
						case n == before:
							r.sayAs(nonce, answers.repeated)
						case n == before+1: // the second call gets the answer of the first
							first, _ := asked.Load(n - 2)
							r.sayAs(first.(string), answers.repeated)
							close(answered)
							if r.request() != "" { // of the third
								r.sayAs(nonce, answers.own)
							}
							close(next)
						default:
							r.sayAs(nonce, withID(idMark, wireVerdict))
						}
					}
				})
			})
			c := wireClient(l, secure, Form, 10*time.Second, nil)
			check := func() (Outcome, string) {
				nonce := freshNonce()
				return c.Check(context.Background(), somebody(nonce), nonce), wireSeq(formatNonce(nonce))
			}
			for range before {
				check()
			}
			locks := []*sync.Mutex{&c.answered.ids.mu, &c.answered.serials.mu}
			for _, mu := range locks {
				mu.Lock()
			}
			var calls sync.WaitGroup
			calls.Go(func() {
				if out, _ := check(); out.Class != Repeated {
					t.Errorf("%s, secure %v: the second call: %+v", name, secure, out)
				}
			})
			<-answered
			time.Sleep(50 * time.Millisecond) // it is read, and its connection free
			calls.Go(func() {
				if out, own := check(); out.Class == Verdict && out.Answer.SeqNo != own {
					t.Errorf("%s, secure %v: the third call got the answer of the second", name, secure)
				}
			})
			select {
			case <-next:
				time.Sleep(50 * time.Millisecond)
			case <-time.After(200 * time.Millisecond):
			}
			for _, mu := range locks {
				mu.Unlock()
			}
			calls.Wait()
			c.Close()
			l.Close()
			serving.Wait()
		}
	}
}
