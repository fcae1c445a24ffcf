package sandbox

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"time"
)

const (
	slowness     = 3 * time.Second
	giveUpAnswer = 45 * time.Second
)

// call is one request that the gateway has let through to the vendor.
type call struct {
	s       *Sandbox
	w       http.ResponseWriter
	id      requestID
	person  person
	channel string
	fate    string
	counted bool
}

// work is the vendor's time. A client that goes away meanwhile changes nothing;
// only Close cuts it short.
func (c *call) work(extra time.Duration) {
	d := c.s.cfg.Latency + extra
	if c.s.cfg.Jitter > 0 {
		d += rand.N(c.s.cfg.Jitter + 1)
	}
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.s.closing:
	}
}

// charge puts the call on the bill. If that fails it answers itself, and nothing else may.
func (c *call) charge(result, isFee int) (seqNo string, ok bool) {
	n, seqNo, err := c.s.bill.add(charge{
		micro:  c.s.cfg.Now().UnixMicro(),
		person: c.person,
		id:     c.id,
		fate:   c.fate,
		status: http.StatusOK,
		result: int8(result),
		isFee:  int8(isFee),
	})
	if err != nil {
		c.refuse(internalError)
		return "", false
	}
	c.counted = true
	c.s.quota.count()
	if c.s.cfg.OnBilled != nil {
		c.s.cfg.OnBilled(n)
	}
	return seqNo, true
}

func (c *call) refuse(f refusal) { c.s.refuse(c.w, c.id, f) }

func (c *call) send(status int, contentType []string, body []byte) {
	c.head(status, contentType, len(body))
	c.w.Write(body) // a client that has gone is none of the gateway's business
}

func (c *call) head(status int, contentType []string, length int) {
	h := stamp(c.w, c.id)
	h["Content-Type"] = contentType
	h["Content-Length"] = []string{strconv.Itoa(length)}
	c.w.WriteHeader(status)
}

// verdict is the ordinary answer.
func (c *call) verdict(result int, channel string) {
	if result == noRecord && c.s.cfg.NoRecord != http.StatusOK {
		c.freeNoRecord(channel)
		return
	}
	if seqNo, ok := c.charge(result, fee(result)); ok {
		c.send(http.StatusOK, headerJSON, verdictBody(result, channel, seqNo))
	}
}

func (c *call) freeNoRecord(channel string) {
	c.send(450, headerJSON, verdictBody(noRecord, channel, c.s.freeSeqNo()))
}

// byRule answers ordinary people.
func (c *call) byRule(mobile string) {
	c.work(0)
	c.verdict(Rule(mobile))
}

func (c *call) after(extra time.Duration, result int) {
	c.work(extra)
	c.verdict(result, c.channel)
}

func (c *call) match()    { c.after(0, match) }
func (c *call) mismatch() { c.after(0, mismatch) }
func (c *call) noRecord() { c.after(0, noRecord) }
func (c *call) slow()     { c.after(slowness, match) }
func (c *call) tooSlow()  { c.after(giveUpAnswer, match) }

func (c *call) noRecord450() {
	c.work(0)
	c.freeNoRecord(c.channel)
}

func (c *call) quotaGone()      { c.refuse(quotaExhausted) }
func (c *call) packageExpired() { c.refuse(packageExpired) }

func (c *call) throttledOnce()      { c.once(overUserLimit) }
func (c *call) breakerOnce()        { c.once(breakerOpen) }
func (c *call) busyOnce()           { c.once(serviceBusy) }
func (c *call) backendRefusedOnce() { c.once(backendRefused) }

func (c *call) once(f refusal) {
	if c.s.firstTime(c.fate, c.person) {
		c.refuse(f)
		return
	}
	c.match()
}

func (c *call) backendTimeout() { c.lateRefusal(backendTimeout) }
func (c *call) backendClosed()  { c.lateRefusal(backendClosed) }
func (c *call) internalError()  { c.lateRefusal(internalError) }

// lateRefusal comes when the vendor has worked already.
func (c *call) lateRefusal(f refusal) {
	c.work(0)
	c.refuse(f)
}

