package mobile3

import (
	"testing"

	"mobile3batch/mobile3/sandbox"
)

// TestEveryRuleHasAnAnswer: of every code and message in the table there is an answer
// that it decides, so that the stand-in can serve all of them.
func TestEveryRuleHasAnAnswer(t *testing.T) {
	decided := map[*rule]int{}
	for _, a := range sandbox.GatewayAnswers {
		e := evidence{stage: answered, status: a.Status, code: a.Code, message: a.Message, marked: true}
		decided[decide(&e)]++
	}
	// Codes that nobody has seen yet.
	unseen := map[string]bool{"I": true, "A": true, "B": true, "T": true, "B403": true, "I400": true}
	rows := 0
	for i := range rules {
		r := &rules[i]
		if name := r.code + r.family + r.message; name != "" {
			rows++
			if decided[r] == 0 && !unseen[name] {
				t.Errorf("no answer is decided by %q", name)
			}
		}
	}
	if rows < 60 || len(sandbox.GatewayAnswers) < 100 {
		t.Errorf("only %d rows and %d answers", rows, len(sandbox.GatewayAnswers))
	}
}
