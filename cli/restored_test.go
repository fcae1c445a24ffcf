package cli

import "testing"

// TestWhoseVerdictsCount: a rehearsal's say nothing of the paid service, nor the other way round.
func TestWhoseVerdictsCount(t *testing.T) {
	const away, here = "https://mobile3.market.alicloudapi.com/mobile3/check", "http://127.0.0.1:8711/mobile3/check"
	for _, c := range []struct {
		o              options
		status, source string
		counts         bool
	}{
		{options{endpoint: away}, "match", "api", true},
		{options{endpoint: away}, "不一致", "checkpoint", true},
		{options{endpoint: away}, "no_record", "duplicate", true},
		{options{endpoint: away}, "match", "sandbox:api", false},
		{options{endpoint: here}, "match", "sandbox:api", true},
		{options{endpoint: here}, "match", "api", true},
		{options{endpoint: away, sandbox: true}, "match", "api", false},
		{options{endpoint: away, sandbox: true}, "match", "sandbox:api", true},
		{options{endpoint: away}, "in_doubt", "", false},
		{options{endpoint: away}, "unusable", "api", false},
		{options{endpoint: away}, "pending", "", false},
		{options{endpoint: away}, "match", "", false},
	} {
		b := &batch{options: c.o}
		is(t, c.status+" of "+c.source, b.paidFor(c.status, c.source), c.counts)
	}
}
