package mobile3

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestSecretIsNeverShown(t *testing.T) {
	const canary = "S3CR3TC4N4RY"
	secret := NewSecret(canary)
	config := Config{Credentials: Credentials{AppCode: secret, AppSecret: secret}}
	hidden := struct{ inner struct{ s Secret } }{}
	hidden.inner.s = secret
	c := testClient(t, Config{Credentials: Credentials{AppCode: secret}})
	signing := testClient(t, Config{Credentials: Credentials{AppKey: "k", AppSecret: secret}})
	values := []any{secret, &secret, []Secret{secret}, map[string]Secret{"a": secret}, config, &config, hidden, &hidden,
		c, *c, signing, struct{ c *Client }{c}, struct{ C *Client }{c}}
	shown := 0
	for _, v := range values {
		for _, verb := range "vsqxXdobeEfFgGtTpcU" {
			for _, flag := range []string{"", "+", "#", "-20", "020"} {
				text := fmt.Sprintf("%"+flag+string(verb), v)
				shown++
				for _, form := range []string{canary, fmt.Sprintf("%x", canary), fmt.Sprintf("%X", canary), fmt.Sprintf("%v", []byte(canary))} {
					if strings.Contains(text, form) {
						t.Fatalf("%%%s%c of %T shows it", flag, verb, v)
					}
				}
			}
		}
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Info("m", "v", v)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "v", v)
		if strings.Contains(log.String(), canary) {
			t.Errorf("a log of %T shows it", v)
		}
	}
	if shown < 1000 {
		t.Fatal("hardly anything was printed")
	}
	j, err := json.Marshal(config)
	if err != nil || strings.Contains(string(j), canary) || !strings.Contains(string(j), redacted) {
		t.Errorf("json: %s, %v", j, err)
	}
	type element struct{ S Secret }
	x, err := xml.Marshal(element{secret})
	if err != nil || strings.Contains(string(x), canary) {
		t.Errorf("xml: %s, %v", x, err)
	}
	var g bytes.Buffer
	if err := gob.NewEncoder(&g).Encode(struct{ S Secret }{secret}); err != nil || bytes.Contains(g.Bytes(), []byte(canary)) {
		t.Errorf("gob: %v", err)
	}
	if secret.String() != redacted || secret.GoString() != redacted || secret.LogValue().String() != redacted {
		t.Error("not redacted")
	}
	if secret.Reveal() != canary || secret.Empty() || !NewSecret("").Empty() || (Secret{}).Reveal() != "" {
		t.Error("the secret itself is lost")
	}
}
