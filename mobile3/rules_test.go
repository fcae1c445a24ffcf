package mobile3

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the table that the documents quote")

const (
	vendorRefusal = `{"code":"1","msg":"参数错误","isFee":0,"seqNo":"s-2","data":null}`
	html          = "<html><body>bad gateway</body></html>"
)

// answers has what a server may say and the row it must meet. The rows were
// written down from the gateway's documents, not from the table.
var answers = []struct {
	status  int
	code    string
	message string
	mark    bool
	body    string

	rule    string
	class   Class
	note    string
	refuses bool
}{
	// Codes of the gateway: an empty body.
	{429, "T429ID", "Throttled by INNER DOMAIN Flow Control", true, "", "T429ID", DailyLimit, "T429ID", false},
	{403, "B403MQ", "Api Market Subscription quota exhausted", true, "", "B403MQ", QuotaExhausted, "B403MQ", false},
	{403, "B403ME", "", true, "", "B403ME", Expired, "B403ME", false},
	{403, "B403MI", "", true, "", "B403MI", Expired, "B403MI", false},
	{403, "B403MO", "", true, "", "B403MO", Arrears, "B403MO", false},
	{403, "B403OD", "", true, "", "B403OD", Arrears, "B403OD", false},
	{403, "I403AA", "Unauthorized", true, "", "I403AA", BadCredentials, "I403AA", false},
	{403, "S403TE", "", true, "", "S403TE", Clock, "S403TE", false},
	{403, "S403NU", "Nonce Used", true, "", "S403NU", InDoubt, "S403NU", false},
	{503, "X503BZ", "", true, "", "X503BZ", Busy, "X503BZ", false},
	{503, "D503BB", "", true, "", "D503BB", BreakerOpen, "D503BB", false},
	{503, "D503CB", "", true, "", "D503CB", BreakerOpen, "D503CB", false},
	{504, "D504RE", "", true, "", "D504RE", Unreachable, "D504RE", false},
	{504, "D504IL", "", true, "", "D504IL", Unreachable, "D504IL", false},
	{504, "D504CS", "", true, "", "D504CS", Unreachable, "D504CS", false},
	{504, "X504VE", "", true, "", "X504VE", Unreachable, "X504VE", false},
	{504, "D504CO", "Backend service connect failed 'Timeout connecting to backend'", true, "", "D504CO while connecting", Unreachable, "D504CO", false},
	{504, "D504CO", "Backend service connect failed 'Connection refused'", true, "", "D504CO while connecting", Unreachable, "D504CO", false},
	{504, "D504CO", "Backend service connect failed 'Connection lease request time out'", true, "", "D504CO while connecting", Unreachable, "D504CO", false},
	{504, "D504CO", "Backend service connect failed 'Connection is closed'", true, "", "D504CO", InDoubt, "D504CO", false},
	{504, "D504CO", "Backend service connect failed 'Connection reset by peer'", true, "", "D504CO", InDoubt, "D504CO", false},
	{504, "D504CO", "Backend service connect failed 'connect timed out'", true, "", "D504CO while connecting", Unreachable, "D504CO", false},
	{504, "D504CO", "Backend service connect failed 'No route to host'", true, "", "D504CO", InDoubt, "D504CO", false},
	{504, "D504CO", "Backend service connect failed 'Connection timed out'", true, "", "D504CO", InDoubt, "D504CO", false},
	{504, "D504CO", "Backend service connect failed 'Read timed out'", true, "", "D504CO", InDoubt, "D504CO", false},
	{504, "D504CO", "Backend service connect failed 'Connection aborted'", true, "", "D504CO", InDoubt, "D504CO", false},
	{504, "D504CO", "Backend service connect failed 'Unexpected end of stream'", true, "", "D504CO", InDoubt, "D504CO", false},
	{504, "D504CO", "Backend service connect failed 'Connection refused; connection to 10.0.0.1 is closed'", true, "", "D504CO", InDoubt, "D504CO", false},
	{504, "D504CO", "Backend service connect failed 'Reconnect timed out'", true, "", "D504CO", InDoubt, "D504CO", false},
	{504, "D504CO", "Backend service connect failed ''", true, "", "D504CO", InDoubt, "D504CO", false},
	{504, "D504CO", "Backend service connect failed", true, "", "D504CO", InDoubt, "D504CO", false},
	{504, "D504CO", "", true, "", "D504CO", InDoubt, "D504CO", false},
	{504, "D504TO", "", true, "", "D504TO", InDoubt, "D504TO", false},
	{504, "X504TO", "", true, "", "X504TO", InDoubt, "X504TO", false},
	{500, "X500ER", "", true, "", "X500ER", InDoubt, "X500ER", false},
	{502, "D502FC", "", true, "", "D502FC", InDoubt, "D502FC", false},
	{502, "N502RE", "", true, "", "N502RE", InDoubt, "N502RE", false},
	{403, "I403PT", "", true, "", "I403PT", NotFound, "I403PT", false},
	{508, "I508LD", "", true, "", "I508LD", NotFound, "I508LD", false},
	{400, "X400PM", "", true, "", "X400PM", OutOfService, "X400PM", false},
	{500, "X500ED", "", true, "", "X500ED", OutOfService, "X500ED", false},
	{500, "X500AM", "", true, "", "X500AM", OutOfService, "X500AM", false},
	{403, "X403DG", "", true, "", "X403DG", OutOfService, "X403DG", false},
	{400, "I400MP", "Parameter `name` is required", true, "", "I400MP", Rejected, "I400MP", true},
	{400, "I400IP", "", true, "", "I400IP", Rejected, "I400IP", true},
	{400, "I400BD", "", true, "", "I400BD", Rejected, "I400BD", true},
	{400, "I400CT", "", true, "", "I400CT", Rejected, "I400CT", true},
	{400, "I400PA", "", true, "", "I400PA", Rejected, "I400PA", true},
	{400, "I400RU", "", true, "", "I400RU", Rejected, "I400RU", true},
	{400, "I400HD", "", true, "", "I400HD", Rejected, "I400HD", true},
	{400, "I400MH", "", true, "", "I400MH", Rejected, "I400MH", true},

	{429, "T429IN", "", true, "", "T429*", Throttled, "T429IN", false},
	{429, "T429PR", "", true, "", "T429*", Throttled, "T429PR", false},
	{429, "T429MR", "", true, "", "T429*", Throttled, "T429MR", false},
	{400, "A400AC", "Invalid AppCode `not exists`", true, "", "A4*", BadCredentials, "A400AC", false},
	{401, "A401AC", "", true, "", "A4*", BadCredentials, "A401AC", false},
	{400, "A400MA", "", true, "", "A4*", BadCredentials, "A400MA", false},
	{403, "A403IS", "Invalid Signature, Server StringToSign:`POST#", true, "", "A4*", BadCredentials, "A403IS", false},
	{403, "A403EP", "", true, "", "A4*", BadCredentials, "A403EP", false},
	{403, "B403ZZ", "", true, "", "B403*", QuotaExhausted, "B403ZZ", false},
	{451, "B451DO", "", true, "", "B451*", OutOfService, "B451DO", false},
	{404, "I404NF", "", true, "", "I404*", NotFound, "I404NF", false},
	{405, "I405UM", "", true, "", "I405*", NotFound, "I405UM", false},
	{410, "I410GG", "", true, "", "I410*", NotFound, "I410GG", false},
	{400, "I400SG", "", true, "", "I400SG", Rejected, "I400SG", true},
	{400, "I400I5", "", true, "", "I400I5", Rejected, "I400I5", true},
	{400, "I400JP", "", true, "", "I400JP", Rejected, "I400JP", true},
	{400, "I400NC", "X-Ca-Nonce is required", true, "", "I400NC", Rejected, "I400NC", true},
	{400, "I400XX", "", true, "", "I400*", Rejected, "I400XX", false},
	{413, "I413RL", "", true, "", "I413*", Rejected, "I413RL", false},
	{400, "Z400ZZ", "", true, "", "an unknown code with 400 or 413", Rejected, "Z400ZZ", false},
	{413, "D413ZZ", "", true, "", "an unknown code with 400 or 413", Rejected, "D413ZZ", false},
	{400, "what is this", "", true, "", "an unknown code with 400 or 413", Rejected, "unknown-gateway-code", false},
	{403, "I403ZZ", "", true, "", "I*", Rejected, "I403ZZ", false},
	{500, "A500ZZ", "", true, "", "A*", BadCredentials, "A500ZZ", false},
	{402, "B402ZZ", "", true, "", "B*", QuotaExhausted, "B402ZZ", false},
	{503, "T503ZZ", "", true, "", "T*", Throttled, "T503ZZ", false},
	{503, "S503ZZ", "", true, "", "any other code", InDoubt, "S503ZZ", false},
	{500, "D500ZZ", "", true, "", "any other code", InDoubt, "D500ZZ", false},
	{500, "X500ZZ", "", true, "", "any other code", InDoubt, "X500ZZ", false},
	{502, "N502ZZ", "", true, "", "any other code", InDoubt, "N502ZZ", false},
	{403, "Q403ZZ", "", true, "", "any other code", InDoubt, "Q403ZZ", false},
	{429, "t429in", "", true, "", "any other code", InDoubt, "unknown-gateway-code", false},
	{403, "T429IN,B403MQ", "", true, "", "any other code", InDoubt, "unknown-gateway-code", false},
	{450, "D504TO", "", true, verdict, "D504TO", InDoubt, "D504TO", false},
	{200, "B403MQ", "", true, verdict, "any other 2xx", Unusable, "B403MQ", false},
	{200, "T429IN", "Throttled by API", true, "", "any other 2xx", Unusable, "T429IN", false},
	{302, "T429IN", "", true, "", "3xx", Redirected, "T429IN", false},

	// The older gateway: messages without a code.
	{403, "", "Throttled by USER Flow Control", true, "", "Throttled by...", Throttled, "throttled-by", false},
	{403, "", "Throttled by DOMAIN Flow Control", true, "", "Throttled by...", Throttled, "throttled-by", false},
	{403, "", "Quota Exhausted", true, "", "Quota Exhausted...", QuotaExhausted, "quota-exhausted", false},
	{403, "", "quota exhausted", true, "", "Quota Exhausted...", QuotaExhausted, "quota-exhausted", false},
	{403, "", "Api Market Subscription quota exhausted", true, "", "Api Market Subscription quota exhausted...", QuotaExhausted, "api-market-subscription-quota-exhausted", false},
	{403, "", "Quota Expired", true, "", "Quota Expired...", Expired, "quota-expired", false},
	{403, "", "Expiry of Authorization", true, "", "Expiry of Authorization...", Expired, "expiry-of-authorization", false},
	{403, "", "Api Market Subscription expired", true, "", "Api Market Subscription expired...", Expired, "api-market-subscription-expired", false},
	{403, "", "Api Market Subscription invalid", true, "", "Api Market Subscription invalid...", Expired, "api-market-subscription-invalid", false},
	{403, "", "User Arrears", true, "", "User Arrears...", Arrears, "user-arrears", false},
	{403, "", "Api Market Subscription overdue", true, "", "Api Market Subscription overdue...", Arrears, "api-market-subscription-overdue", false},
	{403, "", "Provider Account Overdue", true, "", "Provider Account Overdue...", Arrears, "provider-account-overdue", false},
	{403, "", "Unauthorized", true, "", "Unauthorized...", BadCredentials, "unauthorized", false},
	{400, "", "Invalid AppCode `not exists`", true, "", "Invalid AppCode...", BadCredentials, "invalid-appcode", false},
	{400, "", "Invalid AppKey", true, "", "Invalid AppKey...", BadCredentials, "invalid-appkey", false},
	{400, "", "Invalid AppSecret", true, "", "Invalid AppSecret...", BadCredentials, "invalid-appsecret", false},
	{400, "", "Invalid Signature, Server StringToSign:`POST#", true, "", "Invalid Signature...", BadCredentials, "invalid-signature", false},
	{404, "", "Empty Signature", true, "", "Empty Signature...", BadCredentials, "empty-signature", false},
	{400, "", "Need authorization, X-Ca-Key or Authorization", true, "", "Need authorization...", BadCredentials, "need-authorization", false},
	{403, "", "App authorization expired", true, "", "App authorization expired...", BadCredentials, "app-authorization-expired", false},
	{400, "", "Timestamp Expired", true, "", "Timestamp Expired...", Clock, "timestamp-expired", false},
	{400, "", "Invalid Timestamp", true, "", "Invalid Timestamp...", Clock, "invalid-timestamp", false},
	{403, "", "X-Ca-Timestamp is expired", true, "", "X-Ca-Timestamp is expired...", Clock, "x-ca-timestamp-is-expired", false},
	{400, "", "Nonce Used", true, "", "Nonce Used...", InDoubt, "nonce-used", false},
	{403, "", "Nonce Used", true, "", "Nonce Used...", InDoubt, "nonce-used", false},
	{400, "", "API Not Found", true, "", "API Not Found...", NotFound, "api-not-found", false},
	{400, "", "Invalid Url", true, "", "Invalid Url...", NotFound, "invalid-url", false},
	{400, "", "Invalid Domain", true, "", "Invalid Domain...", NotFound, "invalid-domain", false},
	{400, "", "Invalid HttpMethod", true, "", "Invalid HttpMethod...", NotFound, "invalid-httpmethod", false},
	{400, "", "Empty Request Body", true, "", "Empty Request Body...", Rejected, "empty-request-body", true},
	{400, "", "Invalid Request Body", true, "", "Invalid Request Body...", Rejected, "invalid-request-body", true},
	{400, "", "Invalid Param Location", true, "", "Invalid Param Location...", Rejected, "invalid-param-location", true},
	{400, "", "Unsupported Multipart", true, "", "Unsupported Multipart...", Rejected, "unsupported-multipart", false},
	{400, "", "Invalid Content-MD5", true, "", "Invalid Content-MD5...", Rejected, "invalid-content-md5", false},
	{500, "", "Quota Exhausted", true, "", "everything else", InDoubt, "http-500", false},
	{500, "", "Internal Error, Failed To Invoke Backend Service", true, vendorRefusal, "everything else", InDoubt, "http-500", false},
	{504, "", "Async Service", true, "", "everything else", InDoubt, "http-504", false},

	// The service itself.
	{200, "", "", true, verdict, "result 1, 2 or 3", Verdict, "", false},
	{200, "", "", false, verdict, "result 1, 2 or 3", Verdict, "", false},
	{201, "", "", true, verdict, "result 1, 2 or 3", Verdict, "", false},
	{200, "", "Quota Exhausted", true, verdict, "result 1, 2 or 3", Verdict, "", false},
	{200, "", "", true, `{"code":"x","data":{"result":"2"}}`, "result 1, 2 or 3", Verdict, "", false},
	{450, "", "", true, `{"code":"0","isFee":0,"data":{"result":3}}`, "result 1, 2 or 3", Verdict, "", false},
	{404, "", "", true, `{"code":"0","isFee":0,"data":{"result":3}}`, "result 1, 2 or 3", Verdict, "", false},
	{503, "", "", false, `{"data":{"result":3}}`, "result 1, 2 or 3", Verdict, "", false},
	{302, "", "", false, verdict, "result 1, 2 or 3", Verdict, "", false},
	{200, "", "", true, vendorRefusal, "any other 2xx", Unusable, "result-missing", false},
	{200, "", "", true, "", "any other 2xx", Unusable, "empty-body", false},
	{200, "", "", true, html, "any other 2xx", Unusable, "not-json", false},
	{200, "", "", true, `{"data":{"result":4}}`, "any other 2xx", Unusable, "result-unknown", false},
	{204, "", "", true, "", "any other 2xx", Unusable, "empty-body", false},
	{299, "", "", true, `[]`, "any other 2xx", Unusable, "not-object", false},
	{300, "", "", true, "", "3xx", Redirected, "http-300", false},
	{301, "", "", false, html, "3xx", Redirected, "http-301", false},
	{307, "", "", false, "", "3xx", Redirected, "http-307", false},
	{399, "", "", false, "", "3xx", Redirected, "http-399", false},
	{404, "", "", false, html, "404, 405 or 410", NotFound, "http-404", false},
	{405, "", "", true, "", "404, 405 or 410", NotFound, "http-405", false},
	{410, "", "", true, vendorRefusal, "404, 405 or 410", NotFound, "http-410", false},
	{429, "", "", false, html, "429", Throttled, "http-429", false},
	{429, "", "", true, vendorRefusal, "429", Throttled, "http-429", false},
	{400, "", "", true, vendorRefusal, "400 with the service's JSON", Rejected, "http-400", true},
	{400, "", "", false, vendorRefusal, "400 with the service's JSON", Rejected, "http-400", true},
	{400, "", "", false, html, "400 or 413", Rejected, "http-400", false},
	{400, "", "Something new", true, "", "400 or 413", Rejected, "http-400", false},
	{413, "", "", true, vendorRefusal, "400 or 413", Rejected, "http-413", false},
	{403, "", "", false, vendorRefusal, "4xx with the service's JSON", Rejected, "http-403", false},
	{450, "", "", true, `{"data":{"result":0}}`, "4xx with the service's JSON", Rejected, "http-450", false},
	{500, "", "", true, vendorRefusal, "5xx with the service's JSON and the gateway's mark", Rejected, "http-500", false},
	{503, "", "", true, `{}`, "5xx with the service's JSON and the gateway's mark", Rejected, "http-503", false},
	{403, "", "", true, "", "any other 4xx with the gateway's mark", Rejected, "http-403", false},
	{422, "", "", true, html, "any other 4xx with the gateway's mark", Rejected, "http-422", false},
	{403, "", "Something new", true, "", "any other 4xx with the gateway's mark", Rejected, "http-403", false},
	{403, "", "", false, html, "everything else", InDoubt, "http-403", false},
	{408, "", "", false, "", "everything else", InDoubt, "http-408", false},
	{500, "", "", false, vendorRefusal, "everything else", InDoubt, "http-500", false},
	{502, "", "", false, html, "everything else", InDoubt, "http-502", false},
	{502, "", "", true, html, "everything else", InDoubt, "http-502", false},
	{503, "", "", true, "", "everything else", InDoubt, "http-503", false},
	{504, "", "", false, "", "everything else", InDoubt, "http-504", false},
	{599, "", "", true, "[]", "everything else", InDoubt, "http-599", false},
	{600, "", "", true, vendorRefusal, "everything else", InDoubt, "http-600", false},
	{999, "", "", true, "", "everything else", InDoubt, "http-999", false},
}

