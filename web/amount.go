package web

import (
	"errors"
	"regexp"
	"strings"
)

// afford says how many calls somebody's amount buys.
func (s *Server) afford(text string) (int64, error) {
	yuan, err := amount(text)
	if err != nil {
		return 0, err
	}
	calls, err := s.Money.Afford(yuan)
	if err == nil && calls < 0 {
		err = errAmount
	}
	return calls, err
}

var (
	errAmount  = errors.New("not an amount")
	isPlain    = regexp.MustCompile(`^[0-9]+([.][0-9]+)?$`)
	isThousand = regexp.MustCompile(`^[0-9]{1,3}([,，][0-9]{3})+([.][0-9]+)?$`)
)

// amount is what somebody wrote as a number, without the separators of thousands. A comma
// that is none may be meant as a point: who wrote 12,80 has not agreed to 1280.
func amount(text string) (string, error) {
	s := strings.TrimSpace(text)
	s = strings.TrimPrefix(strings.TrimPrefix(s, "¥"), "￥")
	s = strings.TrimSpace(strings.TrimSuffix(s, "元"))
	switch {
	case isPlain.MatchString(s):
		return s, nil
	case isThousand.MatchString(s):
		return strings.NewReplacer(",", "", "，", "").Replace(s), nil
	}
	return "", errAmount
}
