package sandbox

import (
	"net/http"
	"strconv"
	"strings"
)

// refusal is an answer that the gateway gives itself. The new dialect's HTTP
// status stands in its code; the legacy one has a status and a text of its own.
type refusal struct {
	code, message string
	legacyStatus  int
	legacy        string
}

func (f refusal) status() int {
	n, _ := strconv.Atoi(f.code[1:4])
	return n
}

var (
	unknownPath       = refusal{"I404NF", "API not found", 400, "API Not Found"}
	unsupportedMethod = refusal{"I405UM", "Unsupported Method", 400, "Invalid HttpMethod"}
	bodyTooLarge      = refusal{"I413RL", "Request body too Large", 413, "Invalid Request Body"}
	urlTooLarge       = refusal{"I413UL", "Request URL too Large", 413, "Invalid Url"}
	nonceMissing      = refusal{"I400NC", "X-Ca-Nonce is required", 400, "X-Ca-Nonce is required"}
	nonceUsed         = refusal{"S403NU", "Nonce Used", 400, "Nonce Used"}

	noCredentials    = refusal{"A400MA", "Need authorization, X-Ca-Key or Authorization: APPCODE ... is required", 404, "Empty Signature"}
	unknownAppCode   = refusal{"A400AC", "Invalid AppCode `not exists`", 400, "Invalid AppCode"}
	unknownAppKey    = refusal{"A400IK", "Invalid AppKey", 400, "Invalid AppKey"}
	unauthorised     = refusal{"I403AA", "Unauthorized", 403, "Unauthorized"}
	invalidTimestamp = refusal{"I400HD", "Invalid Header `X-Ca-Timestamp`", 400, "Invalid Timestamp"}
	timestampExpired = refusal{"S403TE", "X-Ca-Timestamp is expired", 400, "Timestamp Expired"}
	invalidMD5       = refusal{"I400I5", "Invalid Content-MD5", 400, "Invalid Content-MD5"}

	packageExpired = refusal{"B403ME", "Api Market Subscription expired", 403, "Quota Expired"}
	packageOverdue = refusal{"B403MO", "Api Market Subscription overdue", 403, "User Arrears"}
	quotaExhausted = refusal{"B403MQ", "Api Market Subscription quota exhausted", 403, "Quota Exhausted"}

	overLimit     = refusal{"T429PR", "Throttled by PLUGIN Flow Control", 403, "Throttled by API Flow Control"}
	overUserLimit = refusal{"T429PR", "Throttled by PLUGIN Flow Control", 403, "Throttled by USER Flow Control"}

	backendTimeout = refusal{"D504TO", "Backend service request timeout", 504, "Async Service"}
	backendClosed  = refusal{"D504CO", "Backend service connect failed 'Connection is closed'", 500, "Failed To Invoke Backend Service"}
	backendRefused = refusal{"D504CO", "Backend service connect failed 'Connection refused'", 500, "Failed To Invoke Backend Service"}
	breakerOpen    = refusal{"D503CB", "Backend circuit breaker open", 503, "Service Unavailable"}
	serviceBusy    = refusal{"X503BZ", "Service Busy", 503, "Service Unavailable"}
	internalError  = refusal{"X500ER", "Service Internal Error", 500, "Internal Error"}
)

func parameterMissing(name string) refusal {
	return refusal{"I400MP", "Parameter `" + name + "` is required", 400, "Invalid Param Location"}
}

func invalidBody(why string) refusal {
	return refusal{"I400BD", "Invalid Body: " + why, 400, "Invalid Request Body"}
}

// invalidSignature gives the caller's parameters away in plain text, as the
// real gateway does: whoever logs this header logs personal data.
func invalidSignature(stringToSign string) refusal {
	const most = 8 << 10
	if len(stringToSign) > most {
		stringToSign = stringToSign[:most]
	}
	text := "Invalid Signature, Server StringToSign:`" + headerSafe(stringToSign) + "`"
	return refusal{"A403IS", text, 400, text}
}

func headerSafe(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return '#'
		case r < ' ' || r == 0x7f:
			return ' '
		}
		return r
	}, s)
}

// Values are shared by all answers: net/http only reads them.
var (
	headerKeepAlive  = []string{"timeout=25"}
	headerConnection = []string{"keep-alive"}
	headerServer     = []string{"Kaede/3.5.3.523(sandbox)"}
	headerSandbox    = []string{"1"}
	headerOctets     = []string{"application/octet-stream"}
	headerJSON       = []string{"application/json; charset=UTF-8"}
	headerHTML       = []string{"text/html; charset=utf-8"}
	headerText       = []string{"text/plain; charset=utf-8"}
	headerLines      = []string{"application/x-ndjson; charset=utf-8"}
	headerZero       = []string{"0"}
)

// stamp sets what every answer of the gateway carries.
func stamp(w http.ResponseWriter, id requestID) http.Header {
	h := w.Header()
	h["X-Mobile3-Sandbox"] = headerSandbox
	h["X-Ca-Request-Id"] = []string{id.String()}
	h["Server"] = headerServer
	h["Connection"] = headerConnection
	h["Keep-Alive"] = headerKeepAlive
	return h
}

// refuse answers in the configured dialect.
func (s *Sandbox) refuse(w http.ResponseWriter, id requestID, f refusal) {
	if s.cfg.Dialect == DialectLegacy {
		GatewayAnswer{f.legacyStatus, "", f.legacy}.write(w, id)
		return
	}
	GatewayAnswer{f.status(), f.code, f.message}.write(w, id)
}

func (a GatewayAnswer) write(w http.ResponseWriter, id requestID) {
	h := stamp(w, id)
	h["Content-Type"] = headerOctets
	h["Content-Length"] = headerZero
	if a.Code != "" {
		h["X-Ca-Error-Code"] = []string{a.Code}
	}
	h["X-Ca-Error-Message"] = []string{a.Message}
	w.WriteHeader(a.Status)
}
