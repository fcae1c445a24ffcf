package web

import (
	"context"
	"errors"
	"net/url"
	"testing"
)

// TestUnendedRunIsCountedOnce: a run was killed, and nobody can tell what it has spent. Whoever tries to go on, again and
// again, is shown all that it may have spent, and never more than was agreed to.
func TestUnendedRunIsCountedOnce(t *testing.T) {
	data, m, begun := t.TempDir(), &mute{clerk: newClerk()}, make(chan struct{}, 1)
	m.run = spending(8)
	s := open(t, testConfig(data, m)).enter()
	id := s.upload("名单.csv")
	form := agreement()
	form.Set("budget", "3.20") // 20 calls
	s.post("/batches/"+id+"/start", form)
	s.until(id, is(Stopped))
	m.run = func(ctx context.Context, job Job, _ func(func() Progress)) Outcome {
		begun <- struct{}{}
		<-ctx.Done()
		return Outcome{State: Paused}
	}
	s.post("/batches/"+id+"/resume", url.Values{})
	<-begun
	killed := tree(t, data)
	s.stop()
	m.err = errors.New("input/output error")
	for range 2 {
		s = open(t, testConfig(killed, m)).enter()
		s.until(id, is(Failed))
		s.costs(id, 20)
		for range 2 {
			s.post("/batches/"+id+"/resume", url.Values{})
			s.until(id, is(Failed))
			s.costs(id, 20)
		}
		s.post("/batches/"+id+"/resume", url.Values{})
		s.until(id, is(Failed))
		s.stop()
	}
	m.err, m.loss = nil, "what could not be saved"
	m.run = spending(20)
	s = open(t, testConfig(killed, m)).enter()
	s.costs(id, 20)
	s.post("/batches/"+id+"/resume", url.Values{"budget": {"0.80"}}) // 5 calls
	s.untilRan(m.clerk, id, 3, Stopped)
	if job := m.ran()[2]; job.MaxCalls != 5 || job.Before != 20 {
		t.Errorf("it may make %d calls, %d are gone; want 5 and 20", job.MaxCalls, job.Before)
	}
}

// TestUnendedRunAtAnotherPrice: it waits for somebody's yes to the price of now, and shows no less than it may have spent.
func TestUnendedRunAtAnotherPrice(t *testing.T) {
	data, m, begun := t.TempDir(), &mute{clerk: newClerk()}, make(chan struct{}, 1)
	m.run = func(ctx context.Context, job Job, _ func(func() Progress)) Outcome {
		m.charge(job.Batch, 15)
		begun <- struct{}{}
		<-ctx.Done()
		return Outcome{State: Paused}
	}
	s := open(t, testConfig(data, m)).enter()
	id := s.upload("名单.csv")
	form := agreement()
	form.Set("budget", "3.20") // 20 calls
	s.post("/batches/"+id+"/start", form)
	<-begun
	killed := tree(t, data)
	s.stop()
	c := testConfig(killed, m)
	c.Money.Price = "¥0.17"
	s = open(t, c).enter()
	s.until(id, is(Paused))
	s.costs(id, 15)
	m.err = errors.New("input/output error")
	s.costs(id, 20)
}
