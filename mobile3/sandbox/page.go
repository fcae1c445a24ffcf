package sandbox

import (
	"fmt"
	"net/http"
	"strings"
)

const pageHead = `mobile3 沙箱 / mobile3 sandbox
本机模拟服务,不产生任何费用;全部应答带 X-Mobile3-Sandbox: 1。
A local stand-in: nothing here costs money; every answer carries X-Mobile3-Sandbox: 1.

POST /mobile3/check          name, mobile, idCard(form / json / query)
GET  /bill                   账单,每行一次计次调用 / the bill, a line per counted call
GET  /bill?summary=1         汇总 / its counts
POST /sandbox/quota?left=N   设置剩余次数,-1 为不限 / calls left, -1 is without end
POST /sandbox/limit?rate=N   设置每秒次数上限,0 为不限 / calls a second, 0 is no limit

规则 / The rule
  手机号末位 / last digit of mobile:        0-6 → 1 一致 match, 7-8 → 2 不一致 mismatch, 9 → 3 无记录 no record
  手机号倒数第二位 / the digit before it:   0-3 → cmcc, 4-6 → cucc, 7-8 → ctcc, 9 → gdcc
  手机号须为 11 位数字,否则按参数错误应答 / a mobile that is not 11 digits is rejected as the vendor does
  应答状态为 2xx 即计次,与 isFee 无关 / a 2xx answer is counted, whatever its isFee says

AppCode
  任意非空值均可,以下除外 / any that is not empty, but for:
  unknown → A400AC, other-product → I403AA, expired → B403ME, arrears → B403MO, no-quota → B403MQ

测试手机号 / Test mobiles
`

// Page is what GET / shows: the rule and the test mobiles, in Chinese and English.
func Page() string {
	var b strings.Builder
	b.WriteString(pageHead)
	for _, f := range Fates {
		fmt.Fprintf(&b, "  %s  %-20s  %s / %s\n", f.Mobile, f.Name, f.ZH, f.EN)
	}
	return b.String()
}

func (s *Sandbox) servePage(w http.ResponseWriter, id requestID) {
	stamp(w, id)["Content-Type"] = headerText
	text := Page()
	if s.cfg.NoTestMobiles {
		text += "  (已关闭 / switched off)\n"
	}
	w.Write([]byte(text))
}
