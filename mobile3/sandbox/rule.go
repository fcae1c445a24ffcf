package sandbox

import "strconv"

// The service's three results.
const (
	match    = 1
	mismatch = 2
	noRecord = 3
)

var resultDesc = [...]string{match: "一致", mismatch: "不一致", noRecord: "无记录"}

// Rule is what the sandbox answers about an ordinary person with this mobile
// (eleven digits): the result and the mobileChannel. Of any other text: 0 and "".
func Rule(mobile string) (result int, channel string) {
	if !isMobile(mobile) {
		return 0, ""
	}
	switch last := mobile[len(mobile)-1]; {
	case last <= '6':
		result = match
	case last <= '8':
		result = mismatch
	default:
		result = noRecord
	}
	switch before := mobile[len(mobile)-2]; {
	case before <= '3':
		channel = "cmcc"
	case before <= '6':
		channel = "cucc"
	case before <= '8':
		channel = "ctcc"
	default:
		channel = "gdcc"
	}
	return result, channel
}

// fee is the isFee of a result: only a verdict costs.
func fee(result int) int {
	if result == match || result == mismatch {
		return 1
	}
	return 0
}

func verdictBody(result int, channel, seqNo string) []byte {
	b := make([]byte, 0, 160)
	b = append(b, `{"code":"0","msg":"成功","isFee":`...)
	b = strconv.AppendInt(b, int64(fee(result)), 10)
	b = append(b, `,"seqNo":"`...)
	b = append(b, seqNo...)
	b = append(b, `","data":{"result":`...)
	b = strconv.AppendInt(b, int64(result), 10)
	b = append(b, `,"resultDesc":"`...)
	b = append(b, resultDesc[result]...)
	b = append(b, `","mobileChannel":"`...)
	b = append(b, channel...)
	return append(b, `"}}`...)
}
