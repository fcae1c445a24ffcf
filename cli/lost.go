package cli

import "fmt"

// lostIn is how many calls of unknown people a checkpoint has lost in damage.
func lostIn(p past) int64 {
	if p == nil {
		return 0
	}
	return int64(p.Lost())
}

// agreeToLost asks before people are paid for of whom a repaired checkpoint
// can't tell that they were not: among those who look new may be as many as
// calls were lost.
func (b *batch) agreeToLost(lost int64) error {
	fresh := b.survey.ToAsk - b.survey.Resent - b.survey.Renewed
	if b.maxCalls >= 0 {
		fresh = min(fresh, b.maxCalls)
	}
	if lost == 0 || fresh <= 0 {
		return nil
	}
	n := min(lost, fresh)
	return b.talk.ask(b.lang, text{
		"该检查点因损坏丢失了 %d 次调用，对象不明：无论核验哪份名单，最多会有同样多的人被重复付费。本次运行最多 %d 人、%s。要继续吗？",
		"%d calls of this checkpoint were lost in damage, and whom they were about is unknown: of whatever lists, up to as many people may be paid for twice. In this run up to %d, at most %s. Go on?",
	}.with(lost, n, b.price.times(n)))
}

// lostLine says the same where nothing is asked.
func lostLine(lost int64, price yuan) text {
	return text{
		fmt.Sprintf("该检查点因损坏丢失了 %d 次调用，对象不明：最多会有同样多的人被重复付费，最多 %s", lost, price.times(lost)),
		fmt.Sprintf("%d calls of this checkpoint were lost in damage: up to as many people may be paid for twice, at most %s", lost, price.times(lost)),
	}
}
