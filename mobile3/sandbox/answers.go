package sandbox

import "strings"

// GatewayAnswer is an answer that the gateway itself gives: headers, and an empty
// body.
type GatewayAnswer struct {
	Status  int
	Code    string // X-Ca-Error-Code; empty: the older gateway's, which has only the message
	Message string // X-Ca-Error-Message
}

// Name is the code, or the message where there is none, without what varies in it.
func (a GatewayAnswer) Name() string {
	if a.Code != "" {
		return a.Code
	}
	name, _, _ := strings.Cut(a.Message, ",")
	return name
}

// GatewayAnswers are all that the gateway is known to give: the documented codes,
// those seen in the wild, and the older gateway's messages. It is not to be changed.
var GatewayAnswers = gatewayAnswers()

// gatewayAnswers adds to what this stand-in gives by itself what only a
// misconfigured gateway or a broken backend would.
func gatewayAnswers() []GatewayAnswer {
	own := []refusal{
		invalidTimestamp, {code: "I400MH", message: "Header `X-Ca-Key` is Required"}, invalidBody("not a form"),
		{code: "I400PA", message: "Invalid Request Path"}, {code: "I400RU", message: "Invalid Request Uri"},
		{code: "I400CT", message: "Invalid Content-Type `text/plain`"}, {code: "I400SG", message: "Invalid Stage"},
		invalidMD5, parameterMissing("name"), {code: "I400IP", message: "Invalid parameter `mobile`"}, nonceMissing,
		{code: "I400JP", message: "Invalid JWT payload"}, {code: "I403PT", message: "Invalid protocol http unsupported"},
		{code: "I404DO", message: "Invalid Domain"}, unknownPath, {code: "I404NR", message: "API route not found"},
		{code: "I404SR", message: "Stage route missing"}, unsupportedMethod, {code: "I410GG", message: "Group's instance invalid"},
		bodyTooLarge, urlTooLarge, {code: "I508LD", message: "Loop Detected"},

		unknownAppCode, {code: "A401AC", message: "Invalid AppCode `not exists`"}, noCredentials, unknownAppKey,
		invalidSignature("POST\n…"), {code: "A403EP", message: "App authorization expired"}, unauthorised,
		{code: "A401OT", message: "OAuth token is required"}, {code: "A403PR", message: "Plugin authorization failed"},
		{code: "A403IP", message: "IP not allowed"}, {code: "A403IN", message: "Internet access disabled"},
		{code: "A403VN", message: "VPC access only"}, {code: "A403AC", message: "Access control"}, {code: "A403CO", message: "CORS rejected"},
		{code: "A403FC", message: "Function role rejected"}, nonceUsed, timestampExpired,

		{code: "T429ID", message: "Throttled by INNER DOMAIN Flow Control, only 1000 requests per day"},
		{code: "T429IN", message: "Throttled by INSTANCE Flow Control"}, {code: "T429GR", message: "Throttled by GROUP Flow Control"},
		{code: "T429PA", message: "Throttled by API Flow Control"}, overLimit, {code: "T429SR", message: "Throttled by SERVER Flow Control"},
		{code: "T429MR", message: "Too Many Requests"},
		quotaExhausted, packageExpired, {code: "B403MI", message: "Api Market Subscription invalid"}, packageOverdue,
		{code: "B403OD", message: "Provider Account Overdue"},
		{code: "B451DO", message: "Unavailable Domain for Legal Reasons"}, {code: "B451GO", message: "Unavailable Group for Legal Reasons"},

		{code: "X400PM", message: "Invalid plugin meta"}, {code: "X500ED", message: "Expired api definition"},
		{code: "X500AM", message: "Invalid Api Meta"}, {code: "X403DG", message: "Bad Domain or Group"},
		{code: "D503BB", message: "Backend circuit breaker busy"}, breakerOpen,
		{code: "D504RE", message: "Backend domain resolve failed"}, {code: "D504IL", message: "Backend illegal address"},
		{code: "D504CS", message: "Backend ssl connect failed"}, backendRefused, backendClosed,
		{code: "D504CO", message: "Backend service connect failed 'Timeout connecting'"},
		{code: "D504CO", message: "Backend service connect failed 'Connection lease request time out'"},
		backendTimeout, {code: "X504VE", message: "Backend service vpc mapped failed"}, {code: "X504TO", message: "Service timeout"},
		{code: "D502FC", message: "Function Compute response invalid"}, {code: "N502RE", message: "response could not be written"},
		internalError, serviceBusy,
	}
	var list []GatewayAnswer
	for _, f := range own {
		list = append(list, GatewayAnswer{f.status(), f.code, f.message})
	}
	return append(list, []GatewayAnswer{
		{403, "", "Throttled by USER Flow Control"}, {403, "", "Throttled by APP Flow Control"}, {403, "", "Throttled by API Flow Control"},
		{403, "", "Throttled by DOMAIN Flow Control"}, {403, "", "Throttled by GROUP Flow Control"},
		{403, "", "Quota Exhausted"}, {403, "", "Api Market Subscription quota exhausted"}, {403, "", "Quota Expired"},
		{403, "", "Api Market Subscription expired"}, {403, "", "Api Market Subscription invalid"}, {403, "", "Api Market Subscription overdue"},
		{403, "", "Provider Account Overdue"}, {403, "", "User Arrears"}, {403, "", "Expiry of Authorization"}, {403, "", "Unauthorized"},
		{400, "", "Empty Request Body"}, {400, "", "Invalid Request Body"}, {400, "", "Invalid Param Location"}, {400, "", "Unsupported Multipart"},
		{400, "", "Invalid Url"}, {400, "", "Invalid Domain"}, {400, "", "Invalid HttpMethod"}, {400, "", "Invalid AppKey"},
		{400, "", "Invalid AppSecret"}, {400, "", "Timestamp Expired"}, {400, "", "Invalid Timestamp"}, {403, "", "X-Ca-Timestamp is expired"},
		{400, "", "Invalid Signature, Server StringToSign:`POST#…`"}, {400, "", "Invalid Content-MD5"}, {400, "", "Nonce Used"},
		{400, "", "API Not Found"}, {400, "", "Invalid AppCode `not exists`"}, {404, "", "Empty Signature"},
		{400, "", "Need authorization, X-Ca-Key or Authorization: APPCODE ... is required"}, {403, "", "App authorization expired"},
		{500, "", "Internal Error"}, {500, "", "Failed To Invoke Backend Service"}, {503, "", "Service Unavailable"}, {504, "", "Async Service"},
	}...)
}

// FindAnswer finds one by its name.
func FindAnswer(name string) (GatewayAnswer, bool) {
	for _, a := range GatewayAnswers {
		if strings.EqualFold(a.Name(), name) {
			return a, true
		}
	}
	return GatewayAnswer{}, false
}
