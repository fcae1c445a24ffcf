package pipeline

import (
	"testing"
	"time"

	"mobile3batch/checkpoint"
	"mobile3batch/person"
)

// asSaid is a checkpoint that says the same of everybody.
type asSaid struct {
	checkpoint.Entry
	open int
}

func (s asSaid) Lookup(checkpoint.Key) (checkpoint.Entry, error) { return s.Entry, nil }

func (s asSaid) OpenAttempts(checkpoint.Key) []checkpoint.Attempt {
	return make([]checkpoint.Attempt, s.open)
}

// TestWhoIsResentIsCounted: the question before a resend names everybody who may be paid for twice, whatever the checkpoint
// says of them: also who had a verdict that a purge took, was renewed, and whose renewal was lost and found billed.
func TestWhoIsResentIsCounted(t *testing.T) {
	match := checkpoint.Answer(match.Answer)
	now := time.Now()
	young, old := now.Add(-time.Hour), now.Add(-48*time.Hour)
	resend, renew := Policy{Resend: true}, Policy{FreshSince: now.Add(-24 * time.Hour)}
	both := Policy{true, renew.FreshSince, 0}
	settled := func(e checkpoint.Entry) asSaid { e.State = checkpoint.Settled; return asSaid{Entry: e} }
	for name, c := range map[string]struct {
		said    asSaid
		policy  Policy
		grounds grounds
	}{
		"new":                          {asSaid{}, resend, asNew},
		"in doubt":                     {asSaid{checkpoint.Entry{State: checkpoint.InDoubt, At: old}, 1}, both, asResent},
		"in doubt, held":               {asSaid{checkpoint.Entry{State: checkpoint.InDoubt, At: old}, 1}, renew, noGrounds},
		"in doubt twice":               {asSaid{checkpoint.Entry{State: checkpoint.InDoubt, At: old}, 2}, both, noGrounds},
		"unusable":                     {settled(checkpoint.Entry{At: young, Wasted: 1}), both, asResent},
		"unusable, held":               {settled(checkpoint.Entry{At: young, Wasted: 1}), renew, noGrounds},
		"unusable, too old":            {settled(checkpoint.Entry{At: old, Wasted: 1}), renew, asRenewed},
		"unusable twice":               {settled(checkpoint.Entry{At: young, Wasted: 2}), both, noGrounds},
		"purged, then lost and billed": {settled(checkpoint.Entry{At: young, Erased: true, Wasted: 1}), resend, asResent},
		"purged":                       {settled(checkpoint.Entry{At: young, Erased: true}), both, noGrounds},
		"purged, too old":              {settled(checkpoint.Entry{At: old, Erased: true}), both, asRenewed},
		"answered":                     {settled(checkpoint.Entry{At: young, Answer: match}), both, noGrounds},
		"answered, too old":            {settled(checkpoint.Entry{At: old, Answer: match}), both, asRenewed},
	} {
		id := &Identity{Columns: Columns{0, 1, 2}, Keyer: person.NewKeyer(make([]byte, 32)), Normalisers: person.Normalisers[:1]}
		s, err := Inspect(seq(people(1)), id, c.policy, c.said, nil)
		if err != nil {
			t.Fatal(err)
		}
		of := map[grounds]int64{c.grounds: 1}
		is(t, name+": to ask", s.ToAsk, 1-of[noGrounds])
		is(t, name+": resent", s.Resent, of[asResent])
		is(t, name+": renewed", s.Renewed, of[asRenewed])
	}
}
