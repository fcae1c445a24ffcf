package mobile3

import (
	"regexp"
	"strconv"
	"strings"
)

// stage says how far an attempt got.
type stage uint8

const (
	notWritten stage = iota + 1 // surely nothing left
	noAnswer                    // something may have left; nothing usable came back
	answered                    // a status and headers came back
)

// evidence is all that the table looks at.
type evidence struct {
	stage   stage
	failure string // why nothing came back: a constant of ours
	status  int
	code    string // X-Ca-Error-Code: not empty if the gateway itself answered
	message string // X-Ca-Error-Message: may repeat the person; is compared, never kept
	marked  bool   // X-Ca-Request-Id is there: the answer passed the gateway
	before  bool   // this answer was another call's
	reply   reply
}

// A rule fits if all that it names fits. Codes and messages count from status
// 400 on: with 2xx or 3xx they contradict the status by which money is counted.
type rule struct {
	name    string // for rules without code and message, and as their note
	code    string // the gateway's code, whole
	family  string // how a well-formed code begins
	message string // how the message of an answer 4xx without code begins, in any case
	when    func(*evidence) bool

	class             Class
	refusesParameters bool
}

// rules is the table. The first rule that fits decides, and the last one always
// fits.
var rules = []rule{
	{name: "not one byte written", when: isNotWritten, class: NotSent},
	{name: "no answer", when: isUnanswered, class: InDoubt},
	{name: "an answer that came before", when: cameBefore, class: Repeated},

	// The gateway's codes, whole.
	{code: "T429ID", class: DailyLimit},
	{code: "B403MQ", class: QuotaExhausted},
	{code: "B403ME", class: Expired},
	{code: "B403MI", class: Expired},
	{code: "B403MO", class: Arrears},
	{code: "B403OD", class: Arrears},
	{code: "I403AA", class: BadCredentials},
	{code: "S403TE", class: Clock},
	// Every nonce is fresh, so somebody on the way doubled the request: its first
	// copy may have been billed.
	{code: "S403NU", class: InDoubt},
	{code: "X503BZ", class: Busy},
	{code: "D503BB", class: BreakerOpen},
	{code: "D503CB", class: BreakerOpen},
	{code: "D504RE", class: Unreachable},
	{code: "D504IL", class: Unreachable},
	{code: "D504CS", class: Unreachable},
	{code: "X504VE", class: Unreachable},
	{name: "while connecting", code: "D504CO", when: saysConnecting, class: Unreachable},
	{code: "D504CO", class: InDoubt},
	{code: "D504TO", class: InDoubt},
	{code: "X504TO", class: InDoubt},
	{code: "X500ER", class: InDoubt},
	{code: "D502FC", class: InDoubt},
	{code: "N502RE", class: InDoubt},
	{code: "I403PT", class: NotFound},
	{code: "I508LD", class: NotFound},
	{code: "X400PM", class: OutOfService},
	{code: "X500ED", class: OutOfService},
	{code: "X500AM", class: OutOfService},
	{code: "X403DG", class: OutOfService},
	{code: "I400MP", class: Rejected, refusesParameters: true},
	{code: "I400IP", class: Rejected, refusesParameters: true},
	{code: "I400BD", class: Rejected, refusesParameters: true},
	{code: "I400CT", class: Rejected, refusesParameters: true},
	{code: "I400PA", class: Rejected, refusesParameters: true},
	{code: "I400RU", class: Rejected, refusesParameters: true},
	{code: "I400HD", class: Rejected, refusesParameters: true},
	{code: "I400MH", class: Rejected, refusesParameters: true},
	{code: "I400SG", class: Rejected, refusesParameters: true},
	{code: "I400I5", class: Rejected, refusesParameters: true},
	{code: "I400NC", class: Rejected, refusesParameters: true},
	{code: "I400JP", class: Rejected, refusesParameters: true},

	// Their families.
	{family: "T429", class: Throttled},
	{family: "A4", class: BadCredentials},
	{family: "B403", class: QuotaExhausted},
	{family: "B451", class: OutOfService},
	{family: "I404", class: NotFound},
	{family: "I405", class: NotFound},
	{family: "I410", class: NotFound},
	{family: "I400", class: Rejected},
	{family: "I413", class: Rejected},
	{name: "an unknown code with 400 or 413", when: isUnknownRefusal, class: Rejected},
	{family: "I", class: Rejected},
	{family: "A", class: BadCredentials},
	{family: "B", class: QuotaExhausted},
	{family: "T", class: Throttled},
	{name: "any other code", when: isCoded, class: InDoubt},

	// The older gateway sends no codes, only messages.
	{message: "Throttled by", class: Throttled},
	{message: "Quota Exhausted", class: QuotaExhausted},
	{message: "Api Market Subscription quota exhausted", class: QuotaExhausted},
	{message: "Quota Expired", class: Expired},
	{message: "Expiry of Authorization", class: Expired},
	{message: "Api Market Subscription expired", class: Expired},
	{message: "Api Market Subscription invalid", class: Expired},
	{message: "User Arrears", class: Arrears},
	{message: "Api Market Subscription overdue", class: Arrears},
	{message: "Provider Account Overdue", class: Arrears},
	{message: "Unauthorized", class: BadCredentials},
	{message: "Invalid AppCode", class: BadCredentials},
	{message: "Invalid AppKey", class: BadCredentials},
	{message: "Invalid AppSecret", class: BadCredentials},
	{message: "Invalid Signature", class: BadCredentials},
	{message: "Empty Signature", class: BadCredentials},
	{message: "Need authorization", class: BadCredentials},
	{message: "App authorization expired", class: BadCredentials},
	{message: "Timestamp Expired", class: Clock},
	{message: "Invalid Timestamp", class: Clock},
	{message: "X-Ca-Timestamp is expired", class: Clock},
	{message: "Nonce Used", class: InDoubt},
	{message: "API Not Found", class: NotFound},
	{message: "Invalid Url", class: NotFound},
	{message: "Invalid Domain", class: NotFound},
	{message: "Invalid HttpMethod", class: NotFound},
	{message: "Empty Request Body", class: Rejected, refusesParameters: true},
	{message: "Invalid Request Body", class: Rejected, refusesParameters: true},
	{message: "Invalid Param Location", class: Rejected, refusesParameters: true},
	{message: "Unsupported Multipart", class: Rejected},
	{message: "Invalid Content-MD5", class: Rejected},

	// Then the status and the body decide.
	{name: "result 1, 2 or 3", when: isVerdict, class: Verdict},
	{name: "any other 2xx", when: hundred(2), class: Unusable},
	{name: "3xx", when: hundred(3), class: Redirected},
	{name: "404, 405 or 410", when: status(404, 405, 410), class: NotFound},
	{name: "429", when: status(429), class: Throttled},
	{name: "400 with the service's JSON", when: isVendorRefusal, class: Rejected, refusesParameters: true},
	{name: "400 or 413", when: status(400, 413), class: Rejected},
	{name: "4xx with the service's JSON", when: isVendor4xx, class: Rejected},
	{name: "5xx with the service's JSON and the gateway's mark", when: isVendor5xx, class: Rejected},
	{name: "any other 4xx with the gateway's mark", when: isMarked4xx, class: Rejected},
	{name: "everything else", when: always, class: InDoubt},
}

