package cli

import "fmt"

// text is one thing said in both languages.
type text struct{ zh, en string }

// with fills in both.
func (t text) with(args ...any) text {
	return text{fmt.Sprintf(t.zh, args...), fmt.Sprintf(t.en, args...)}
}

type lang string

const (
	zh lang = "zh"
	en lang = "en"
)

func (l lang) of(t text) string {
	if l == zh {
		return t.zh
	}
	return t.en
}

// langOf picks the language of the sheet: the asked one, or the header's.
func langOf(flag string, header []string) lang {
	if flag != "auto" {
		return lang(flag)
	}
	for _, h := range header {
		for _, r := range h {
			if r >= 0x3400 && r <= 0x9FFF {
				return zh
			}
		}
	}
	return en
}
