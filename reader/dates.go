package reader

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// serialDate turns a stored number into what its date format means. ok is false for numbers that no such format can show:
// they stay numbers.
func serialDate(digits string, form dateForm, from1904 bool) (text string, ok bool) {
	v, err := strconv.ParseFloat(digits, 64)
	if err != nil || v < 0 || v >= 2_958_466 {
		return "", false
	}
	seconds := int64(math.Round(v * 86400))
	days, seconds := seconds/86400, seconds%86400
	if form == duration {
		return fmt.Sprintf("%02d:%02d:%02d", days*24+seconds/3600, seconds/60%60, seconds%60), true
	}
	clockTime := fmt.Sprintf("%02d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
	if form == clock && days == 0 {
		return clockTime, true
	}
	day := serialDay(days, from1904)
	if seconds == 0 && form == calendar {
		return day, true
	}
	return day + " " + clockTime, true
}

// serialDay counts days as Excel does: in the 1900 system day 60 is a 29 February that never was, and day 0 the one before
// 1 January 1900.
func serialDay(days int64, from1904 bool) string {
	epoch := time.Date(1899, 12, 31, 0, 0, 0, 0, time.UTC)
	switch {
	case from1904:
		epoch = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case days == 0:
		return "1900-01-00"
	case days == 60:
		return "1900-02-29"
	case days > 60:
		days--
	}
	return epoch.AddDate(0, 0, int(days)).Format(time.DateOnly)
}

// isoDate brings a cell of type d into the same form. ok is false if it is no date.
func isoDate(s string) (text string, ok bool) {
	s = strings.TrimSuffix(s, "Z")
	for _, l := range []struct{ in, out string }{
		{"2006-01-02", "2006-01-02"},
		{"2006-01-02T15:04:05", "2006-01-02 15:04:05"},
		{"2006-01-02T15:04", "2006-01-02 15:04:05"},
		{"15:04:05", "15:04:05"},
		{"T15:04:05", "15:04:05"},
	} {
		t, err := time.Parse(l.in, s)
		if err != nil {
			continue
		}
		return strings.TrimSuffix(t.Format(l.out), " 00:00:00"), true
	}
	return "", false
}

// isNumber accepts what XML Schema calls a double, without INF and NaN.
func isNumber(b []byte) bool {
	i := 0
	digits := func() bool {
		from := i
		for i < len(b) && '0' <= b[i] && b[i] <= '9' {
			i++
		}
		return i > from
	}
	sign := func() {
		if i < len(b) && (b[i] == '-' || b[i] == '+') {
			i++
		}
	}
	sign()
	whole, fraction := digits(), false
	if i < len(b) && b[i] == '.' {
		i++
		fraction = digits()
	}
	if !whole && !fraction {
		return false
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		i++
		sign()
		if !digits() {
			return false
		}
	}
	return i == len(b)
}
