package mobile3

import (
	"net/url"
	"strings"
	"unicode"

	"mobile3batch/person"
)

// A scrubber lets through what may be kept and shown of an answer. A server may
// repeat what it was sent, in any field.
type scrubber struct{ private [4]string } // in upper case; empty ones don't count

// shortestAppCode: a shorter one (a sandbox's) stands in other texts by chance.
const shortestAppCode = 16

func newScrubber(p person.Person, appCode Secret) scrubber {
	s := scrubber{[...]string{p.Name, p.Mobile, p.IDCard, appCode.Reveal()}}
	if len(s.private[3]) < shortestAppCode {
		s.private[3] = ""
	}
	for i := range s.private {
		s.private[i] = strings.ToUpper(s.private[i])
	}
	return s
}

// token returns a short text whole or not at all: half a serial number is none.
func (s scrubber) token(text string, most int) string {
	text = s.clean(text)
	if len(text) > most {
		return ""
	}
	return text
}

// prose returns at most so many runes.
func (s scrubber) prose(text string, most int) string {
	text = s.clean(text)
	for i := range text {
		if most == 0 {
			return text[:i]
		}
		most--
	}
	return text
}

func (s scrubber) requestID(text string) string {
	for _, r := range text {
		if r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' {
			return ""
		}
	}
	return s.token(text, 64)
}

// clean drops what is not seen, and the whole text if it is damaged or private.
func (s scrubber) clean(text string) string {
	if strings.ContainsRune(text, unicode.ReplacementChar) {
		return ""
	}
	text = strings.Map(visible, text)
	if s.holdsPrivate(text) {
		return ""
	}
	if !strings.Contains(text, "%") {
		return text
	}
	// What can't be unescaped whole might be the name in part.
	if plain, err := url.QueryUnescape(text); err != nil || s.holdsPrivate(plain) {
		return ""
	}
	return text
}

func visible(r rune) rune {
	if r >= ' ' && r <= '~' {
		return r
	}
	if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
		return -1
	}
	return r
}

func (s scrubber) holdsPrivate(text string) bool {
	text = strings.ToUpper(text)
	for _, private := range s.private {
		if private != "" && strings.Contains(text, private) {
			return true
		}
	}
	return false
}
