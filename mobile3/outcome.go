package mobile3

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync"
)

// An Outcome is what one attempt came to. It holds no free text of the gateway's
// and nothing of the person asked about.
type Outcome struct {
	Class  Class
	Answer Answer
	// GatewayCode says why, for a note: the gateway's own six-character code, or
	// one of our constants such as "timeout", "http-502" or "not-json". It is
	// empty for a verdict.
	GatewayCode string
	RequestID   string // the gateway's, for its support; empty if there is none
	// RefusesParameters: what was refused may well be how the person was sent.
	RefusesParameters bool
}

// An Answer is what the service said. Result is 0 unless the class is Verdict.
// A text that is damaged, too long to be what it should, or that
// repeats what was sent, is empty.
type Answer struct {
	HTTPStatus    int // 0: no answer came
	Code          string
	IsFee         string // as sent; true and false become 1 and 0
	SeqNo         string
	Result        int
	ResultDesc    string
	MobileChannel string
	RequestID     string
	Sandbox       bool // the answer says that it comes from a sandbox
}

const maxBody = 1 << 20

// judge reads an answer to its end and sorts it. It closes the body. Of an answer
// that was another call's nothing comes out.
func (c *Client) judge(resp *http.Response, clean scrubber) Outcome {
	defer resp.Body.Close()
	id := headerText(resp.Header, "X-Ca-Request-Id")
	e := evidence{
		stage:   answered,
		status:  resp.StatusCode,
		code:    headerText(resp.Header, "X-Ca-Error-Code"),
		message: headerText(resp.Header, "X-Ca-Error-Message"),
		marked:  id != "",
		before:  c.answered.id(id),
	}
	if !e.before { // else its connection must not be free for the next call
		e.reply = readReply(resp)
		e.before = id == "" && c.answered.serial(e.reply.seqNo.text)
	}
	out := e.outcome()
	if e.before {
		return out
	}
	r := &e.reply
	out.Answer = Answer{
		HTTPStatus:    e.status,
		Code:          clean.token(r.code.text, 32),
		IsFee:         clean.token(r.isFee.text, 8),
		SeqNo:         clean.token(r.seqNo.text, 128),
		ResultDesc:    clean.prose(r.resultDesc.text, 128),
		MobileChannel: clean.token(r.mobileChannel.text, 32),
		RequestID:     clean.requestID(id),
		Sandbox:       resp.Header.Get("X-Mobile3-Sandbox") == "1",
	}
	if out.Class == Verdict {
		out.Answer.Result = r.result
	}
	out.RequestID = out.Answer.RequestID
	return out
}

// headerText joins a header that came more than once: two codes are no code.
func headerText(h http.Header, name string) string {
	return strings.TrimSpace(strings.Join(h.Values(name), ","))
}

var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func readReply(resp *http.Response) reply {
	if resp.StatusCode < 200 { // 101 hands over the bare connection, which has no end
		return reply{flaw: "not-final"}
	}
	if resp.ContentLength > maxBody {
		return reply{flaw: "body-too-long"}
	}
	buf := bodies.Get().(*bytes.Buffer)
	defer func() {
		if buf.Cap() <= 64<<10 {
			bodies.Put(buf)
		}
	}()
	buf.Reset()
	_, err := buf.ReadFrom(io.LimitReader(resp.Body, maxBody+1))
	switch {
	case buf.Len() > maxBody:
		return reply{flaw: "body-too-long"}
	case err != nil:
		return reply{flaw: "body-cut"}
	}
	return decode(buf.Bytes()) // keeps nothing of the buffer
}
