package mobile3

import (
	"bytes"
	"encoding/json"
)

// A reply is what was found in an answer's body. flaw is empty if and only if
// the whole body was read and holds one result, 1, 2 or 3.
type reply struct {
	object bool // the body is one JSON object
	flaw   string
	result int

	code, isFee, seqNo, resultDesc, mobileChannel once
}

// once is a field that may come once, or again with the same text. encoding/json
// would take the last one, and any spelling of its name: both are guesses.
type once struct {
	text  string
	seen  bool
	clash bool
}

func (o *once) set(text string) {
	if o.seen && o.text != text || o.clash {
		o.text, o.seen, o.clash = "", true, true
		return
	}
	o.text, o.seen = text, true
}

var utf8BOM = []byte("\xef\xbb\xbf")

// decode reads {"code":…,"isFee":…,"seqNo":…,"data":{"result":…,"resultDesc":…,
// "mobileChannel":…}}. Unknown fields are passed over.
func decode(body []byte) reply {
	body = bytes.Trim(bytes.TrimPrefix(body, utf8BOM), space)
	switch {
	case len(body) == 0:
		return reply{flaw: "empty-body"}
	case !json.Valid(body): // the whole of it: nothing may follow the value
		return reply{flaw: "not-json"}
	case body[0] != '{':
		return reply{flaw: "not-object"}
	}
	r := reply{object: true}
	var data, result once
	for key, value := range fields(body) {
		switch key {
		case "code":
			r.code.set(scalar(value))
		case "isFee":
			r.isFee.set(scalar(value))
		case "seqNo":
			r.seqNo.set(scalar(value))
		case "data":
			data.set(string(value))
			r.data(value, &result)
		}
	}
	r.settle(data, result)
	return r
}

func (r *reply) data(object []byte, result *once) {
	if object[0] != '{' {
		return
	}
	for key, value := range fields(object) {
		switch key {
		case "result":
			result.set(number(value))
		case "resultDesc":
			r.resultDesc.set(scalar(value))
		case "mobileChannel":
			r.mobileChannel.set(scalar(value))
		}
	}
}

func (r *reply) settle(data, result once) {
	switch {
	case data.clash || result.clash:
		r.flaw = "result-twice"
	case !result.seen:
		r.flaw = "result-missing"
	case result.text == "1" || result.text == "2" || result.text == "3":
		r.result = int(result.text[0] - '0')
	default:
		r.flaw = "result-unknown"
	}
}
