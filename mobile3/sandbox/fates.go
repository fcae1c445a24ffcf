package sandbox

// Fate is what happens to everybody who has this mobile, whatever the other
// parameters say. "Once" is once for each person (name, mobile and idCard).
type Fate struct {
	Mobile string
	Name   string // as the bill has it
	Billed bool   // a call that is let through to its end stands on the bill
	Result int    // of a call that is let through to its end; 0: no verdict ever arrives
	ZH, EN string // what happens, in one line

	play func(*call)
}

// ruleFate is the fate's name on the bill of everybody else.
const ruleFate = "rule"

const (
	fateMobiles   = "194000000" // and two digits: 01 is the first of Fates
	fateMobileLen = len(fateMobiles) + 2
)

// Fates lists the test mobiles. It is not to be changed.
var Fates = []Fate{
	{"19400000001", "match", true, match, "一致", "a match", (*call).match},
	{"19400000002", "mismatch", true, mismatch, "不一致", "a mismatch", (*call).mismatch},
	{"19400000003", "no-record", true, noRecord, "无记录(设为 450 时不计次)", "no record (not counted when answered as 450)", (*call).noRecord},
	{"19400000004", "throttled-once", true, match, "首次被限流(T429PR),再次请求返回一致", "throttled the first time (T429PR), then a match", (*call).throttledOnce},
	{"19400000005", "quota-gone", false, 0, "套餐次数用完(B403MQ)", "the quota is used up (B403MQ)", (*call).quotaGone},
	{"19400000006", "dropped-before", false, 0, "未处理即重置连接,不计次", "connection reset before the request was looked at; not counted", (*call).reset},
	{"19400000007", "dropped-after", true, 0, "计次后断开连接,无任何应答", "counted, then the connection is closed without a byte", (*call).droppedAfter},
	{"19400000008", "half-answer", true, 0, "计次后只返回半个应答", "counted, then half an answer", (*call).halfAnswer},
	{"19400000009", "html", true, 0, "计次,状态 200 但返回 HTML 页面", "counted, 200 with an HTML page", (*call).html},
	{"19400000010", "slow", true, match, "3 秒后返回一致", "a match after 3 s", (*call).slow},
	{"19400000011", "code-99", true, 0, "计次,状态 200 但 code 为 99 且无 data", "counted, 200 with code 99 and no data", (*call).code99},
	{"19400000012", "rejected", false, 0, "数据方拒绝参数(HTTP 400 JSON),不计次", "parameters rejected by the vendor (HTTP 400, JSON); not counted", (*call).rejected},
	{"19400000013", "backend-timeout", false, 0, "后端超时(D504TO),不计次", "the backend timed out (D504TO); not counted", (*call).backendTimeout},
	{"19400000014", "breaker-once", true, match, "首次遇熔断(D503CB),再次请求返回一致", "the breaker is open the first time (D503CB), then a match", (*call).breakerOnce},
	{"19400000015", "busy-once", true, match, "首次网关繁忙(X503BZ),再次请求返回一致", "the gateway is busy the first time (X503BZ), then a match", (*call).busyOnce},
	{"19400000016", "redirect", false, 0, "返回 302 跳转,不计次", "a redirect (302); not counted", (*call).redirect},
	{"19400000017", "no-record-450", false, noRecord, "HTTP 450 返回无记录,不计次", "no record as HTTP 450; not counted", (*call).noRecord450},
	{"19400000018", "internal-error", false, 0, "网关内部错误(X500ER),不计次", "internal error of the gateway (X500ER); not counted", (*call).internalError},
	{"19400000019", "too-slow", true, match, "计次,45 秒后才返回一致", "counted, a match after 45 s, when most have given up", (*call).tooSlow},
	{"19400000020", "package-expired", false, 0, "套餐已过期(B403ME)", "the package has expired (B403ME)", (*call).packageExpired},
	{"19400000021", "result-text", true, match, "一致,result 为字符串 \"1\"", "a match, its result as the text \"1\"", (*call).resultText},
	{"19400000022", "other-types", true, match, "一致,code 为数字、isFee 为布尔值", "a match, its code as a number and isFee as true", (*call).otherTypes},
	{"19400000023", "slow-body", true, match, "一致,应答分两段,间隔 3 秒", "a match, its body in two halves 3 s apart", (*call).slowBody},
	{"19400000024", "reset-after", true, 0, "计次后重置连接", "counted, then the connection is reset", (*call).resetAfter},
	{"19400000025", "backend-closed", false, 0, "后端断开连接(D504CO 'Connection is closed'),不计次", "the backend hung up (D504CO 'Connection is closed'); not counted", (*call).backendClosed},
	{"19400000026", "backend-refused-once", true, match, "首次连不上后端(D504CO),再次请求返回一致", "the backend can't be reached the first time (D504CO), then a match", (*call).backendRefusedOnce},
	{"19400000027", "proxy-error", false, 0, "中间代理返回 502 页面,无网关应答头,不计次", "a proxy's 502 page without the gateway's headers; not counted", (*call).proxyError},
	{"19400000028", "empty-answer", true, 0, "计次,状态 200 但应答为空", "counted, 200 with an empty body", (*call).emptyAnswer},
}

func fateOf(mobile string) *Fate {
	if len(mobile) != fateMobileLen || mobile[:len(fateMobiles)] != fateMobiles {
		return nil
	}
	i := int(mobile[9]-'0')*10 + int(mobile[10]-'0') - 1
	if i < 0 || i >= len(Fates) {
		return nil
	}
	return &Fates[i]
}

// onceKey is a person whose once-only fate has happened.
type onceKey struct {
	fate   string
	person person
}

func (s *Sandbox) firstTime(fate string, p person) bool {
	s.onceMu.Lock()
	defer s.onceMu.Unlock()
	key := onceKey{fate, p}
	_, before := s.once[key]
	s.once[key] = struct{}{}
	return !before
}
