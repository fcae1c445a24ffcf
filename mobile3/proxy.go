package mobile3

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// ErrProxy: the proxy can't be used.
var ErrProxy = errors.New("the proxy can't be used")

// CheckProxy says what New would refuse about a proxy for an endpoint: ErrProxy,
// without showing either.
func CheckProxy(proxy, endpoint string) error {
	u, err := url.Parse(endpoint)
	if err == nil && u.Scheme != "https" && endpoint != "" {
		return fmt.Errorf("%w: it is for https alone: without, it would see who is asked about", ErrProxy)
	}
	_, err = parseProxy(proxy)
	return err
}

func parseProxy(proxy string) (*url.URL, error) {
	u, err := url.Parse(proxy)
	if err != nil || u.Scheme != "http" || u.Hostname() == "" || u.Port() == "" || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("%w: it must be http://HOST:PORT", ErrProxy)
	}
	return u, nil
}

// A tunnel opens connections through an HTTP proxy with CONNECT. TLS runs inside,
// from this machine to the service: the proxy learns the service's name, and can
// neither read nor repeat a request. It belongs below conn, which counts what is
// written above TLS: what is said to the proxy is no request.
type tunnel struct {
	proxy *url.URL
	open  opener
}

// An opener makes bare connections.
type opener = func(ctx context.Context, network, address string) (net.Conn, error)

// throughProxy opens connections to the proxy with open; nil is a net.Dialer's.
func throughProxy(proxy, endpoint string, open opener) (opener, error) {
	if err := CheckProxy(proxy, endpoint); err != nil {
		return nil, err
	}
	u, err := parseProxy(proxy)
	if err != nil {
		return nil, err
	}
	if open == nil {
		open = directly
	}
	return tunnel{u, open}.dial, nil
}

func (t tunnel) dial(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := t.open(ctx, network, t.proxy.Host)
	if err != nil {
		return nil, dialFailed("proxy", err)
	}
	if err := t.connect(ctx, c, address); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// connect asks the proxy for the tunnel. It ends with ctx at the latest: what cuts
// it off must not cut off a request later, so a tunnel that comes too late is none.
func (t tunnel) connect(ctx context.Context, c net.Conn, address string) error {
	stop := context.AfterFunc(ctx, func() { c.SetDeadline(time.Unix(1, 0)) })
	err := t.ask(c, address)
	if !stop() {
		return dialFailed("proxy", context.Cause(ctx))
	}
	return err
}

func (t tunnel) ask(c net.Conn, address string) error {
	want := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: address}, Host: address, Header: http.Header{"User-Agent": {""}}}
	if u := t.proxy.User; u != nil {
		password, _ := u.Password()
		want.Header.Set("Proxy-Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(u.Username()+":"+password)))
	}
	if err := want.Write(c); err != nil {
		return dialFailed("proxy", err)
	}
	in := bufio.NewReader(io.LimitReader(c, maxHeaderBytes))
	resp, err := http.ReadResponse(in, want)
	switch {
	case err != nil:
		return dialFailed("proxy", err)
	case resp.StatusCode == http.StatusProxyAuthRequired:
		return &dialError{"proxy-authentication", ErrProxy}
	case resp.StatusCode != http.StatusOK, in.Buffered() > 0: // in TLS the service speaks second
		return &dialError{"proxy-refused", ErrProxy}
	}
	return nil
}
