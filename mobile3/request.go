package mobile3

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"unicode/utf8"

	"mobile3batch/person"
)

const accept = "application/json"

var contentTypes = map[Body]string{
	Form: "application/x-www-form-urlencoded; charset=UTF-8",
	JSON: "application/json; charset=UTF-8",
}

// request builds one attempt's request. Its body is its own: after an error the
// transport may still be reading it, so no buffer is shared or used again.
//
// It must never carry GetBody, Idempotency-Key or X-Idempotency-Key: with these
// net/http takes a POST for one that may be sent twice.
func (c *Client) request(ctx context.Context, p person.Person, nonce [16]byte) *http.Request {
	target, body := c.endpoint, []byte(nil)
	switch c.body {
	case Form:
		body = []byte(encodeForm(p))
	case JSON:
		body = encodeJSON(p)
	case Query:
		withQuery := *c.endpoint
		withQuery.RawQuery = encodeForm(p)
		target = &withQuery
	}
	req := &http.Request{
		Method:        http.MethodPost,
		URL:           target,
		Host:          target.Host,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        c.header(p, body, formatNonce(nonce)),
		Body:          http.NoBody,
		ContentLength: int64(len(body)),
	}
	if len(body) > 0 {
		req.Body = io.NopCloser(bytes.NewReader(body))
	}
	return req.WithContext(ctx)
}

func (c *Client) header(p person.Person, body []byte, nonce string) http.Header {
	h := make(http.Header, 12)
	set := func(name, value string) { h[name] = []string{value} }
	set("Accept", accept)
	// Said outright: a packed answer would be paid for and not understood.
	set("Accept-Encoding", "identity")
	set("User-Agent", c.userAgent)
	set("X-Ca-Nonce", nonce)
	if contentType := contentTypes[c.body]; contentType != "" {
		set("Content-Type", contentType)
	}
	if c.signer == nil {
		set("Authorization", "APPCODE "+c.appCode.Reveal())
		return h
	}
	s := signing{
		method:      http.MethodPost,
		accept:      accept,
		contentType: contentTypes[c.body],
		path:        c.endpoint.Path,
	}
	if c.body == JSON {
		sum := md5.Sum(body)
		s.contentMD5 = base64.StdEncoding.EncodeToString(sum[:])
		set("Content-Md5", s.contentMD5)
	} else {
		s.params = []pair{{"name", p.Name}, {"mobile", p.Mobile}, {"idCard", p.IDCard}}
	}
	for _, signed := range c.signer.sign(s, nonce, c.now()) {
		set(signed.key, signed.value)
	}
	return h
}

// encodeForm serves the form and the query alike.
func encodeForm(p person.Person) string {
	return "name=" + url.QueryEscape(p.Name) +
		"&mobile=" + url.QueryEscape(p.Mobile) +
		"&idCard=" + url.QueryEscape(p.IDCard)
}

func encodeJSON(p person.Person) []byte {
	b := make([]byte, 0, 64+len(p.Name)+len(p.Mobile)+len(p.IDCard))
	b = appendJSON(append(b, `{"name":`...), p.Name)
	b = appendJSON(append(b, `,"mobile":`...), p.Mobile)
	b = appendJSON(append(b, `,"idCard":`...), p.IDCard)
	return append(b, '}')
}

func appendJSON(b []byte, s string) []byte {
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r < ' ':
			b = fmt.Appendf(b, `\u%04x`, r)
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}

// formatNonce writes the bytes as a UUID, all of them as they are: what the
// checkpoint holds can be found again in the gateway's log.
func formatNonce(n [16]byte) string {
	b := make([]byte, 0, 36)
	for i, part := range [...][]byte{n[:4], n[4:6], n[6:8], n[8:10], n[10:]} {
		if i > 0 {
			b = append(b, '-')
		}
		b = hex.AppendEncode(b, part)
	}
	return string(b)
}

func milliseconds(unixMilli int64) string { return strconv.FormatInt(unixMilli, 10) }
