package person

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestMasks(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{MaskName("张三丰"), "张**"},
		{MaskName("张三"), "张*"},
		{MaskName("\U00020BB7野家"), "\U00020BB7**"},
		{MaskName("张"), "*"},
		{MaskName(""), ""},
		{MaskMobile("15412341234"), "154****1234"},
		{MaskMobile("15412"), "*****"},
		{MaskMobile("15412345"), "********"},
		{MaskIDCard("11010519491231002X"), "1101**********002X"},
		{MaskIDCard("1101051949"), "**********"},
	} {
		if c.got != c.want {
			t.Errorf("got %s, want %s", c.got, c.want)
		}
	}
}

// Whatever is done to print a person or a raw row, no part of it comes out.
func TestNothingPrintsAPerson(t *testing.T) {
	p, found := Parse(names(goodName))
	if !Valid(found) {
		t.Fatal("the test's own row is invalid")
	}
	type nested struct {
		P  Person
		PP *Person
		R  Raw
		M  map[string]Person
		F  []Field
	}
	raw := names(goodName)
	all := nested{p, &p, raw, map[string]Person{"a": p}, []Field{raw.Name}}
	values := []any{p, &p, raw, &raw, raw.Name, &raw.Name, all, &all, []Person{p}, []any{p, raw}}

	var out strings.Builder
	for _, v := range values {
		for verb := 'A'; verb <= 'z'; verb++ {
			if verb == 'p' || verb == 'w' { // fmt asks no value about these; vet refuses them
				continue
			}
			for _, flags := range []string{"", "+", "#", "-20", "020.3", " "} {
				fmt.Fprintf(&out, "%"+flags+string(verb)+"\n", v)
			}
		}
		fmt.Fprintln(&out, v)
		fmt.Fprintln(&out, fmt.Errorf("row: %v", v))
		var logged bytes.Buffer
		options := &slog.HandlerOptions{Level: slog.LevelDebug}
		slog.New(slog.NewTextHandler(&logged, options)).Info("row", "v", v)
		slog.New(slog.NewJSONHandler(&logged, options)).Info("row", "v", v)
		out.Write(logged.Bytes())
		if encoded, err := json.Marshal(v); err == nil {
			out.Write(encoded)
		}
		if encoded, err := xml.Marshal(v); err == nil {
			out.Write(encoded)
		}
	}
	encoded, err := json.Marshal(map[string]any{"p": p, "r": raw})
	if err != nil {
		t.Fatal(err)
	}
	out.Write(encoded)
	out.WriteString(p.String() + p.GoString() + p.LogValue().String() + raw.Name.String() + raw.Name.GoString() + raw.Name.LogValue().String())

	printed := out.String()
	if strings.Count(printed, maskedPerson) < 1000 {
		t.Fatal("the test has lost its point: hardly a person was printed")
	}
	for _, secret := range []string{goodName, "张", goodMobile, "138001", goodID, "19491231",
		fmt.Sprintf("%x", goodName), fmt.Sprintf("%X", goodName), fmt.Sprintf("%x", goodMobile), fmt.Sprintf("%q", goodName)} {
		if strings.Contains(printed, secret) {
			t.Errorf("an identity came out (%d bytes of it)", len(secret))
		}
	}
}
