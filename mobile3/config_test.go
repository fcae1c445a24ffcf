package mobile3

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestNewRefuses(t *testing.T) {
	code := Credentials{AppCode: NewSecret("abc")}
	with := func(change func(*Config)) Config {
		cfg := Config{Endpoint: "https://localhost/x", Credentials: code}
		change(&cfg)
		return cfg
	}
	endpoint := func(e string) Config { return with(func(c *Config) { c.Endpoint = e }) }
	credentials := func(c Credentials) Config { return with(func(cfg *Config) { cfg.Credentials = c }) }
	tests := []struct {
		cfg  Config
		want error
	}{
		{endpoint("http://example.com/mobile3/check"), ErrEndpoint},
		{endpoint("http://127.0.0.1.example.com/"), ErrEndpoint},
		{endpoint("http://localhost.example.com/"), ErrEndpoint},
		{endpoint("http://10.0.0.1/"), ErrEndpoint},
		{endpoint("http://0.0.0.0/"), ErrEndpoint},
		{endpoint("http://[::]/"), ErrEndpoint},
		{endpoint("ftp://localhost/"), ErrEndpoint},
		{endpoint("localhost:80"), ErrEndpoint},
		{endpoint("//localhost/x"), ErrEndpoint},
		{endpoint("https:opaque"), ErrEndpoint},
		{endpoint("https:///path"), ErrEndpoint},
		{endpoint("https://:443/path"), ErrEndpoint},
		{endpoint("https://S3CR3T@localhost/"), ErrEndpoint},
		{endpoint("https://user:S3CR3T@localhost/"), ErrEndpoint},
		{endpoint("https://localhost/#S3CR3T"), ErrEndpoint},
		{endpoint("https://localhost/#"), ErrEndpoint},
		{endpoint("https://localhost/?AppCode=S3CR3T"), ErrEndpoint},
		{endpoint("https://localhost/?"), ErrEndpoint},
		{endpoint("https://local host/S3CR3T"), ErrEndpoint},
		{endpoint("https://localhost/\x00S3CR3T"), ErrEndpoint},
		{endpoint("https://localhost/%zzS3CR3T"), ErrEndpoint},
		{credentials(Credentials{}), ErrCredentials},
		{credentials(Credentials{AppKey: "k"}), ErrCredentials},
		{credentials(Credentials{AppSecret: NewSecret("S3CR3T")}), ErrCredentials},
		{credentials(Credentials{AppCode: NewSecret("S3CR3T"), AppKey: "k", AppSecret: NewSecret("S3CR3T")}), ErrCredentials},
		{credentials(Credentials{AppCode: NewSecret("S3CR3T"), AppKey: "k"}), ErrCredentials},
		{credentials(Credentials{AppCode: NewSecret("S3CR3T\n")}), ErrCredentials},
		{credentials(Credentials{AppCode: NewSecret("S3CR3T\r\nX-Evil: 1")}), ErrCredentials},
		{credentials(Credentials{AppCode: NewSecret("S3CR3T x")}), ErrCredentials},
		{credentials(Credentials{AppCode: NewSecret("S3CR3T码")}), ErrCredentials},
		{credentials(Credentials{AppCode: NewSecret("S3CR3T\x7f")}), ErrCredentials},
		{credentials(Credentials{AppKey: "k\n", AppSecret: NewSecret("S3CR3T")}), ErrCredentials},
		{credentials(Credentials{AppKey: "k", AppSecret: NewSecret("S3CR3T\n")}), ErrCredentials},
		{with(func(c *Config) { c.Body = "xml" }), ErrConfig},
		{with(func(c *Config) { c.Workers = -1 }), ErrConfig},
		{with(func(c *Config) { c.Timeout = -1 }), ErrConfig},
		{with(func(c *Config) { c.UserAgent = "a\r\nb" }), ErrConfig},
	}
	for i, test := range tests {
		c, err := New(test.cfg)
		if c != nil || !errors.Is(err, test.want) {
			t.Errorf("%d: %v, want %v", i, err, test.want)
			continue
		}
		if strings.Contains(err.Error(), "S3CR3T") {
			t.Errorf("%d: the error shows a secret", i)
		}
	}
}

func TestNewTakes(t *testing.T) {
	for _, endpoint := range []string{"", Endpoint, "https://example.com", "https://example.com:8443/a/b",
		"http://localhost:8080/mobile3/check", "http://LOCALHOST/", "http://127.0.0.1/", "http://127.9.9.9:1/", "http://[::1]:1/x"} {
		c, err := New(Config{Endpoint: endpoint, Credentials: Credentials{AppCode: NewSecret("abc")}})
		if err != nil {
			t.Errorf("%q: %v", endpoint, err)
			continue
		}
		if c.timeout != 40*time.Second || c.body != Form || c.transport.MaxConnsPerHost != 1 || c.userAgent == "" || c.endpoint.Path == "" {
			t.Errorf("%q: defaults are missing", endpoint)
		}
		c.Close()
	}
	c := testClient(t, Config{Workers: 7, Credentials: Credentials{AppKey: "k", AppSecret: NewSecret("s")}})
	if tr := c.transport; tr.MaxConnsPerHost != 7 || tr.MaxIdleConnsPerHost != 7 || tr.MaxIdleConns != 7 || tr.IdleConnTimeout != 20*time.Second {
		t.Error("the pool doesn't fit the workers")
	}
}

func TestIsLoopback(t *testing.T) {
	for endpoint, want := range map[string]bool{
		"http://localhost:1/": true, "https://127.0.0.1/": true, "http://127.255.0.3": true, "http://[::1]:8/x": true,
		"http://[::ffff:127.0.0.1]/": true,
		Endpoint:                     false, "": false, "::": false, "http://128.0.0.1/": false, "http://[::]/": false, "http://localhost.evil/": false,
	} {
		if IsLoopback(endpoint) != want {
			t.Errorf("%q: not %v", endpoint, want)
		}
	}
}

func TestBackoff(t *testing.T) {
	b := DefaultBackoff
	if b.First != 500*time.Millisecond || b.Max != 30*time.Second || b.Breaker != 90*time.Second || b.GiveUp != 10*time.Minute {
		t.Errorf("%+v", b)
	}
	for n, full := range map[int]time.Duration{-1: 500, 0: 500, 1: 500, 2: 1000, 3: 2000, 6: 16000, 7: 30000, 8: 30000, 1 << 30: 30000} {
		full *= time.Millisecond
		if low, high := b.Wait(n, 0), b.Wait(n, 0.999999); low != full/2 || high > full || high < full*99/100 {
			t.Errorf("%d: %v to %v, want %v to %v", n, low, high, full/2, full)
		}
	}
}
