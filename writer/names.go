package writer

import (
	"strconv"
	"strings"
)

const maxName = 31 // UTF-16 units of a worksheet's name

// names gives out worksheet names that every spreadsheet program takes, each
// once.
type names map[string]bool

// take makes name valid and unique; part 2 and later are marked as such.
func (n names) take(name, fallback string, part int) string {
	name = cleanName(name)
	if name == "" || strings.EqualFold(name, "history") { // a name Excel keeps for itself
		name = fallback
	}
	for ; ; part++ {
		suffix := ""
		if part > 1 {
			suffix = " " + strconv.Itoa(part)
		}
		got := cutUnits(name, maxName-len(suffix)) + suffix
		if key := strings.ToLower(got); !n[key] {
			n[key] = true
			return got
		}
	}
}

func cleanName(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(`[]:*?/\`, r), r < 0x20, r == 0x7F, r == markerRune, r >= 0xFFFD && r <= 0xFFFF:
			return '_'
		case r == '\'':
			return '’' // references to the sheet are quoted with the plain one
		}
		return r
	}, s)
	return strings.TrimSpace(cutUnits(s, maxName))
}

func cutUnits(s string, limit int) string {
	n := 0
	for i, r := range s {
		n++
		if r > 0xFFFF {
			n++
		}
		if n > limit {
			return strings.TrimSpace(s[:i])
		}
	}
	return s
}
