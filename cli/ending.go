package cli

import (
	"fmt"

	"mobile3batch/mobile3"
)

// remedies say what was wrong where the service's answer stopped the batch, and what
// to do about it.
var remedies = map[mobile3.Class]text{
	mobile3.BadCredentials: {"凭证被拒绝：请检查 AppCode 或签名密钥，以及是否有权调用此接口", "credentials refused: check the AppCode or key pair, and that it may use this service"},
	mobile3.Clock:          {"本机时间不准，签名被拒绝：请校准时间", "this machine's clock is off, and the signature with it: set the clock"},
	mobile3.QuotaExhausted: {"套餐次数已用完：请续购", "the package is used up: buy a new one"},
	mobile3.Expired:        {"套餐已过期或失效：请续购", "the package has expired or is invalid: buy a new one"},
	mobile3.Arrears:        {"账户欠费：请付清欠款，或联系服务商", "an account is in arrears: pay what is due, or ask the provider"},
	mobile3.DailyLimit:     {"此地址今天的次数已满：请明天继续，或检查 --endpoint", "this address takes no more calls today: go on tomorrow, or check --endpoint"},
	mobile3.NotFound:       {"此地址没有这个接口：请检查 --endpoint，或联系服务商", "there is no such service at this address: check --endpoint, or ask the provider"},
	mobile3.OutOfService:   {"接口被封锁或配置有误：请联系服务商", "the service is blocked or set up wrongly: ask the provider"},
	mobile3.Repeated:       {"服务（或中间的代理）把同一个应答发给了多次调用，无法确定应答属于谁：请联系服务商，或检查代理", "the service, or a proxy before it, gives several calls one answer, so whose it is can't be known: ask the provider, or check the proxy"},
	mobile3.Redirected:     {"服务要求转到别处，未跟随，可能已计费：请检查 --endpoint", "the service sends us elsewhere, which is not followed and may be charged: check --endpoint"},
}

// ending says how the run ended and what to do.
func (r report) ending() string {
	again := r.l("；重新运行同一条命令即可继续，不会重复付费", "; run the same command again to go on, nobody is paid for twice")
	if r.HaltCode != "" {
		again = r.l("（", " (") + r.HaltCode + r.l("）", ")") + again
	}
	switch r.why() {
	case endFinished:
		end := r.l("完成", "complete")
		if r.Calls == 0 {
			end = r.l("完成，没有发起调用", "complete, 0 calls were made")
		}
		if n := r.needPerson(); n > 0 {
			end += fmt.Sprintf(r.l("；%d 行需要人工处理，原因见核验备注", "; %d rows need a person, the reason is in their checkNote"), n)
		}
		return end
	case "interrupted":
		return r.l("被中断", "interrupted") + again
	case "credentials", "quota", "service":
		if remedy, special := remedies[r.HaltClass]; special && r.HaltCode != "" {
			return r.batch.lang.of(remedy) + again
		}
		return r.l("服务不可用或应答异常：请稍后再试", "the service is unavailable or answers nonsense: try later") + again
	case "parameters":
		return r.l("服务不接受最初几次请求：请用 --body json 或 --body query 试一试", "the service did not understand the first calls: try --body json or --body query") + again
	case "limit":
		return fmt.Sprintf(r.l("只核验了前 %d 行（--limit）；去掉它即可继续，已付费的不会再付", "only the first %d rows were looked at (--limit); leave it out to go on, nobody is paid for twice"), r.batch.limit)
	case "budget":
		if r.batch.cappedByDay {
			return fmt.Sprintf(r.l("达到当日预算 %s（--daily-max-cost）；明天（+08:00）运行同一条命令即可继续，不会重复付费", "the day's budget of %s was reached (--daily-max-cost); run the same command tomorrow (+08:00) to go on, nobody is paid for twice"), r.batch.dailyMax)
		}
		if r.batch.maxCalls == 0 {
			return r.l("没有发起调用（预算为 0）；去掉 --max-calls 0 即可继续核验", "no call was made (the budget is 0); leave out --max-calls 0 to go on")
		}
		return r.l("达到本次预算上限", "this run's budget was reached") + again
	}
	return r.why()
}
