package mobile3

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// What New refuses.
var (
	ErrEndpoint    = errors.New("the endpoint can't be used")
	ErrCredentials = errors.New("the credentials can't be used")
	ErrConfig      = errors.New("the client's settings can't be used")
)

// DefaultTimeout is longer than the 30 s the gateway gives the service: who
// hangs up earlier may pay for an answer that nobody reads.
const DefaultTimeout = 40 * time.Second

// Body says how a person travels. The product page leaves it open; a wrong
// choice is refused by the gateway or the service, for nothing.
type Body string

const (
	Form  Body = "form"  // the default
	JSON  Body = "json"  //
	Query Body = "query" // puts personal data in the URL: the caller must warn
)

// Credentials are either an AppCode or an AppKey with its AppSecret.
type Credentials struct {
	AppCode   Secret
	AppKey    string
	AppSecret Secret
}

// Config says whom to ask and how.
type Config struct {
	Endpoint string // https; plain http only to this machine. Empty: the product page's
	Body     Body   // empty: Form
	Credentials
	Workers   int           // connections at most; 0 is 1
	Timeout   time.Duration // of one call; 0 is DefaultTimeout
	UserAgent string        // empty: mobile3batch
	Proxy     Secret        // http://HOST:PORT, perhaps with a password, which is asked for a tunnel; empty: none, whatever the environment says
	// Dial opens connections; nil is a net.Dialer's. What it returns is counted and sealed all the same.
	Dial func(ctx context.Context, network, address string) (net.Conn, error) `json:"-"`
}

// IsLoopback reports whether the endpoint's host is this machine: localhost,
// 127.0.0.0/8 or ::1.
func IsLoopback(endpoint string) bool {
	u, err := url.Parse(endpoint)
	return err == nil && loopbackHost(u.Hostname())
}

func loopbackHost(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

func newClient(cfg Config, tc *tls.Config) (*Client, error) {
	endpoint, err := parseEndpoint(cfg.Endpoint)
	if err != nil {
		return nil, err
	}
	if err := cfg.Credentials.check(); err != nil {
		return nil, err
	}
	if err := cfg.fill(); err != nil {
		return nil, err
	}
	open := cfg.Dial
	if !cfg.Proxy.Empty() {
		if open, err = throughProxy(cfg.Proxy.Reveal(), cfg.Endpoint, open); err != nil {
			return nil, err
		}
	}
	life, hangUp := context.WithCancel(context.Background())
	c := &Client{
		endpoint:  endpoint,
		body:      cfg.Body,
		userAgent: cfg.UserAgent,
		timeout:   cfg.Timeout,
		transport: newTransport(cfg.Workers, newDialer(life, tc, open)),
		hangUp:    hangUp,
		now:       time.Now,
		answered:  newAnsweredBefore(),
	}
	if cfg.AppCode.Empty() {
		c.signer = &signer{key: cfg.AppKey, secret: cfg.AppSecret}
	} else {
		c.appCode = cfg.AppCode
	}
	return c, nil
}

// newTransport makes a transport that can't send a request twice: HTTP/1.1 only
// (net/http's HTTP/2 re-sends a POST by itself), no proxy but a tunnel, which can't, and no
// compression, whose states would only add ways to lose an answer.
func newTransport(workers int, d *dialer) *http.Transport {
	h1 := new(http.Protocols)
	h1.SetHTTP1(true)
	return &http.Transport{
		Protocols:              h1,
		Proxy:                  nil,
		DialContext:            d.dial,
		DialTLSContext:         d.dialTLS,
		DisableCompression:     true,
		MaxIdleConns:           workers,
		MaxIdleConnsPerHost:    workers,
		MaxConnsPerHost:        workers,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: maxHeaderBytes,
	}
}

// CheckEndpoint says what New would refuse about an endpoint: ErrEndpoint, without
// showing it.
func CheckEndpoint(endpoint string) error {
	_, err := parseEndpoint(endpoint)
	return err
}

// parseEndpoint's errors never show the address: a user may have put a secret
// into it.
func parseEndpoint(endpoint string) (*url.URL, error) {
	if endpoint == "" {
		endpoint = Endpoint
	}
	refuse := func(why string) (*url.URL, error) { return nil, fmt.Errorf("%w: %s", ErrEndpoint, why) }
	u, err := url.Parse(endpoint)
	switch {
	case err != nil:
		return refuse("it is not a URL")
	case u.Scheme != "https" && u.Scheme != "http":
		return refuse("it must start with https://")
	case u.Opaque != "" || u.Hostname() == "":
		return refuse("it names no host")
	case u.User != nil:
		return refuse("it holds a user name or password; credentials are given apart")
	case u.Fragment != "" || strings.Contains(endpoint, "#"):
		return refuse("it holds a fragment (#...)")
	case u.RawQuery != "" || u.ForceQuery:
		return refuse("it holds a query (?...)")
	case u.Scheme == "http" && !loopbackHost(u.Hostname()):
		return refuse("plain http is allowed to this machine only; use https://")
	}
	if u.Path == "" {
		u.Path = "/"
	}
	return u, nil
}

func (c Credentials) check() error {
	refuse := func(why string) error { return fmt.Errorf("%w: %s", ErrCredentials, why) }
	signing := c.AppKey != "" || !c.AppSecret.Empty()
	switch {
	case c.AppCode.Empty() && !signing:
		return refuse("neither an AppCode nor an AppKey with its AppSecret is given")
	case !c.AppCode.Empty() && signing:
		return refuse("an AppCode and an AppKey are given; give one of them")
	case signing && c.AppKey == "":
		return refuse("the AppSecret has no AppKey")
	case signing && c.AppSecret.Empty():
		return refuse("the AppKey has no AppSecret")
	case !visibleASCII(c.AppCode.Reveal()):
		return refuse("the AppCode holds a character that can't stand in a header")
	case !visibleASCII(c.AppKey):
		return refuse("the AppKey holds a character that can't stand in a header")
	case !visibleASCII(c.AppSecret.Reveal()):
		return refuse("the AppSecret holds a space, a line break or a character that is not ASCII")
	}
	return nil
}

func (cfg *Config) fill() error {
	switch cfg.Body {
	case "":
		cfg.Body = Form
	case Form, JSON, Query:
	default:
		return fmt.Errorf("%w: the body must be form, json or query", ErrConfig)
	}
	if cfg.Workers < 0 || cfg.Timeout < 0 {
		return fmt.Errorf("%w: workers and timeout can't be negative", ErrConfig)
	}
	if cfg.Workers == 0 {
		cfg.Workers = 1
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = DefaultTimeout
	}
	if cfg.UserAgent == "" {
		cfg.UserAgent = "mobile3batch"
	}
	if !visibleASCII(strings.ReplaceAll(cfg.UserAgent, " ", "")) {
		return fmt.Errorf("%w: the user agent holds a character that can't stand in a header", ErrConfig)
	}
	return nil
}

func visibleASCII(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