func (r *rule) fits(e *evidence) bool {
	switch {
	case r.code != "" && (e.code != r.code || e.status < 400):
		return false
	case r.family != "" && (!wellFormed(e.code) || !strings.HasPrefix(e.code, r.family) || e.status < 400):
		return false
	case r.message != "" && !e.legacy(r.message):
		return false
	}
	return r.when == nil || r.when(e)
}

func decide(e *evidence) *rule {
	for i := range rules {
		if rules[i].fits(e) {
			return &rules[i]
		}
	}
	return &rules[len(rules)-1]
}

// outcome sorts the evidence; the answer itself is the caller's to fill in.
func (e *evidence) outcome() Outcome {
	r := decide(e)
	return Outcome{
		Class:             r.class,
		GatewayCode:       e.note(r),
		RefusesParameters: r.refusesParameters,
	}
}

// note is a constant of ours, a number, or a code of six letters and digits.
func (e *evidence) note(r *rule) string {
	switch {
	case e.stage != answered:
		return e.failure
	case r.class == Repeated:
		return r.class.String()
	case wellFormed(e.code):
		return e.code
	case e.code != "":
		return "unknown-gateway-code"
	case r.message != "":
		return strings.ReplaceAll(strings.ToLower(r.message), " ", "-")
	case r.class == Verdict:
		return ""
	case r.class == Unusable:
		return e.reply.flaw
	}
	return "http-" + strconv.Itoa(e.status)
}

