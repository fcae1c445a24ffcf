package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Dialect is the way the gateway words its refusals.
type Dialect string

const (
	// DialectNew sends X-Ca-Error-Code and X-Ca-Error-Message, and throttles with 429.
	DialectNew Dialect = "new"
	// DialectLegacy sends X-Ca-Error-Message alone, and throttles with 403.
	DialectLegacy Dialect = "legacy"
)

// What is accepted as a signature's key pair unless Config says otherwise.
const (
	DefaultAppKey    = "sandbox-key"
	DefaultAppSecret = "sandbox-secret"
)

// Config says how the sandbox behaves. Careful with the zero value: its Quota
// is 0, so every call is refused with B403MQ; start from [Defaults].
type Config struct {
	// Bill is the bill's file. An existing one is continued: its lines count, its
	// numbering goes on. Only one sandbox may write it. Empty: memory only.
	Bill string
	// Key is the secret of the bill's person digests. Nil: 32 random bytes, kept
	// beside the bill in a file named Bill + ".key" (mode 0600) and found there again.
	Key []byte

	// Latency is how long the vendor works on a call before it is billed and answered.
	Latency time.Duration
	// Jitter is the most that is added to Latency, at random.
	Jitter time.Duration

	// Quota is the number of counted calls left; negative: without end.
	// A call under way holds one, and gives it back unless it is counted.
	Quota int
	// Limit is how many calls a second are let through, with a burst of a tenth
	// of it (at least 1); the others are throttled. 0: no limit.
	Limit float64

	// Dialect of the refusals; empty: DialectNew.
	Dialect Dialect
	// NoRecord is the HTTP status of result 3: 200 (counted) or 450 (not counted). 0: 200.
	NoRecord int
	// RequireBody names the one encoding whose parameters are seen: "form",
	// "json" or "query"; in any other, parameters are missing (I400MP). Empty: all three.
	RequireBody string
	// ForceNonce demands an X-Ca-Nonce (I400NC), new within fifteen minutes (S403NU).
	ForceNonce bool

	// AppCode is the only one accepted; empty: any but the documented bad ones.
	AppCode string
	// AppKey and AppSecret are what signatures are checked with; empty: the defaults.
	AppKey, AppSecret string

	// Answer is given to the first AnswerTimes calls, and to every one if that is 0;
	// nothing is counted. Nil: none. See [GatewayAnswers].
	Answer      *GatewayAnswer
	AnswerTimes int

	// NoTestMobiles answers the test mobiles by the rule, like anybody's.
	NoTestMobiles bool

	// Now is the clock of the bill, the nonces, the limit and the signatures; nil:
	// time.Now. Called from many goroutines. Latency always takes real time.
	Now func() time.Time

	// OnRequest is called for each request to /mobile3/check as it arrives, before
	// anything is judged, from its own goroutine. It must not read the body.
	OnRequest func(r *http.Request)
	// OnBilled is called when line n stands in the bill's file and not a byte of its answer has
	// left, from the call's own goroutine: while it blocks, only this call waits.
	OnBilled func(n int)
}

// Defaults is an obliging sandbox: no latency, no limits, a bill in memory.
func Defaults() Config { return Config{Quota: -1} }

func (c Config) withDefaults() (Config, error) {
	if c.Dialect == "" {
		c.Dialect = DialectNew
	}
	if c.NoRecord == 0 {
		c.NoRecord = http.StatusOK
	}
	if c.AppKey == "" {
		c.AppKey = DefaultAppKey
	}
	if c.AppSecret == "" {
		c.AppSecret = DefaultAppSecret
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c, c.validate()
}

func (c Config) validate() error {
	switch {
	case c.Dialect != DialectNew && c.Dialect != DialectLegacy:
		return fmt.Errorf("sandbox: dialect %q: want new or legacy", c.Dialect)
	case c.NoRecord != http.StatusOK && c.NoRecord != 450:
		return fmt.Errorf("sandbox: status %d for no record: want 200 or 450", c.NoRecord)
	case c.RequireBody != "" && c.RequireBody != bodyForm && c.RequireBody != bodyJSON && c.RequireBody != bodyQuery:
		return fmt.Errorf("sandbox: body %q: want form, json or query", c.RequireBody)
	case c.Latency < 0 || c.Jitter < 0:
		return errors.New("sandbox: latency and jitter can't be negative")
	case !(c.Limit >= 0): // NaN, too
		return errors.New("sandbox: the limit can't be negative")
	case c.AnswerTimes < 0:
		return errors.New("sandbox: an answer can't be given less than never")
	case c.Key != nil && len(c.Key) == 0:
		return errors.New("sandbox: the key is empty")
	}
	return nil
}