func TestEveryAnswerMeetsItsRule(t *testing.T) {
	met := map[string]bool{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		i, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/"))
		a := answers[i]
		for _, code := range strings.Split(a.code, ",") {
			w.Header().Add("X-Ca-Error-Code", code)
		}
		if a.message != "" {
			w.Header().Set("X-Ca-Error-Message", a.message)
		}
		if a.mark {
			w.Header().Set("X-Ca-Request-Id", "A77CDCA5-CC79-46E2-863A-7B2871B7F520")
		}
		w.WriteHeader(a.status)
		io.WriteString(w, a.body)
	}))
	defer server.Close()
	for i, a := range answers {
		name := fmt.Sprintf("%d %s %s %.30s", a.status, a.code, a.message, a.body)
		c := testClient(t, Config{Endpoint: server.URL + "/" + strconv.Itoa(i)})
		out := check(c)
		c.Close()
		if out.Class != a.class || out.GatewayCode != a.note || out.RefusesParameters != a.refuses {
			t.Errorf("%s: got %v, %q, %v; want %v, %q, %v", name,
				out.Class, out.GatewayCode, out.RefusesParameters, a.class, a.note, a.refuses)
		}
		if out.Answer.HTTPStatus != a.status {
			t.Errorf("%s: status %d", name, out.Answer.HTTPStatus)
		}
		if (out.RequestID != "") != a.mark {
			t.Errorf("%s: request id %q", name, out.RequestID)
		}
		if (out.Answer.Result != 0) != (a.class == Verdict) {
			t.Errorf("%s: result %d with %v", name, out.Answer.Result, out.Class)
		}
		e := evidence{stage: answered, status: a.status, code: a.code, message: a.message, marked: a.mark, reply: decode([]byte(a.body))}
		label := decide(&e).label()
		if label != a.rule {
			t.Errorf("%s: rule %q, want %q", name, label, a.rule)
		}
		met[label] = true
	}
	for i := range rules {
		// The first two have no answer: see fault_test.go. Of the third see wire_repeat_test.go.
		if label := rules[i].label(); i > 2 && !met[label] {
			t.Errorf("rule %q: no answer meets it", label)
		}
	}
}

