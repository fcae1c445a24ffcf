package writer

import (
	"strconv"
	"strings"
	"time"
)

type moment uint8

const (
	day moment = iota
	dayTime
	dayMilli
	clock
	duration
	moments
)

var dateLayouts = []struct {
	layout string
	shows  moment
}{
	{"2006-01-02", day},
	{"2006-01-02 15:04:05", dayTime},
	{"2006-01-02T15:04:05", dayTime},
	{"2006-01-02 15:04", dayTime},
	{"2006-01-02T15:04", dayTime},
	{"15:04:05", clock},
	{"15:04", clock},
}

// parseDate gives the serial number of an ISO date or time, or of a duration of
// a day or more (30:15:00). Days before March
// 1900 are left as text: spreadsheets do not agree on them.
func parseDate(s string) (serial float64, shows moment, ok bool) {
	for _, d := range dateLayouts {
		t, err := time.Parse(d.layout, s)
		if err != nil {
			continue
		}
		if t.Nanosecond()%int(time.Millisecond) != 0 || d.shows == clock && t.Nanosecond() != 0 {
			return 0, 0, false
		}
		if d.shows == clock {
			return t.Sub(time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)).Seconds() / 86400, clock, true
		}
		if t.Before(time.Date(1900, 3, 1, 0, 0, 0, 0, time.UTC)) {
			return 0, 0, false
		}
		shows = d.shows
		if t.Nanosecond() != 0 {
			shows = dayMilli
		}
		seconds := t.Unix() - time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).Unix()
		return (float64(seconds) + float64(t.Nanosecond())/1e9) / 86400, shows, true
	}
	return parseDuration(s)
}

func parseDuration(s string) (serial float64, shows moment, ok bool) {
	hours, rest, found := strings.Cut(s, ":")
	if !found || !allDigits(hours) || len(hours) < 2 || len(hours) > 8 {
		return 0, 0, false
	}
	t, err := time.Parse("04:05", rest)
	if err != nil || t.Nanosecond() != 0 {
		return 0, 0, false
	}
	h, err := strconv.Atoi(hours)
	return float64(h*3600+t.Minute()*60+t.Second()) / 86400, duration, err == nil
}
