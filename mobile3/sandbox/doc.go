// Package sandbox is a local stand-in for the API gateway and the paid service
// POST /mobile3/check behind it. It answers by a fixed rule, refuses the way the
// gateway refuses, fails the way networks fail, and keeps a bill: who was
// charged, how often. People rehearse against it, tests take it as their oracle.
//
// One call goes through check.go from top to bottom:
//
//	method → credentials → nonce → rate → quota → parameters      the gateway: gateway.go auth.go signature.go nonce.go limit.go quota.go params.go
//	→ the vendor works (latency) → the bill → the answer          the vendor: rule.go fates.go answer.go bill.go
//
// # What is counted
//
// A call is on the bill if and only if it is answered 2xx, whatever its isFee
// says: so does the real gateway count. The line is written to the bill's file
// before the first byte of the answer leaves, also when the client has gone away
// meanwhile: the vendor has done its work. Nothing else is counted: no refusal,
// no 302, no 450, no 5xx.
//
// # The rule for ordinary people
//
// The mobile's last digit gives the result: 0-6 is 1 一致, 7-8 is 2 不一致, 9 is
// 3 无记录. The digit before it gives the mobileChannel: 0-3 cmcc, 4-6 cucc, 7-8
// ctcc, 9 gdcc. [Rule] is that rule. A mobile that is not eleven digits, or a
// text that is not UTF-8, is answered as the vendor answers bad parameters: HTTP
// 400 with code "1".
//
// # Test mobiles
//
// [Fates] lists mobiles with a fate of their own. Those that are answered at all
// say 一致 on cmcc unless their description says otherwise.
//
// # Credentials
//
// Any AppCode that is not empty is accepted, but for unknown, other-product,
// expired, arrears and no-quota, which are refused as the real service refuses
// such a one. Signatures are checked against [DefaultAppKey] and
// [DefaultAppSecret] unless [Config] says otherwise.
//
// # Other pages
//
//	GET  /                      what this is, the rule and the test mobiles, in Chinese and English
//	GET  /bill                  the bill, one JSON object a line
//	GET  /bill?summary=1        the counts of [Summary]
//	POST /sandbox/quota?left=N  buy more calls; -1 is without end
//	POST /sandbox/limit?rate=N  let N calls a second through; 0 is no limit
//
// Every answer carries X-Mobile3-Sandbox: 1, so that it can't pass for a real
// one, and X-Ca-Request-Id (but for the test mobile that plays a proxy).
package sandbox
