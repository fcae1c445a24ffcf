package sandbox

import (
	"errors"
	"io"
	"net/http"
)

const (
	checkPath = "/mobile3/check"
	maxBody   = 8 << 20
	maxURL    = 8 << 10
)

var errTooLarge = errors.New("body too large")

// check is one call, from the gateway's doubts to the vendor's answer.
func (s *Sandbox) check(w http.ResponseWriter, r *http.Request, id requestID) {
	s.requests.Add(1)
	if s.cfg.OnRequest != nil {
		s.cfg.OnRequest(r)
	}
	body, f := s.receive(r)
	if a := s.cfg.Answer; f == nil && a != nil {
		if n := s.cfg.AnswerTimes; s.answers.Add(1) <= int64(n) || n == 0 {
			a.write(w, id)
			return
		}
	}
	if f == nil {
		f = s.admit(r, body)
	}
	if f != nil {
		s.refuse(w, id, *f)
		return
	}
	if !s.quota.hold() {
		s.refuse(w, id, quotaExhausted)
		return
	}
	c := call{s: s, w: w, id: id, fate: ruleFate}
	defer func() {
		if !c.counted {
			s.quota.release()
		}
	}()
	p, f := s.params(r.URL.RawQuery, r.Header.Get("Content-Type"), body)
	if f != nil {
		s.refuse(w, id, *f)
		return
	}
	c.answer(p)
}

func (s *Sandbox) receive(r *http.Request) ([]byte, *refusal) {
	switch {
	case r.Method != http.MethodPost:
		return nil, &unsupportedMethod
	case len(r.RequestURI) > maxURL:
		return nil, &urlTooLarge
	}
	body, err := readBody(r)
	if err == errTooLarge {
		return nil, &bodyTooLarge
	}
	if err != nil {
		panic(http.ErrAbortHandler) // the client left in mid-request: nobody to answer, nothing to count
	}
	return body, nil
}

func readBody(r *http.Request) ([]byte, error) {
	if r.ContentLength > maxBody {
		return nil, errTooLarge
	}
	if r.ContentLength >= 0 {
		body := make([]byte, r.ContentLength)
		_, err := io.ReadFull(r.Body, body)
		return body, err
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if len(body) > maxBody {
		return nil, errTooLarge
	}
	return body, err
}

// admit is what the gateway asks before it looks at the quota and the parameters.
func (s *Sandbox) admit(r *http.Request, body []byte) *refusal {
	if f := s.authorise(r, body); f != nil {
		return f
	}
	if s.cfg.ForceNonce {
		nonce := r.Header.Get("X-Ca-Nonce")
		if nonce == "" {
			return &nonceMissing
		}
		if !s.nonces.use(nonce, s.cfg.Now()) {
			return &nonceUsed
		}
	}
	if !s.limit.Load().take(s.cfg.Now()) {
		return &overLimit
	}
	return nil
}

func (c *call) answer(p params) {
	if !p.plausible() {
		c.rejected()
		return
	}
	c.person = c.s.digester.person(p)
	var fate *Fate
	if !c.s.cfg.NoTestMobiles {
		fate = fateOf(p.mobile)
	}
	if fate == nil {
		c.byRule(p.mobile)
		return
	}
	c.fate = fate.Name
	_, c.channel = Rule(p.mobile)
	fate.play(c)
}