func TestRulesWithoutAnswer(t *testing.T) {
	e := evidence{stage: notWritten, failure: "connect"}
	if out := e.outcome(); decide(&e) != &rules[0] || out.Class != NotSent || out.GatewayCode != "connect" {
		t.Errorf("nothing written: %+v", out)
	}
	e = evidence{stage: noAnswer, failure: "timeout"}
	if out := e.outcome(); decide(&e) != &rules[1] || out.Class != InDoubt || out.GatewayCode != "timeout" {
		t.Errorf("no answer: %+v", out)
	}
	for _, e := range []evidence{
		{stage: answered, status: 200, marked: true, before: true, reply: decode([]byte(verdict))},
		{stage: answered, status: 429, code: "T429IN", marked: true, before: true},
	} {
		if out := e.outcome(); decide(&e) != &rules[2] || out.Class != Repeated || out.GatewayCode != "repeated-answer" {
			t.Errorf("another call's answer: %+v", out)
		}
	}
	if out := (&evidence{}).outcome(); out.Class != InDoubt {
		t.Errorf("no evidence at all: %+v", out)
	}
}

// Whatever the answer, exactly one thing holds, and nothing that may have been
// counted is free.
func TestNothingCountedIsFree(t *testing.T) {
	codes := []string{"", "B403MQ", "T429IN", "I400MP", "A400AC", "D504TO", "junk"}
	messages := []string{"", "Throttled by API", "Unauthorized", "Quota Exhausted", "junk"}
	bodies := []string{"", html, verdict, vendorRefusal, "[]"}
	seen := 0
	for status := 0; status <= 999; status++ {
		for _, code := range codes {
			for _, message := range messages {
				for _, body := range bodies {
					seen++
					e := evidence{stage: answered, status: status, code: code, message: message, marked: true, reply: decode([]byte(body))}
					out := e.outcome()
					switch record := out.Class.Record(); {
					case status >= 200 && status < 400 && record != Settle:
						t.Fatalf("%d %q %q: %v", status, code, message, out.Class)
					case (status < 200 || status >= 500) && code == "" && body != verdict && body != vendorRefusal && record != Nothing:
						t.Fatalf("%d %q %q: %v", status, code, message, out.Class)
					case out.Class == Verdict && (code != "" || body != verdict):
						t.Fatalf("%d %q %q: a verdict from nowhere", status, code, message)
					}
				}
			}
		}
	}
	if seen < 100_000 {
		t.Fatalf("only %d answers", seen)
	}
}

