package mobile3

// Class says what an attempt came to. The zero Class is InDoubt, so that an
// Outcome nobody filled in is never taken for a free one.
type Class uint8

const (
	InDoubt        Class = iota // sent, perhaps billed, no answer
	Verdict                     // result 1, 2 or 3
	Unusable                    // counted by the gateway, without a verdict
	Redirected                  // 3xx: perhaps counted, never followed
	NotSent                     // surely not one byte of the request left
	Throttled                   // too many calls a second, minute or hour
	Busy                        // the gateway is busy
	BreakerOpen                 // the gateway gives the service a rest
	Unreachable                 // the gateway can't connect to the service
	BadCredentials              // AppCode, AppKey, signature or right of use refused
	Clock                       // the signature's time is off: this machine's clock
	QuotaExhausted              // the package is used up
	DailyLimit                  // this address takes no more calls today
	Expired                     // the package has expired
	Arrears                     // an account is in arrears
	NotFound                    // no such address or method
	OutOfService                // blocked or misconfigured on the gateway's side
	Rejected                    // this row was refused
	Repeated                    // an answer that another call has had: its own is lost
)

// Record says what the checkpoint must keep of an attempt.
type Record uint8

const (
	Nothing Record = iota // the attempt stays open: in doubt
	Void                  // surely free: as if it had not been made
	Settle                // answered: never ask again
)

// Stop says whether the batch can go on.
type Stop uint8

const (
	GoOn Stop = iota
	StopCredentials
	StopQuota
	StopService
)

// classes gives each class its meaning. The slugs stand in checkpoints and
// sheets: they are never changed.
var classes = [...]struct {
	slug   string
	record Record
	retry  bool
	stop   Stop
}{
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

// known maps a number that is no class to InDoubt, which costs nothing.
func (c Class) known() Class {
	if int(c) < len(classes) {
		return c
	}
	return InDoubt
}

// String is the class's stable name, in lower case.
func (c Class) String() string { return classes[c.known()].slug }

// Record says what the checkpoint keeps.
func (c Class) Record() Record { return classes[c.known()].record }

// Retry reports whether asking again is free and may help.
func (c Class) Retry() bool { return classes[c.known()].retry }

// Stop says whether the batch must stop, and why.
func (c Class) Stop() Stop { return classes[c.known()].stop }
