package sandbox

import (
	"net/http"
	"strings"
)

// badAppCodes are refused as the real gateway refuses such a one.
var badAppCodes = map[string]*refusal{
	"unknown":       &unknownAppCode,
	"other-product": &unauthorised,
	"expired":       &packageExpired,
	"arrears":       &packageOverdue,
	"no-quota":      &quotaExhausted,
}

// authorise looks at the AppCode, and without one at the signature.
func (s *Sandbox) authorise(r *http.Request, body []byte) *refusal {
	appCode, ok := strings.CutPrefix(r.Header.Get("Authorization"), "APPCODE ")
	if ok && appCode != "" {
		return s.checkAppCode(appCode)
	}
	if r.Header.Get("X-Ca-Key") == "" || r.Header.Get("X-Ca-Signature") == "" {
		return &noCredentials
	}
	return s.checkSignature(r, body)
}

func (s *Sandbox) checkAppCode(appCode string) *refusal {
	if s.cfg.AppCode != "" && appCode == s.cfg.AppCode {
		return nil
	}
	if f := badAppCodes[appCode]; f != nil {
		return f
	}
	if s.cfg.AppCode != "" {
		return &unknownAppCode
	}
	return nil
}
