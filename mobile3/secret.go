package mobile3

import (
	"fmt"
	"io"
	"log/slog"
)

const redacted = "[secret]"

// A Secret is a credential. No verb of fmt, no logger and no encoder shows it;
// Reveal is the one way out. The zero Secret is empty.
type Secret struct {
	// A pointer: where fmt can't call methods, in a field that is not exported, it
	// prints an address.
	text *string
}

// NewSecret keeps text.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{&text}
}

// Reveal returns the credential itself, for a header or a signature.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// Empty reports whether there is no credential.
func (s Secret) Empty() bool { return s.text == nil }

func (s Secret) Format(f fmt.State, _ rune)   { io.WriteString(f, redacted) }
func (s Secret) String() string               { return redacted }
func (s Secret) GoString() string             { return redacted }
func (s Secret) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }
func (s Secret) GobEncode() ([]byte, error)   { return []byte(redacted), nil }
