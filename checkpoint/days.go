package checkpoint

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// Days are days in China, where the service and its bills are. A call is billed when the gateway answers it: after its
// intent is recorded and before its outcome is. Midnight may come in between.

// billingGrace is how long after its intent a call of unknown outcome may still be billed: a gateway waits up to 120
// seconds for its backend, and the sync of the intent and the connection get one more minute. The time at which a person
// resolves the call says nothing about the day of the bill.
const billingGrace = 3 * time.Minute

// days counts calls by the days on which they may have been billed.
type days map[int64]int

// begin counts a call whose outcome is not known yet, on both days if midnight is near.
func (d days) begin(at int64) {
	first, last := daysOf(at)
	d[first]++
	if last != first {
		d[last]++
	}
}

// settle makes a call count on the day of its intent and on that of its answer.
func (d days) settle(begun, at int64) {
	first, last := daysOf(begun)
	switch day := dayOf(at); {
	case day == first && last != first:
		d[last]-- // answered before midnight
	case day != first && day != last:
		d[day]++
	}
}

// free removes a call that was certainly not billed.
func (d days) free(begun int64) {
	first, last := daysOf(begun)
	d[first]--
	if last != first {
		d[last]--
	}
}

func daysOf(begun int64) (first, last int64) { return dayOf(begun), dayOf(begun + int64(billingGrace)) }

// A purge carries over the calls it forgets of the newest days, as counts of its own run end.
const (
	callsOnWord = "callsOn:" // a count's name: this and a day such as 2026-11-29
	carriedDays = 32
)

// newest lists the newest days that have calls.
func (d days) newest() []int64 {
	list := slices.SortedFunc(maps.Keys(d), func(a, b int64) int { return cmp.Compare(b, a) })
	list = slices.DeleteFunc(list, func(day int64) bool { return d[day] == 0 })
	return list[:min(len(list), carriedDays)]
}

// carry adds the newest days to the counts of a purge's end.
func (d days) carry(counts map[string]int64) {
	for _, day := range d.newest() {
		counts[callsOnWord+time.Unix(day*24*60*60, 0).UTC().Format(time.DateOnly)] = int64(d[day])
	}
}

// carried adds what an earlier purge carried over.
func (d days) carried(counts map[string]int64) {
	for name, n := range counts {
		date, ok := strings.CutPrefix(name, callsOnWord)
		if !ok || n <= 0 || n > math.MaxInt32 {
			continue
		}
		if day, err := time.Parse(time.DateOnly, date); err == nil {
			d[floor(day.Unix(), 24*60*60)] += int(n)
		}
	}
}
