// Package mobile3 asks the paid service POST /mobile3/check whether a name, a
// mobile number and an ID number belong together. It is the only package that
// spends money.
//
// Client.Check makes one attempt and sorts whatever comes of it into one Class.
// The class says what the checkpoint must record, whether asking again is free,
// and whether the whole batch has to stop. Every answer meets one table, in
// order; the first row that fits decides: see rules.go.
//
//	config.go   what a Client needs, and what New refuses
//	secret.go   credentials that no printer and no encoder shows
//	request.go  a person on the wire: form, JSON or query
//	sign.go     the gateway's signature, for AppKey and AppSecret
//	conn.go     connections that know whether a request byte was ever handed over,
//	            and whether what came in can answer it
//	attempt.go  one attempt: its time limit, and the proof that nothing was sent
//	decode.go   the service's answer, read strictly; json.go walks over its JSON
//	outcome.go  what comes out: bounded, and free of the person asked about
//	seen.go     which answers came before
//	rules.go    the table
//	class.go    what each class means for the checkpoint and the batch
//	backoff.go  how long a free retry waits
//
// Money is counted by the gateway when it answers 2xx, whether or not that
// answer arrives. So a request of which one byte may have left is never taken
// for unsent, and nothing here or in net/http below it sends a request twice. An
// answer that was there before its request is nobody's: net/http would take it
// for the answer about the next person on that connection. So is one whose request id
// came before in this run.
//
// net/http writes bytes that a server sends unasked to the log package's
// standard logger. A program that must not log personal data discards that
// logger's output.
package mobile3

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"mobile3batch/person"
)

// Endpoint is the service's address on its product page.
const Endpoint = "https://sxm3v2.market.alicloudapi.com/mobile3/check"

// idleTimeout is shorter than the gateway's 25 s: a connection that the gateway
// closes while a request sets out turns that request into a doubt.
const idleTimeout = 20 * time.Second

const maxHeaderBytes = 64 << 10

// A Client asks the service. It may be used by many goroutines at once; each
// holds one connection while it asks, and no more than Config.Workers exist.
type Client struct {
	endpoint  *url.URL
	body      Body
	appCode   Secret // empty when signing
	signer    *signer
	userAgent string
	timeout   time.Duration
	transport *http.Transport
	hangUp    context.CancelFunc
	now       func() time.Time
	answered  *answeredBefore
}

// New checks the configuration and makes a Client; it connects to nothing. Its
// errors are ErrEndpoint, ErrCredentials or ErrConfig with the reason, and hold
// no secret. Call Close when the last Check has returned.
func New(cfg Config) (*Client, error) {
	return newClient(cfg, tlsConfig(nil))
}

// Close gives up on connections that are still being made and closes the idle
// ones. Call it after the last Check has returned: one that still runs keeps
// its connection, one that starts later comes out as NotSent.
func (c *Client) Close() {
	c.hangUp()
	c.transport.CloseIdleConnections()
}

// Check asks about one person, once. It never re-sends. A ctx that ends does not
// end the call: an answer that is already paid for is waited for. Only the
// values of ctx are used. The nonce must be fresh random bytes for each attempt.
//
// The call takes at most Config.Timeout to come by a connection and at most
// Config.Timeout from then to the end of the answer, and as long as it takes to read
// what has arrived by then: 0.1 to 5 s.
func (c *Client) Check(ctx context.Context, p person.Person, nonce [16]byte) Outcome {
	a := newAttempt(ctx, c.timeout)
	defer a.end()
	req := c.request(a.ctx, p, nonce)
	// RoundTrip, not Client.Do: here nothing exists that could follow a redirect.
	resp, err := c.transport.RoundTrip(req)
	if err == nil && a.isEarly() {
		resp.Body.Close()
		err = errEarly
	}
	if err != nil {
		return a.failed(err)
	}
	out := c.judge(resp, newScrubber(p, c.appCode))
	if out.Class == Repeated {
		a.hangUp() // whatever comes next on it answers an earlier call, too
	}
	return out
}

// Format keeps a printed Client from showing what it holds.
func (c *Client) Format(s fmt.State, _ rune) { io.WriteString(s, "mobile3.Client") }
