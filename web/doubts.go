package web

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

const mostDoubts = 100 // on a screen

// doubts lists the calls in doubt about a batch's people, for somebody who has the
// service's usage log at hand.
func (s *Server) doubts(w http.ResponseWriter, r *http.Request, b batch) {
	s.showDoubts(w, r, b, http.StatusOK, Words{})
}

func (s *Server) showDoubts(w http.ResponseWriter, r *http.Request, b batch, status int, problem Words) {
	if !b.begun() || b.State.goes() {
		s.back(w, r, b, nil)
		return
	}
	p := DoubtsPage{Page: s.page(r), Batch: s.row(b), Price: s.Money.Price, Problem: problem.in(s.lang(r))}
	if s.queue.busy() { // what is under way looks like a call in doubt
		if p.Problem == "" {
			p.Problem = Words{"另一份名单正在核验：还在途中的请求会像存疑的一样。请等它完成或先暂停它再来登记", "another list is being checked, and what is under way looks like a call in doubt: wait for it or pause it"}.in(p.Lang)
		}
		s.show(w, r, status, "doubts", p)
		return
	}
	job := s.queue.job(b)
	job.Columns = b.Check.Columns
	var err error
	if p.Calls, p.More, err = s.Engine.Doubts(r.Context(), job, mostDoubts); err != nil {
		s.sayRefusal(w, r, b, err)
		return
	}
	s.show(w, r, status, "doubts", p)
}

func (s *Server) sayRefusal(w http.ResponseWriter, r *http.Request, b batch, err error) {
	words := ownFault(err)
	var refusal *Refusal
	if errors.As(err, &refusal) {
		words = refusal.Words
	} else {
		fmt.Fprintf(s.Log, "batch %s: %v\n", b.ID, err)
	}
	s.sayError(w, r, http.StatusInternalServerError, words)
}

// resolve keeps what somebody found in the service's usage log.
func (s *Server) resolve(w http.ResponseWriter, r *http.Request, b batch) {
	if !b.begun() || b.State.goes() {
		s.back(w, r, b, errStale)
		return
	}
	if r.PostFormValue("renew") == "yes" { // recorded with another list, or just before a crash
		s.back(w, r, b, s.queue.looked(b.ID))
		return
	}
	var found []Finding
	for name, values := range r.PostForm {
		call, ours := strings.CutPrefix(name, "call ")
		if !ours || values[0] == "" {
			continue
		}
		if values[0] != "billed" && values[0] != "unbilled" {
			s.back(w, r, b, errStale)
			return
		}
		found = append(found, Finding{Call: call, Billed: values[0] == "billed"})
	}
	if len(found) == 0 {
		s.showDoubts(w, r, b, http.StatusUnprocessableEntity, Words{"还没有选择：请至少给一行选上查到的结果", "nothing was chosen: say of at least one row what you found"})
		return
	}
	var refusal *Refusal
	switch err := s.queue.resolve(b, found); {
	case errors.Is(err, errRunning):
		s.showDoubts(w, r, b, http.StatusConflict, Words{"另一份名单正在核验，现在不能登记。请等它完成或先暂停它，再登记一次；刚才选的没有保存", "another list is being checked, so nothing can be recorded now. Wait for it or pause it, then record this again; nothing was kept"})
	case errors.As(err, &refusal):
		s.showDoubts(w, r, b, http.StatusConflict, refusal.Words)
	default:
		s.back(w, r, b, err)
	}
}
