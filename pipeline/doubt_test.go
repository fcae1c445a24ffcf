package pipeline

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"mobile3batch/checkpoint"
	"mobile3batch/mobile3"
	"mobile3batch/person"
)

// Who waits for the rate has not begun: whoever stops the batch then leaves no doubt behind, and no intent.
func TestWaitingForTheRateBeginsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, people(40))
		b.job.Rate, b.job.Workers = 1, 16
		ctx, interrupt := context.WithCancel(context.Background())
		stop := time.AfterFunc(5500*time.Millisecond, interrupt) // between two tokens, with every worker in the queue
		defer stop.Stop()
		sum, err := b.run(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if sum.Calls < 3 || sum.Calls > 7 {
			t.Fatalf("%d calls in 5.5 s at one a second: the test has lost its point", sum.Calls)
		}
		is(t, "the rest is pending", sum.ByStatus[Pending], 40-sum.Calls)
		log := b.ledger()
		defer log.Close()
		is(t, "begun", int64(log.Counts().Begins), sum.Calls)
		is(t, "in doubt", log.Counts().InDoubt, 0)
	})
}

// An answer grows too old, a doubt does not: asking again could be paying twice.
func TestDoubtNeverExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, people(3))
		b.job.Workers = 1
		b.service.answer = func(n int, _ person.Person) mobile3.Outcome {
			return []mobile3.Outcome{match, doubt, match}[n-1]
		}
		b.mustRun()
		time.Sleep(48 * time.Hour)
		b.service.answer = nil
		b.job.Policy.FreshSince = time.Now().Add(-time.Hour)
		sum := b.mustRun()
		is(t, "renewed", sum.Calls, 2)
		is(t, "in doubt", sum.ByStatus[InDoubt], 1)
	})
}

// Once somebody who was sent again is answered, no doubt about them is left in the checkpoint, and it says that one was.
func TestAnsweredResendClosesTheDoubt(t *testing.T) {
	b := newBench(t, people(2))
	b.job.Workers = 1
	b.service.answer = func(n int, _ person.Person) mobile3.Outcome { return []mobile3.Outcome{doubt, match}[n-1] }
	b.mustRun()
	b.service.answer = nil
	b.job.Policy.Resend = true
	is(t, "resent", b.mustRun().Calls, 1)
	closed(t, b)
}

// A crash between the answer and the closing of the doubt before it: the next run that meets the person closes it.
func TestUnfinishedResendIsFinished(t *testing.T) {
	b := newBench(t, people(1))
	log := b.ledger()
	id := &Identity{Columns: Columns{0, 1, 2}, Keyer: person.NewKeyer(log.Secret()), Normalisers: person.Normalisers[:1]}
	who := id.identify(b.rows[0])
	key := who.key
	if !who.valid {
		t.Fatal("the row is not valid")
	}
	if _, err := log.Begin(key, [16]byte{}); err != nil {
		t.Fatal(err)
	}
	again, err := log.Begin(key, [16]byte{})
	if err != nil {
		t.Fatal(err)
	}
	if err := log.Settle(key, again, checkpoint.Answer(match.Answer)); err != nil {
		t.Fatal(err)
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	sum := b.mustRun()
	is(t, "calls", sum.Calls, 0)
	is(t, "match", sum.ByStatus[Match], 1)
	closed(t, b)
}

func closed(t *testing.T, b *bench) {
	t.Helper()
	log := b.ledger()
	defer log.Close()
	is(t, "in doubt", log.Counts().InDoubt, 0)
	is(t, "closed as resent", log.Counts().Resent, 1)
}
