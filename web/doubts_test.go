package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func inDoubt(t *testing.T) (*site, *clerk, string) {
	t.Helper()
	clerk := newClerk()
	clerk.run = func(_ context.Context, job Job, _ func(func() Progress)) Outcome {
		return Outcome{State: Finished, Calls: job.MaxCalls, Spent: job.MaxCalls, Status: map[string]int64{"match": 97, "in_doubt": 3}, Sheet: true}
	}
	clerk.doubts = []Doubt{
		{SampleRow: SampleRow{Line: 7, Name: "张*", Mobile: "138****0000"}, Call: "4f1c09ab77e2/12", Sent: "2026-11-26 09:00:00"},
		{SampleRow: SampleRow{Line: 9, Name: "李*", Mobile: "139****0000"}, Call: "90aa3c517d04/13", Sent: "2026-11-26 09:00:01"},
	}
	s := open(t, testConfig(t.TempDir(), clerk)).enter()
	id := s.upload("名单.csv")
	s.post("/batches/"+id+"/start", agreement())
	s.until(id, is(Finished))
	return s, clerk, id
}

// TestCallsInDoubtAreRecorded: what somebody found of each call goes to the program as it
// was chosen; nothing chosen records nothing; and the batch can go on with what that frees.
func TestCallsInDoubtAreRecorded(t *testing.T) {
	s, clerk, id := inDoubt(t)
	if _, text := s.get("/batches/" + id); !strings.Contains(text, "/doubts") || strings.Contains(text, "/resume") {
		t.Error("the result does not lead to the calls in doubt, or goes on without them")
	}
	if _, text := s.get("/batches/" + id + "/doubts"); !strings.Contains(text, "4f1c09ab77e2/12") || !strings.Contains(text, "2026-11-26 09:00:01") {
		t.Errorf("the calls are not on the page: %s", text)
	}
	for _, form := range []url.Values{{}, {"call 4f1c09ab77e2/12": {""}}, {"call 4f1c09ab77e2/12": {"perhaps"}}} {
		s.post("/batches/"+id+"/doubts", form)
		if len(clerk.found) != 0 {
			t.Fatalf("%v records %v", form, clerk.found)
		}
	}
	s.post("/batches/"+id+"/doubts", url.Values{"call 4f1c09ab77e2/12": {"billed"}, "call 90aa3c517d04/13": {"unbilled"}})
	if len(clerk.found) != 2 {
		t.Fatalf("recorded %v", clerk.found)
	}
	for _, f := range clerk.found {
		if f.Billed != (f.Call == "4f1c09ab77e2/12") {
			t.Errorf("recorded %v", clerk.found)
		}
	}
	// One more call is needed than the budget had, and that must be agreed to.
	_, text := s.get("/batches/" + id)
	if !strings.Contains(text, "/resume") || !strings.Contains(text, `value="0.16"`) {
		t.Errorf("it can't go on, or not for the price of one call: %s", text)
	}
	s.post("/batches/"+id+"/resume", url.Values{"budget": {"0.16"}})
	s.untilRan(clerk, id, 2, Finished)
	if job := clerk.ran()[1]; job.MaxCalls != 1 || job.Resend != 0 {
		t.Errorf("it went on with %+v", job)
	}
}

// TestDoubtsWaitForARun: one writes to the checkpoint at a time.
func TestDoubtsWaitForARun(t *testing.T) {
	s, clerk, id := inDoubt(t)
	s.server.queue.writing.Lock()
	status, text := s.post("/batches/"+id+"/doubts", url.Values{"call 4f1c09ab77e2/12": {"unbilled"}})
	s.server.queue.writing.Unlock()
	if status != http.StatusConflict || len(clerk.found) != 0 || !strings.Contains(text, "另一份名单正在核验") {
		t.Errorf("%d, recorded %v", status, clerk.found)
	}
}

// TestDoubtsThatAreNone: what the program refuses is said, and changes nothing.
func TestDoubtsThatAreNone(t *testing.T) {
	s, clerk, id := inDoubt(t)
	clerk.resolve = func([]Finding) error { return &Refusal{Words: Words{"没有这个请求", "no such call"}} }
	status, text := s.post("/batches/"+id+"/doubts", url.Values{"call 4f1c09ab77e2/12": {"unbilled"}})
	if status != http.StatusConflict || !strings.Contains(text, "没有这个请求") {
		t.Errorf("%d %s", status, text)
	}
	if b, err := s.server.store.get(id); err != nil || b.Last.Needs != 0 {
		t.Errorf("%+v %v", b, err)
	}
}

// TestFindingsAreKeptFirst: what is recorded stays recorded, so nothing is while the batch could not go on with it; and
// a batch whose calls were recorded elsewhere can renew its results.
func TestFindingsAreKeptFirst(t *testing.T) {
	s, clerk, id := inDoubt(t)
	s.server.store.syncDir = func(string) error { return errors.New("no space left on device") }
	status, _ := s.post("/batches/"+id+"/doubts", url.Values{"call 4f1c09ab77e2/12": {"unbilled"}})
	if status != http.StatusInternalServerError || len(clerk.found) != 0 {
		t.Errorf("%d, recorded %v", status, clerk.found)
	}
	s.server.store.syncDir = func(string) error { return nil }
	clerk.doubts = nil
	if _, text := s.get("/batches/" + id + "/doubts"); !strings.Contains(text, `name="renew"`) {
		t.Error("there is nothing to press")
	}
	s.post("/batches/"+id+"/doubts", url.Values{"renew": {"yes"}})
	if _, text := s.get("/batches/" + id); !strings.Contains(text, "/resume") || len(clerk.found) != 0 {
		t.Error("it can't go on")
	}
}

func TestFreed(t *testing.T) {
	for want, found := range [][]Finding{
		{{"a/1", true}},
		{{"a/1", false}, {"a/2", false}},
		{{"a/1", false}, {"b/2", false}, {"c/3", true}, {"c/4", false}},
	} {
		if got := freed(found); got != int64(want) {
			t.Errorf("%v: %d people can be asked again", found, got)
		}
	}
}
