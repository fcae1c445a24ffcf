package cli

import (
	"mobile3batch/checkpoint"
)

// capByDay lowers this run's cap to what is left of the day's. Every call counts
// that was not certainly free, of whatever run and list: so also a killed run
// can't make the day dearer. A run that goes on past midnight keeps its cap: what
// it spends then is no more than the next day's allows, and the next run counts it:
// a call that was answered after midnight, or may have been, counts on both days.
func (b *batch) capByDay(ledger *checkpoint.Log) {
	if b.dailyMax < 0 {
		return
	}
	left := max(0, int64(b.dailyMax/b.price)-int64(ledger.CallsOn(b.streams.now())))
	if b.maxCalls < 0 || left < b.maxCalls {
		b.maxCalls, b.cappedByDay = left, true
	}
}

// likely is how many calls this run may pay for: also where nobody has set a cap, no more than the survey found and the
// user heard the price of, whatever the second reading turns out to hold. Of an unchanged input so many always suffice:
// each person takes at most one, and gives it back where it was free.
func (b *batch) likely() int64 {
	if b.maxCalls >= 0 {
		return min(b.maxCalls, b.survey.ToAsk)
	}
	return b.survey.ToAsk
}

// agreeToCost asks before a run that can become dearer than the user wants to
// hear of afterwards.
func (b *batch) agreeToCost() error {
	cost := b.price.times(b.likely())
	if b.confirmAbove < 0 || cost <= b.confirmAbove {
		return nil
	}
	return b.talk.ask(b.lang, text{
		"本次运行最多 %d 次调用、%s，超过 --confirm-above %s。要继续吗？",
		"This run can make %d calls and cost %s, more than --confirm-above %s. Go on?",
	}.with(b.likely(), cost, b.confirmAbove))
}