func (r *rule) label() string {
	switch {
	case r.code != "" && r.name != "":
		return r.code + " " + r.name
	case r.code != "":
		return r.code
	case r.family != "":
		return r.family + "*"
	case r.message != "":
		return r.message + "..."
	}
	return r.name
}

// The table as people read it. A change here is a change of what costs money.
func TestTableIsTheOneInTheDocuments(t *testing.T) {
	const file = "testdata/table.md"
	var b strings.Builder
	b.WriteString("| # | what came back | class | record | free retry | batch | names --body |\n|---|---|---|---|---|---|---|\n")
	yes := map[bool]string{true: "yes"}
	for i := range rules {
		r := &rules[i]
		fmt.Fprintf(&b, "| %d | %s | %s | %s | %s | %s | %s |\n", i+1, r.label(), r.class,
			[]string{"nothing", "void", "settle"}[r.class.Record()], yes[r.class.Retry()],
			[]string{"", "stops: credentials", "stops: quota", "stops: service"}[r.class.Stop()], yes[r.refusesParameters])
	}
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got := b.String(); got != strings.ReplaceAll(string(want), "\r\n", "\n") {
		t.Errorf("the table differs from %s; if that is meant, run go test -update and read the difference\n%s", file, got)
	}
}

func TestClasses(t *testing.T) {
	type meaning struct {
		slug   string
		record Record
		retry  bool
		stop   Stop
	}
	want := map[Class]meaning{
		InDoubt:        {"in-doubt", Nothing, false, GoOn},
		Verdict:        {"verdict", Settle, false, GoOn},
		Unusable:       {"unusable", Settle, false, GoOn},
		Redirected:     {"redirected", Settle, false, StopService},
		NotSent:        {"not-sent", Void, true, GoOn},
		Throttled:      {"throttled", Void, true, GoOn},
		Busy:           {"busy", Void, true, GoOn},
		BreakerOpen:    {"breaker-open", Void, true, GoOn},
		Unreachable:    {"unreachable", Void, true, GoOn},
		BadCredentials: {"credentials", Void, false, StopCredentials},
		Clock:          {"clock", Void, false, StopCredentials},
		QuotaExhausted: {"quota-exhausted", Void, false, StopQuota},
		DailyLimit:     {"daily-limit", Void, false, StopQuota},
		Expired:        {"expired", Void, false, StopQuota},
		Arrears:        {"arrears", Void, false, StopQuota},
		NotFound:       {"not-found", Void, false, StopService},
		OutOfService:   {"out-of-service", Void, false, StopService},
		Rejected:       {"rejected", Void, false, GoOn},
		Repeated:       {"repeated-answer", Nothing, false, GoOn},
	}
	if len(want) != len(classes) {
		t.Fatalf("%d classes, want %d", len(classes), len(want))
	}
	for c, w := range want {
		if got := (meaning{c.String(), c.Record(), c.Retry(), c.Stop()}); got != w {
			t.Errorf("%v: %+v, want %+v", c, got, w)
		}
		if c.Retry() && c.Record() != Void {
			t.Errorf("%v: a retry that is not free", c)
		}
	}
	if c := Class(255); c.String() != "in-doubt" || c.Record() != Nothing || c.Retry() || c.Stop() != GoOn {
		t.Error("an unknown class is not in doubt")
	}
}