func (c *call) rejected() {
	c.work(0)
	c.send(http.StatusBadRequest, headerJSON,
		fmt.Appendf(nil, `{"code":"1","msg":"参数错误","isFee":0,"seqNo":"%s","data":null}`, c.s.freeSeqNo()))
}

func (c *call) redirect() {
	c.work(0)
	c.w.Header()["Location"] = []string{checkPath}
	c.send(http.StatusFound, headerHTML, nil)
}

func (c *call) html() {
	c.work(0)
	if _, ok := c.charge(0, 0); ok {
		c.send(http.StatusOK, headerHTML, []byte("<html><body><h1>系统维护中</h1></body></html>\n"))
	}
}

func (c *call) emptyAnswer() {
	c.work(0)
	if _, ok := c.charge(0, 0); ok {
		c.send(http.StatusOK, headerJSON, nil)
	}
}

func (c *call) code99() {
	c.work(0)
	if seqNo, ok := c.charge(0, 0); ok {
		c.send(http.StatusOK, headerJSON, fmt.Appendf(nil, `{"code":"99","msg":"其他异常","isFee":0,"seqNo":"%s"}`, seqNo))
	}
}

func (c *call) resultText() {
	c.work(0)
	if seqNo, ok := c.charge(match, 1); ok {
		c.send(http.StatusOK, headerJSON, fmt.Appendf(nil,
			`{"code":"0","msg":"成功","isFee":1,"seqNo":"%s","data":{"result":"1","resultDesc":"一致","mobileChannel":"%s"}}`, seqNo, c.channel))
	}
}

func (c *call) otherTypes() {
	c.work(0)
	if seqNo, ok := c.charge(match, 1); ok {
		c.send(http.StatusOK, headerJSON, fmt.Appendf(nil,
			`{"code":0,"msg":"成功","isFee":true,"seqNo":"%s","data":{"result":1,"resultDesc":"一致","mobileChannel":"%s"}}`, seqNo, c.channel))
	}
}

// halfAnswer declares more than it sends: net/http then closes the connection.
func (c *call) halfAnswer() {
	c.work(0)
	if seqNo, ok := c.charge(match, 1); ok {
		body := verdictBody(match, c.channel, seqNo)
		c.head(http.StatusOK, headerJSON, len(body))
		c.w.Write(body[:len(body)/2])
	}
}

func (c *call) slowBody() {
	c.work(0)
	seqNo, ok := c.charge(match, 1)
	if !ok {
		return
	}
	body := verdictBody(match, c.channel, seqNo)
	c.head(http.StatusOK, headerJSON, len(body))
	c.w.Write(body[:len(body)/2])
	if http.NewResponseController(c.w).Flush() == nil {
		c.work(slowness)
	}
	c.w.Write(body[len(body)/2:])
}

func (c *call) droppedAfter() {
	c.work(0)
	if _, ok := c.charge(match, 1); ok {
		c.hangUp(false)
	}
}

func (c *call) resetAfter() {
	c.work(0)
	if _, ok := c.charge(match, 1); ok {
		c.hangUp(true)
	}
}

func (c *call) reset() { c.hangUp(true) }

// hangUp ends the TCP connection without an answer. A reset is what a client
// sees of a server that closes with a request still unread.
func (c *call) hangUp(reset bool) {
	conn, _, err := http.NewResponseController(c.w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // net/http's way to close without an answer
	}
	if tcp, ok := conn.(*net.TCPConn); ok && reset {
		tcp.SetLinger(0)
	}
	conn.Close()
}

func (c *call) proxyError() {
	page := "<html><head><title>502 Bad Gateway</title></head></html>\n"
	h := c.w.Header()
	h["X-Mobile3-Sandbox"] = headerSandbox
	h["Content-Type"] = headerHTML
	h["Content-Length"] = []string{strconv.Itoa(len(page))}
	c.w.WriteHeader(http.StatusBadGateway)
	c.w.Write([]byte(page))
}