// legacy compares with the beginning of the message that explains a refusal.
func (e *evidence) legacy(beginning string) bool {
	return e.code == "" && e.hundreds() == 4 && len(e.message) >= len(beginning) &&
		strings.EqualFold(e.message[:len(beginning)], beginning)
}

func (e *evidence) hundreds() int { return e.status / 100 }

// fromVendor: the gateway passed on a JSON object that the service made.
func (e *evidence) fromVendor() bool {
	return e.code == "" && e.message == "" && e.reply.object
}

var codeShape = regexp.MustCompile(`^[A-Z][0-9]{3}[A-Z0-9]{2}$`)

func wellFormed(code string) bool { return len(code) == 6 && codeShape.MatchString(code) }

func always(*evidence) bool            { return true }
func isNotWritten(e *evidence) bool    { return e.stage == notWritten }
func isUnanswered(e *evidence) bool    { return e.stage != answered }
func cameBefore(e *evidence) bool      { return e.before }
func isCoded(e *evidence) bool         { return e.code != "" && e.status >= 400 }
func isVendor4xx(e *evidence) bool     { return e.fromVendor() && e.hundreds() == 4 }
func isVendor5xx(e *evidence) bool     { return e.fromVendor() && e.hundreds() == 5 && e.marked }
func isMarked4xx(e *evidence) bool     { return e.hundreds() == 4 && e.marked }
func isVendorRefusal(e *evidence) bool { return e.fromVendor() && e.status == 400 }

func isUnknownRefusal(e *evidence) bool {
	return e.code != "" && (e.status == 400 || e.status == 413)
}

func isVerdict(e *evidence) bool {
	return e.code == "" && e.status >= 200 && e.reply.flaw == "" && e.reply.result != 0
}

// notConnected are the words of D504CO that say that there never was a connection to the service: those that are
// documented, and one with which nothing but a connect fails. A connection that timed out, was closed or lost its route
// is not among them: it may have stood, and carried the request.
var notConnected = []string{
	"timeout connecting",
	"connect timed out",
	"connection refused",
	"connection lease request time out", // none was free, so none was used
}

// saysConnecting reads the message of D504CO. Whatever it does not know may have carried the request, and so may a
// connection of which it also says that it broke, or one before it: the gateway itself is known to send again.
func saysConnecting(e *evidence) bool {
	text := strings.ToLower(e.message)
	for _, broken := range []string{"closed", "reset", "broken", "reconnect"} {
		if strings.Contains(text, broken) {
			return false
		}
	}
	for _, words := range notConnected {
		if strings.Contains(text, words) {
			return true
		}
	}
	return false
}

func hundred(n int) func(*evidence) bool {
	return func(e *evidence) bool { return e.hundreds() == n }
}

func status(any ...int) func(*evidence) bool {
	return func(e *evidence) bool {
		for _, s := range any {
			if e.status == s {
				return true
			}
		}
		return false
	}
}
