package sandbox

import (
	"encoding/json"
	"net/url"
	"strings"
	"unicode/utf8"
)

// The encodings of a request's parameters.
const (
	bodyForm  = "form"
	bodyJSON  = "json"
	bodyQuery = "query"
)

// encodingOf tells a body's encoding by its Content-Type; "" is none we read.
func encodingOf(contentType string) string {
	kind, _, _ := strings.Cut(contentType, ";")
	switch kind = strings.TrimSpace(kind); {
	case strings.EqualFold(kind, "application/x-www-form-urlencoded"):
		return bodyForm
	case strings.EqualFold(kind, "application/json"):
		return bodyJSON
	}
	return ""
}

type params struct{ name, mobile, idCard string }

// params takes each parameter from the body, else from the query.
func (s *Sandbox) params(rawQuery, contentType string, body []byte) (params, *refusal) {
	var p params
	encoding, only := encodingOf(contentType), s.cfg.RequireBody
	if len(body) > 0 && encoding != "" && (only == "" || only == encoding) {
		if f := p.fromBody(encoding, body); f != nil {
			return p, f
		}
	}
	if only == "" || only == bodyQuery {
		if !p.fromPairs(rawQuery) {
			f := refusal{"I400RU", "Invalid Request Uri", 400, "Invalid Url"}
			return p, &f
		}
	}
	return p, p.missing()
}

func (p *params) fromBody(encoding string, body []byte) *refusal {
	if encoding == bodyJSON {
		return p.fromJSON(body)
	}
	if !p.fromPairs(string(body)) {
		f := invalidBody("malformed form")
		return &f
	}
	return nil
}

// fromPairs fills what is still empty. It is written out by hand because
// url.ParseQuery's map is the dearest part of a call.
func (p *params) fromPairs(pairs string) bool {
	for pairs != "" {
		var pair string
		pair, pairs, _ = strings.Cut(pairs, "&")
		key, value, _ := strings.Cut(pair, "=")
		field := p.field(key)
		if field == nil || *field != "" {
			continue
		}
		text, err := url.QueryUnescape(value)
		if err != nil {
			return false
		}
		*field = text
	}
	return true
}

func (p *params) fromJSON(body []byte) *refusal {
	var object map[string]any
	if err := json.Unmarshal(body, &object); err != nil {
		f := invalidBody("not a JSON object")
		return &f
	}
	for key, value := range object {
		field := p.field(key)
		if field == nil || value == nil {
			continue
		}
		text, ok := value.(string)
		if !ok {
			f := invalidBody("parameter `" + key + "` is not a string")
			return &f
		}
		*field = text
	}
	return nil
}

func (p *params) field(key string) *string {
	switch key {
	case "name":
		return &p.name
	case "mobile":
		return &p.mobile
	case "idCard":
		return &p.idCard
	}
	return nil
}

func (p *params) missing() *refusal {
	var f refusal
	switch "" {
	case p.name:
		f = parameterMissing("name")
	case p.mobile:
		f = parameterMissing("mobile")
	case p.idCard:
		f = parameterMissing("idCard")
	default:
		return nil
	}
	return &f
}

// plausible is the vendor's own look at the parameters.
func (p *params) plausible() bool {
	return isMobile(p.mobile) && utf8.ValidString(p.name) && utf8.ValidString(p.idCard)
}

func isMobile(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return len(text) == 11
}
