package person

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"unicode/utf8"
)

const (
	maskedPerson = "person(masked)"
	maskedField  = "field(masked)"
)

// Format prints the same few words whatever the verb, so that no log, error or
// panic can hold an identity.
func (p Person) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, maskedPerson) }

func (p Person) String() string               { return maskedPerson }
func (p Person) GoString() string             { return maskedPerson }
func (p Person) LogValue() slog.Value         { return slog.StringValue(maskedPerson) }
func (p Person) MarshalText() ([]byte, error) { return []byte(maskedPerson), nil }
func (p Person) MarshalJSON() ([]byte, error) { return []byte(`"` + maskedPerson + `"`), nil }

// Format prints the same few words whatever the verb.
func (f Field) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, maskedField) }

func (f Field) String() string               { return maskedField }
func (f Field) GoString() string             { return maskedField }
func (f Field) LogValue() slog.Value         { return slog.StringValue(maskedField) }
func (f Field) MarshalText() ([]byte, error) { return []byte(maskedField), nil }
func (f Field) MarshalJSON() ([]byte, error) { return []byte(`"` + maskedField + `"`), nil }

// MaskName keeps the first character: 欧阳某 becomes 欧**. What is masked is still
// personal data: for a screen, not for a log.
func MaskName(s string) string { return mask(s, 1, 0) }

// MaskMobile keeps the first 3 and the last 4: 138****1234.
func MaskMobile(s string) string { return mask(s, 3, 4) }

// MaskIDCard keeps the first 4 and the last 4, so that no birth date shows.
func MaskIDCard(s string) string { return mask(s, 4, 4) }

// mask hides all but the first head and the last tail characters; of a text so
// short that less than a third would be hidden, or nothing, it hides all.
func mask(s string, head, tail int) string {
	n := utf8.RuneCountInString(s)
	if hidden := n - head - tail; hidden < 1 || hidden*3 < n {
		return strings.Repeat("*", n)
	}
	runes := []rune(s)
	return string(runes[:head]) + strings.Repeat("*", n-head-tail) + string(runes[n-tail:])
}
