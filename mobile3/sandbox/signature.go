package sandbox

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const timestampWindow = 15 * time.Minute

// checkSignature checks key, timestamp, body digest and signature, in this order.
func (s *Sandbox) checkSignature(r *http.Request, body []byte) *refusal {
	if r.Header.Get("X-Ca-Key") != s.cfg.AppKey {
		return &unknownAppKey
	}
	if f := s.checkTimestamp(r.Header.Get("X-Ca-Timestamp")); f != nil {
		return f
	}
	if sent := r.Header.Get("Content-Md5"); sent != "" && sent != contentMD5(body) {
		return &invalidMD5
	}
	text := stringToSign(r, body)
	sent, err := base64.StdEncoding.DecodeString(r.Header.Get("X-Ca-Signature"))
	want := sign(text, r.Header.Get("X-Ca-Signature-Method"), s.cfg.AppSecret)
	if err != nil || want == nil || !hmac.Equal(sent, want) {
		f := invalidSignature(text)
		return &f
	}
	return nil
}

func (s *Sandbox) checkTimestamp(text string) *refusal {
	if text == "" {
		return nil
	}
	ms, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return &invalidTimestamp
	}
	now := s.cfg.Now().UnixMilli()
	if window := timestampWindow.Milliseconds(); ms < now-window || ms > now+window {
		return &timestampExpired
	}
	return nil
}

func contentMD5(body []byte) string {
	sum := md5.Sum(body)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// sign is nil for a method the gateway does not know.
func sign(text, method, secret string) []byte {
	var newHash func() hash.Hash
	switch method {
	case "", "HmacSHA256":
		newHash = sha256.New
	case "HmacSHA1":
		newHash = sha1.New
	default:
		return nil
	}
	mac := hmac.New(newHash, []byte(secret))
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

// stringToSign is what the request's signature must cover.
func stringToSign(r *http.Request, body []byte) string {
	var b strings.Builder
	b.WriteString(r.Method)
	b.WriteByte('\n')
	for _, name := range []string{"Accept", "Content-Md5", "Content-Type", "Date"} {
		b.WriteString(r.Header.Get(name))
		b.WriteByte('\n')
	}
	for _, name := range signedHeaders(r.Header.Get("X-Ca-Signature-Headers")) {
		b.WriteString(name)
		b.WriteByte(':')
		b.WriteString(r.Header.Get(name))
		b.WriteByte('\n')
	}
	b.WriteString(resource(r, body))
	return b.String()
}

func signedHeaders(list string) []string {
	var names []string
	for name := range strings.SplitSeq(list, ",") {
		if name = strings.TrimSpace(name); name != "" && !neverSigned(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func neverSigned(name string) bool {
	switch strings.ToLower(name) {
	case "x-ca-signature", "x-ca-signature-headers", "accept", "content-md5", "content-type", "date":
		return true
	}
	return false
}

// resource is the path and all query and form parameters, sorted and not escaped.
func resource(r *http.Request, body []byte) string {
	// What can't be unescaped is left out: the signature then fails, as it should.
	all, _ := url.ParseQuery(r.URL.RawQuery)
	if encodingOf(r.Header.Get("Content-Type")) == bodyForm {
		form, _ := url.ParseQuery(string(body))
		for key, values := range form {
			all[key] = values
		}
	}
	keys := make([]string, 0, len(all))
	for key := range all {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	var b strings.Builder
	b.WriteString(r.URL.Path)
	for i, key := range keys {
		if i == 0 {
			b.WriteByte('?')
		} else {
			b.WriteByte('&')
		}
		b.WriteString(key)
		if value := all[key][0]; value != "" {
			b.WriteByte('=')
			b.WriteString(value)
		}
	}
	return b.String()
}
