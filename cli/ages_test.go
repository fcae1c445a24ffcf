package cli

import (
	"errors"
	"testing"
	"time"
)

// newestAt is a checkpoint of which only its newest record matters.
type newestAt struct {
	past
	at time.Time
}

func (n newestAt) NewestRecord() time.Time { return n.at }

// With a clock that stands before the newest record ages can't be told: every answer could look too old, or none.
func TestClockBehindTheCheckpointIsRefused(t *testing.T) {
	b := &batch{options: options{maxAge: 24 * time.Hour}, batchFrom: time.Now()}
	now := time.Now()
	for name, c := range map[string]struct {
		newest  time.Time
		refused bool
	}{
		"a record of yesterday": {now.Add(-24 * time.Hour), false},
		"a record of tomorrow":  {now.Add(24 * time.Hour), true},
		"a record in a minute":  {now.Add(time.Minute), true},
	} {
		policy, err := b.policy(newestAt{at: c.newest})
		var refused refusedError
		if errors.As(err, &refused) != c.refused {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil && !policy.FreshSince.Equal(b.batchFrom.Add(-b.maxAge)) {
			t.Errorf("%s: ages are measured from %s", name, policy.FreshSince)
		}
	}
	b.maxAge, b.dailyMax = 0, -1
	if policy, err := b.policy(newestAt{at: now.Add(24 * time.Hour)}); err != nil || !policy.FreshSince.IsZero() {
		t.Errorf("without --max-age: %v, %v", policy, err)
	}
	b.dailyMax = 1
	var refused refusedError
	if _, err := b.policy(newestAt{at: now.Add(24 * time.Hour)}); !errors.As(err, &refused) {
		t.Errorf("with a cap of the day: %v", err)
	}
}
