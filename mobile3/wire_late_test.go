package mobile3

import (
	"context"
	"net"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// When the time of a call is up, what has arrived by then is looked at once more, and
// what is coming in is read to its end. What comes later is lost: nobody waits for it.
func TestLastLook(t *testing.T) {
	const limit = 10 * time.Second
	half := len(whole) / 2
	wait := func(d time.Duration) step { return func(*exchange) { time.Sleep(d) } }
	for _, test := range []struct {
		name string
		act  []step
		want Class
		most time.Duration
	}{
		{"at the limit", does(request, wait(limit), says(whole)), Verdict, limit},
		{"within the last look", does(request, wait(limit+lastLook/2), says(whole)), Verdict, limit + lastLook},
		{"after it", does(request, wait(limit+2*lastLook), says(whole), stalls), InDoubt, limit + lastLook},
		{"never", does(request, stalls), InDoubt, limit + lastLook},
		{"half of it before the limit, the rest soon", does(request, wait(limit/2), says(whole[:half]), wait(limit/2+5*lastLook), says(whole[half:])), Verdict, limit + 6*lastLook},
		{"half of it within the last look, the rest soon", does(request, wait(limit+lastLook/2), says(whole[:half]), wait(5*lastLook), says(whole[half:])), Verdict, limit + 7*lastLook},
		{"half of it, and no more", does(request, says(whole[:half]), stalls), InDoubt, limit + restLooks*lastLook},
		{"all but its end", does(request, says(whole[:len(whole)-1]), stalls), Unusable, limit + restLooks*lastLook},
		{"a byte now and then", does(request, drips(whole, limit/20), stalls), InDoubt, limit + mostLooks*lastLook},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newPipeListener()
				nonce := freshNonce()
				var serving sync.WaitGroup
				serving.Go(func() {
					serveRaw(l, nil, func(r *rawConn) {
						r.nonce = formatNonce(nonce)
						x := &exchange{rawConn: r, watch: newWatch()}
						for _, do := range test.act {
							do(x)
						}
					})
				})
				c := wireClient(l, false, Form, limit, l.dial)
				began := time.Now()
				out := c.Check(context.Background(), somebody(nonce), nonce)
				if took := time.Since(began); out.Class != test.want || took > test.most {
					t.Errorf("%v %q after %v, want %v within %v", out.Class, out.GatewayCode, took, test.want, test.most)
				}
				if out.Class == Verdict && out.Answer.SeqNo != wireSeq(formatNonce(nonce)) {
					t.Error("it is somebody else's")
				}
				c.Close()
				l.Close()
				serving.Wait()
			})
		})
	}
}

// A lazyConn reads nothing from when a request has it until it may, as a process that
// was stopped: what comes lies in the socket.
type lazyConn struct {
	*net.TCPConn
	shy *atomic.Bool
	may <-chan struct{}
}

func (c lazyConn) Read(b []byte) (int, error) {
	socket, err := c.SyscallConn()
	if err != nil {
		return 0, err
	}
	for {
		if waiting, over := peek(socket); (waiting || over) && !c.shy.Load() {
			return c.TCPConn.Read(b)
		}
		select {
		case <-c.may:
			return c.TCPConn.Read(b)
		case <-time.After(time.Millisecond):
		}
	}
}

// An answer that lies in the socket when time is up is waited for until it has been
// read, also on a machine that is too busy to do that at once.
func TestAnswerInTheSocketIsRead(t *testing.T) {
	for _, secure := range []bool{false, true} {
		const limit = 500 * time.Millisecond
		l := listen(t)
		tc, _ := wireTLS()
		if !secure {
			tc = nil
		}
		answered := make(chan struct{})
		var serving sync.WaitGroup
		serving.Go(func() {
			serveRaw(l, tc, func(r *rawConn) {
				r.request()
				r.say(whole)
				close(answered)
				r.rest()
			})
		})
		may := make(chan struct{})
		var shy atomic.Bool
		c := wireClient(l, secure, Form, limit, func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return lazyConn{conn.(*net.TCPConn), &shy, may}, nil
		})
		nonce := freshNonce()
		time.AfterFunc(limit+4*lastLook, func() { close(may) })
		ctx := httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { shy.Store(true) }})
		out := c.Check(ctx, somebody(nonce), nonce)
		<-answered
		if out.Class != Verdict || out.Answer.SeqNo != wireSeq(formatNonce(nonce)) {
			t.Errorf("secure %v: %v %q", secure, out.Class, out.GatewayCode)
		}
		c.Close()
		l.Close()
		serving.Wait()
	}
}

// A call that waits for its connection when its time is up has sent nothing, and
// looks for nothing.
func TestNoLastLookWithoutAConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newPipeListener()
		c := wireClient(l, false, Form, 5*time.Second, func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})
		began, nonce := time.Now(), freshNonce()
		if out := c.Check(context.Background(), somebody(nonce), nonce); out.Class != NotSent || time.Since(began) > 5*time.Second {
			t.Errorf("%+v after %v", out, time.Since(began))
		}
		c.Close()
		l.Close()
		synctest.Wait()
	})
}

// A kept connection that the server has closed carries no request, however late
// net/http would notice: the call gets another one, for nothing.
func TestClosedConnectionIsNotWrittenTo(t *testing.T) {
	const calls = 300
	for _, close := range []struct {
		how    string
		secure bool
		it     func(*rawConn)
	}{
		{"the end", false, func(r *rawConn) { r.Close() }},
		{"a reset", false, func(r *rawConn) { r.reset() }},
		{"half of it", false, func(r *rawConn) { r.raw.(*net.TCPConn).CloseWrite(); r.rest() }},
		{"a late 408", false, func(r *rawConn) { r.say("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"); r.Close() }},
		{"the end, TLS", true, func(r *rawConn) { r.Close() }},
		{"a cut, TLS", true, func(r *rawConn) { r.raw.Close() }},
		{"a reset, TLS", true, func(r *rawConn) { r.reset() }},
	} {
		var seen bill
		l := listen(t)
		tc, _ := wireTLS()
		if !close.secure {
			tc = nil
		}
		closed := make(chan struct{}, 2*calls)
		var serving sync.WaitGroup
		serving.Go(func() {
			serveRaw(l, tc, func(r *rawConn) {
				if r.request() != "" {
					r.say(whole)
				}
				close.it(r)
				closed <- struct{}{}
				seen.add(r.heard.Bytes())
			})
		})
		c := wireClient(l, close.secure, Form, 10*time.Second, nil)
		doubts, free := 0, 0
		for range calls {
			nonce := freshNonce()
			out := c.Check(context.Background(), somebody(nonce), nonce)
			switch {
			case out.Class == Verdict:
				<-closed // by now its end has arrived here
			case out.Class == NotSent:
				free++
			default:
				doubts++
			}
		}
		c.Close()
		l.Close()
		serving.Wait()
		t.Logf("%s: %d calls on connections that were closed before, %d in doubt, %d not sent and free", close.how, calls, doubts, free)
		if doubts > 0 {
			t.Errorf("%s: %d of %d in doubt", close.how, doubts, calls)
		}
	}
}
