package mobile3

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
	"time"
)

type pair struct{ key, value string }

// signing is what a signature covers. Values are as they are meant, never
// percent-encoded; query and form parameters count alike.
type signing struct {
	method, accept, contentMD5, contentType, date string

	headers []pair
	path    string
	params  []pair
}

// stringToSign keeps the line break of every empty part of the first five; what
// follows the headers has none.
func (s signing) stringToSign() string {
	var b strings.Builder
	for _, line := range []string{s.method, s.accept, s.contentMD5, s.contentType, s.date} {
		b.WriteString(line + "\n")
	}
	for _, h := range sorted(s.headers) {
		b.WriteString(h.key + ":" + h.value + "\n")
	}
	b.WriteString(s.path)
	for i, p := range sorted(s.params) {
		b.WriteByte("?&"[min(i, 1)])
		b.WriteString(p.key)
		if p.value != "" {
			b.WriteString("=" + p.value)
		}
	}
	return b.String()
}

func (s signing) signature(secret Secret) string {
	mac := hmac.New(sha256.New, []byte(secret.Reveal()))
	mac.Write([]byte(s.stringToSign()))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func sorted(pairs []pair) []pair {
	pairs = slices.Clone(pairs)
	slices.SortFunc(pairs, func(a, b pair) int { return strings.Compare(a.key, b.key) })
	return pairs
}

type signer struct {
	key    string
	secret Secret
}

// sign returns the headers that make s a signed request.
func (g *signer) sign(s signing, nonce string, now time.Time) []pair {
	timestamp := milliseconds(now.UnixMilli())
	s.headers = []pair{
		{"x-ca-key", g.key},
		{"x-ca-nonce", nonce},
		{"x-ca-signature-method", "HmacSHA256"},
		{"x-ca-timestamp", timestamp},
	}
	return []pair{
		{"X-Ca-Key", g.key},
		{"X-Ca-Timestamp", timestamp},
		{"X-Ca-Signature-Method", "HmacSHA256"},
		{"X-Ca-Signature-Headers", "x-ca-key,x-ca-nonce,x-ca-signature-method,x-ca-timestamp"},
		{"X-Ca-Signature", s.signature(g.secret)},
	}
}
