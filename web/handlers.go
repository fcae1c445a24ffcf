package web

import (
	"errors"
	"fmt"
	"math"
	"mime"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"
)

func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /static/", s.static)
	mux.HandleFunc("GET /{$}", s.home)
	mux.HandleFunc("POST /upload", s.upload) // which looks for its token itself, in the stream
	mux.HandleFunc("POST /lang", s.form(s.switchLang))
	mux.HandleFunc("GET /settings", s.settings)
	mux.HandleFunc("POST /settings", s.form(s.storeSettings))
	mux.HandleFunc("GET /batches/{id}", s.batch(s.screen))
	mux.HandleFunc("GET /batches/{id}/result", s.batch(s.result))
	mux.HandleFunc("GET /batches/{id}/events", s.batch(s.events))
	mux.HandleFunc("GET /batches/{id}/download/{kind}", s.batch(s.download))
	mux.HandleFunc("GET /batches/{id}/delete", s.batch(s.askDelete))
	mux.HandleFunc("POST /batches/{id}/delete", s.form(s.batch(s.remove)))
	mux.HandleFunc("POST /batches/{id}/columns", s.form(s.batch(s.columns)))
	mux.HandleFunc("POST /batches/{id}/start", s.form(s.batch(s.begin)))
	mux.HandleFunc("POST /batches/{id}/pause", s.form(s.batch(s.hold(Paused))))
	mux.HandleFunc("POST /batches/{id}/stop", s.form(s.batch(s.hold(Stopped))))
	mux.HandleFunc("POST /batches/{id}/resume", s.form(s.batch(s.resume)))
	mux.HandleFunc("POST /batches/{id}/answer", s.form(s.batch(s.answer)))
	mux.HandleFunc("GET /batches/{id}/doubts", s.batch(s.doubts))
	mux.HandleFunc("POST /batches/{id}/doubts", s.form(s.batch(s.resolve)))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.sayError(w, r, http.StatusNotFound, Words{"没有这个页面", "there is no such page"})
	})
	return s.inTime(s.guard.around(mux, s.denied))
}

// inTime lets nobody hold a connection with a body that does not come, and be it one
// that nobody reads. An upload gives itself more time, as long as it moves.
func (s *Server) inTime(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 {
			http.NewResponseController(w).SetReadDeadline(time.Now().Add(s.slowForm)) // where that can't be, there is no connection
		}
		h.ServeHTTP(w, r)
	})
}

// form lets a POST through that one of our own pages sent.
func (s *Server) form(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, formBytes)
		if err := r.ParseForm(); err != nil {
			s.sayError(w, r, http.StatusBadRequest, Words{"请求不完整", "the request is not whole"})
			return
		}
		if !s.guard.fromUs(r, r.PostFormValue("csrf")) {
			s.sayError(w, r, http.StatusForbidden, expired)
			return
		}
		h(w, r)
	}
}

// batch finds the batch that an address names.
func (s *Server) batch(h func(http.ResponseWriter, *http.Request, batch)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		b, err := s.store.get(r.PathValue("id"))
		if err != nil {
			words := Words{"没有这个批次，可能已被删除", "there is no such batch; it may have been deleted"}
			if folder := s.store.asideOf(r.PathValue("id")); folder != "" {
				words = Words{"这份名单的记录已损坏，不能再打开。它的文件都还在：" + folder, "the record of this list is damaged, so it can't be opened. All its files are still there: " + folder}
			}
			s.sayError(w, r, http.StatusNotFound, words)
			return
		}
		h(w, r, b)
	}
}

func (s *Server) row(b batch) BatchRow {
	row := BatchRow{ID: b.ID, Seen: b.Version, Name: b.Name, State: b.State, Created: b.Created}
	if b.Check != nil {
		row.Rows = b.Check.Counts.Rows
	}
	if s.Retain > 0 && !b.State.goes() {
		row.Expires = b.Touched.Add(s.Retain)
	}
	if b.begun() {
		v := s.liveNow(b, false)
		row.Calls, row.Cost, row.Percent = v.Calls, v.Cost, percent(v.Rows, v.Total)
	}
	return row
}

func (s *Server) home(w http.ResponseWriter, r *http.Request) {
	p := HomePage{Page: s.page(r), MaxUpload: "1 GiB", Damaged: s.store.aside()}
	if days := int(s.Retain.Hours() / 24); days > 0 {
		p.Retain = strconv.Itoa(days)
	}
	for _, b := range s.store.all() {
		p.Batches = append(p.Batches, s.row(b))
	}
	s.show(w, r, http.StatusOK, "home", p)
}

// screen is the one that fits a batch's state.
func (s *Server) screen(w http.ResponseWriter, r *http.Request, b batch) {
	if renewed, err := s.queue.renew(b); err == nil {
		b = renewed
	}
	rests := (b.State == Finished || r.URL.Query().Get("view") == "result" && !b.State.goes()) && b.Last != nil && b.Last.Sheet
	switch {
	case !b.begun():
		s.show(w, r, http.StatusOK, "check", s.checkPage(r, b))
	case rests:
		s.result(w, r, b)
	default:
		s.watch(w, r, b)
	}
}

func (s *Server) checkPage(r *http.Request, b batch) CheckPage {
	p := CheckPage{Page: s.page(r), Batch: s.row(b), AtRow: b.Header, Price: s.Money.Price, Rate: s.Rate}
	columns := b.Columns
	if b.Refusal != nil {
		p.Message, p.Header, p.Ours = b.Refusal.in(p.Lang), b.Refusal.Header, b.Refusal.Ours
	}
	if c := b.Check; c != nil {
		columns = c.Columns
		p.Header, p.Sample, p.Counts, p.More = c.Header, c.Sample, c.Counts, c.More
		for _, f := range c.Found {
			p.Found = append(p.Found, f.in(p.Lang))
		}
		for _, n := range c.Notes {
			p.Notes = append(p.Notes, n.in(p.Lang))
		}
		for _, f := range c.Faults {
			p.Faults = append(p.Faults, Fault{f.Line, f.Column, f.Text.in(p.Lang), f.Asked})
		}
		p.Cost, p.Budget = s.Money.Cost(c.Counts.ToAsk), s.Money.Plain(c.Counts.ToAsk)
		p.Time = takes(c.Counts.ToAsk, s.Rate, p.Lang)
		if c.Unclear > 0 {
			p.Resend, p.Unclear = s.Money.Cost(c.Unclear), c.Unclear
		}
	}
	for _, f := range fieldWords {
		p.Fields = append(p.Fields, FieldChoice{f.field, f.words.in(p.Lang), columns[f.field]})
	}
	for _, other := range s.store.all() {
		if other.begun() {
			p.Who = other.Start.Who
			break
		}
	}
	return p
}

// takes says how long so many calls last.
func takes(calls int64, rate float64, lang string) string {
	if calls == 0 || rate <= 0 {
		return ""
	}
	minutes := int64(math.Ceil(float64(calls) / rate / 60))
	switch {
	case minutes < 2:
		return Words{"不到 2 分钟", "less than 2 minutes"}.in(lang)
	case minutes < 120:
		return fmt.Sprintf(Words{"约 %d 分钟", "about %d minutes"}.in(lang), minutes)
	}
	return fmt.Sprintf(Words{"约 %d 小时", "about %d hours"}.in(lang), (minutes+30)/60)
}

func (s *Server) watch(w http.ResponseWriter, r *http.Request, b batch) {
	p := WatchPage{
		Page: s.page(r), Batch: s.row(b), Who: b.Start.Who, For: b.Start.Purpose,
		Live: s.liveNow(b, true), Budget: s.Money.Cost(b.Start.Calls), Short: s.short(b),
		Price: s.Money.Price, Message: s.message(b, s.lang(r)),
	}
	if b.Last != nil {
		p.Question, p.Partial, p.Code = b.Last.Question.in(p.Lang), b.Last.Sheet, b.Last.Code && !s.Fixed
	}
	s.show(w, r, http.StatusOK, "watch", p)
}

// short is what somebody would have to add, once the budget is used up, so that all
// rows can be asked about.
func (s *Server) short(b batch) string {
	if b.State.goes() || b.Last == nil {
		return ""
	}
	left := max(b.Start.Calls-s.gone(b), 0)
	lacks := b.Last.Needs - left
	if left == 0 && b.Last.Status["pending"] > 0 {
		lacks = max(lacks, 1)
	}
	if lacks <= 0 {
		return ""
	}
	return s.Money.Plain(lacks)
}

// message is what a batch at rest has to say.
func (s *Server) message(b batch, lang string) string {
	if was, is := b.Start.Price, s.Money.Price; was != is && b.goesOn() {
		return anotherPrice(was, is).in(lang)
	}
	if b.Last == nil {
		return ""
	}
	return b.Last.Message.in(lang)
}

const previewRows = 50

func (s *Server) result(w http.ResponseWriter, r *http.Request, b batch) {
	if b.Last == nil || !b.Last.Sheet || b.State.goes() {
		http.Redirect(w, r, "/batches/"+b.ID, http.StatusSeeOther)
		return
	}
	p := ResultPage{
		Page: s.page(r), Batch: s.row(b), Who: b.Start.Who, For: b.Start.Purpose, Started: b.Start.At, Ended: b.Last.Ended,
		Filter: r.URL.Query().Get("status"), GoesOn: b.goesOn(), Short: s.short(b),
		InDoubt: b.Last.Status["in_doubt"], Looked: b.Looked, Price: s.Money.Price, Message: s.message(b, s.lang(r)),
	}
	p.Calls, p.Cost = s.figures(b)
	if saved := b.Check.Counts.Known + b.Check.Counts.Duplicates; saved > 0 && b.Start.Price == s.Money.Price {
		p.Saved = s.Money.Cost(saved)
	}
	known := false
	for _, one := range statuses {
		known = known || one.name == p.Filter
		p.Groups = append(p.Groups, StatusGroup{one.name, one.words.in(p.Lang), b.Last.Status[one.name]})
		if slices.Contains([]string{"invalid", "rejected", "unusable", "in_doubt"}, one.name) {
			p.ToFix += b.Last.Status[one.name]
		}
	}
	if !known {
		p.Filter = ""
	}
	if from, err := strconv.Atoi(r.URL.Query().Get("from")); err == nil && from > 0 {
		p.From = from
	}
	job := s.queue.job(b)
	job.Columns = b.Check.Columns
	rows, more, err := s.Engine.Preview(r.Context(), job, p.Filter, p.From, previewRows)
	if err != nil {
		fmt.Fprintf(s.Log, "batch %s: preview: %v\n", b.ID, err)
		s.sayError(w, r, http.StatusInternalServerError, Words{"结果表不能读取；它可能正被替换，请稍后刷新", "the result can't be read; it may just be replaced: reload in a moment"})
		return
	}
	for i := range rows {
		rows[i].Label = statusWord(p.Lang, rows[i].Status)
		rows[i].Source, rows[i].Channel = wordIn(sources, p.Lang, rows[i].Source), wordIn(carriers, p.Lang, rows[i].Channel)
	}
	p.Rows = rows
	if more {
		p.Next = p.From + len(rows)
	}
	s.show(w, r, http.StatusOK, "result", p)
}

// columns checks the list again, with other columns.
func (s *Server) columns(w http.ResponseWriter, r *http.Request, b batch) {
	chosen := map[string]string{}
	for _, f := range fieldWords {
		letter := strings.ToUpper(strings.TrimSpace(r.PostFormValue(f.field)))
		if letter == "" || len(letter) > 3 || strings.Trim(letter, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
			s.again(w, r, b, Words{"请为三项各选一列", "choose a column for each of the three"})
			return
		}
		chosen[f.field] = letter
	}
	if chosen["name"] == chosen["mobile"] || chosen["name"] == chosen["idCard"] || chosen["mobile"] == chosen["idCard"] {
		s.again(w, r, b, Words{"三项必须是不同的列", "the three must be different columns"})
		return
	}
	header := strings.TrimSpace(r.PostFormValue("header"))
	if n, err := strconv.Atoi(header); header != "" && (err != nil || n < 0 || n > 1_000_000) {
		s.again(w, r, b, Words{"表头行号应是数字；没有表头填 0，不确定就留空", "the header's row is a number; 0 if there is none, empty if you don't know"})
		return
	}
	_, err := s.store.change(b.ID, func(b *batch) error {
		if b.begun() || b.State.goes() {
			return errStale
		}
		b.Columns, b.Header, b.State = chosen, header, Checking
		return nil
	})
	s.queue.look()
	s.back(w, r, b, err)
}

// again shows the check screen with what was wrong, and the form as it was filled in.
func (s *Server) again(w http.ResponseWriter, r *http.Request, b batch, problem Words) {
	p := s.checkPage(r, b)
	p.Problem, p.Path = problem.in(p.Lang), "/batches/"+b.ID // what was sent to is no page
	if r.PostForm.Has("budget") {
		p.Budget, p.Who, p.Purpose = r.PostFormValue("budget"), r.PostFormValue("who"), r.PostFormValue("purpose")
		if rate, err := strconv.ParseFloat(r.PostFormValue("rate"), 64); err == nil {
			p.Rate = rate
		}
	}
	s.show(w, r, http.StatusUnprocessableEntity, "check", p)
}

// back returns to the batch's screen: what it shows is what is.
func (s *Server) back(w http.ResponseWriter, r *http.Request, b batch, err error) {
	if err != nil && !errors.Is(err, errStale) {
		fmt.Fprintf(s.Log, "batch %s: %v\n", b.ID, err)
		s.sayError(w, r, http.StatusInternalServerError, notKept(err))
		return
	}
	http.Redirect(w, r, "/batches/"+b.ID, http.StatusSeeOther)
}

// notKept says what a clerk can do about a disk; the rest is in the log.
func notKept(err error) Words {
	if errors.Is(err, syscall.ENOSPC) {
		return Words{"没有保存：磁盘已满，请腾出空间后再试", "this could not be kept: the disk is full, make room and try again"}
	}
	return Words{"没有保存：数据文件夹写不进去", "this could not be kept: the data folder can't be written"}
}

// begin agrees to spend: at most so much, by somebody, for something.
func (s *Server) begin(w http.ResponseWriter, r *http.Request, b batch) {
	if b.State != Checked {
		s.back(w, r, b, errStale) // a second click, or another window's
		return
	}
	if !s.Engine.Ready() {
		http.Redirect(w, r, "/settings", http.StatusSeeOther)
		return
	}
	agreed := start{Counted: true, At: s.now(), Who: brief(r.PostFormValue("who"), 100), Purpose: brief(r.PostFormValue("purpose"), 200), ToAsk: b.Check.Counts.ToAsk, Price: s.Money.Price}
	if agreed.Who == "" || agreed.Purpose == "" {
		s.again(w, r, b, Words{"请填写经办人和用途：它们随批次保存，供日后核对", "say who starts this and what for: both are kept with the batch"})
		return
	}
	var err error
	if agreed.Calls, err = s.afford(r.PostFormValue("budget")); err != nil {
		s.again(w, r, b, Words{"预算应是金额，如 12.80", "the budget must be an amount such as 12.80"})
		return
	}
	agreed.Rate, err = strconv.ParseFloat(strings.TrimSpace(r.PostFormValue("rate")), 64)
	if err != nil || !(agreed.Rate > 0 && agreed.Rate <= fastest) {
		s.again(w, r, b, Words{fmt.Sprintf("速度应在每秒 0 到 %d 次之间", fastest), fmt.Sprintf("the rate must be more than 0 and at most %d calls a second", fastest)})
		return
	}
	if r.PostFormValue("resend") == "yes" {
		agreed.Resend, agreed.State = b.Check.Unclear, b.Check.State
		agreed.ToAsk += agreed.Resend
		if agreed.Calls < agreed.ToAsk { // or some of them are sent, and nobody can say which
			s.again(w, r, b, Words{
				"勾选了再发一次，预算就要够全部的人：至少 " + s.Money.Plain(agreed.ToAsk), "with the tick, the budget must do for everybody: at least " + s.Money.Plain(agreed.ToAsk),
			})
			return
		}
	}
	renewed, err := s.queue.renew(b)
	if err == nil && renewed.State != Checked {
		s.again(w, r, renewed, Words{"刚才有别的名单核验完，这份名单正在重新试算；请看过新的费用再开始", "another list has ended just now, so this one is priced anew: look at the cost and start again"})
		return
	}
	_, err = s.store.change(b.ID, func(b *batch) error {
		if b.State != Checked || !seen(r, b) {
			return errStale
		}
		b.Start, b.State = &agreed, Waiting
		return nil
	})
	if fresh, failed := s.store.get(b.ID); errors.Is(err, errStale) && failed == nil && !fresh.begun() {
		s.again(w, r, fresh, Words{"这份名单刚才在别的窗口里改过；请看过现在的列和费用再开始", "this list was changed in another window: look at the columns and the cost as they are, and start again"})
		return
	}
	s.queue.look()
	s.back(w, r, b, err)
}

// seen: the form that somebody sent is of the batch as it is, and not of what another
// window has made of it since.
func seen(r *http.Request, b *batch) bool {
	return r.PostFormValue("seen") == strconv.FormatInt(b.Version, 10)
}

// agrees: and it says so at the price of today.
func (s *Server) agrees(r *http.Request, b *batch) bool {
	return seen(r, b) && r.PostFormValue("price") == s.Money.Price
}

const fastest = 1000 // calls a second

// brief is what somebody wrote into a line of a form, at most so many runes.
func brief(s string, most int) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "")), " ")
	if utf8.RuneCountInString(s) > most {
		s = string([]rune(s)[:most])
	}
	return s
}

func (s *Server) hold(then State) func(http.ResponseWriter, *http.Request, batch) {
	return func(w http.ResponseWriter, r *http.Request, b batch) { s.back(w, r, b, s.queue.hold(b.ID, then)) }
}

// resume lets a batch go on, with more to spend if the form says so.
func (s *Server) resume(w http.ResponseWriter, r *http.Request, b batch) {
	more := int64(0)
	if budget := strings.TrimSpace(r.PostFormValue("budget")); budget != "" {
		var err error
		if more, err = s.afford(budget); err != nil {
			s.sayError(w, r, http.StatusUnprocessableEntity, Words{"追加的预算应是金额，如 12.80；请返回重填", "what is added to the budget must be an amount such as 12.80: go back and correct it"})
			return
		}
	}
	s.back(w, r, b, s.queue.goOn(b.ID, func(b *batch) error {
		if b.State == Asking || !s.agrees(r, b) { // it has a question first; or it was pressed twice, or in an old window
			return errStale
		}
		b.Start.Calls += more
		b.Then = ""
		return nil
	}))
}

// answer is somebody's yes or no to the question of a run.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, b batch) {
	asked := func(b *batch) bool { return b.State == Asking && b.Last != nil && b.Last.Ask != "" && s.agrees(r, b) }
	if r.PostFormValue("yes") != "yes" {
		_, err := s.store.change(b.ID, func(b *batch) error {
			if !asked(b) {
				return errStale
			}
			b.State = Paused
			return nil
		})
		s.back(w, r, b, err)
		return
	}
	s.back(w, r, b, s.queue.goOn(b.ID, func(b *batch) error {
		if !asked(b) {
			return errStale
		}
		b.Start.Agreed = append(slices.Clip(b.Start.Agreed), b.Last.Ask)
		return nil
	}))
}

// downloads are the files that a batch comes back as, and what is put behind its name.
var downloads = map[string]struct{ file, suffix string }{
	"workbook": {Workbook, ".checked.xlsx"},
	"todo":     {Todo, ".todo.xlsx"},
	"csv":      {CSV, ".checked.csv"},
}

func (s *Server) download(w http.ResponseWriter, r *http.Request, b batch) {
	kind, ok := downloads[r.PathValue("kind")]
	if !ok || b.Last == nil || !b.Last.Sheet {
		s.sayError(w, r, http.StatusNotFound, Words{"没有这个文件", "there is no such file"})
		return
	}
	f, err := os.Open(filepath.Join(s.store.folder(b.ID), kind.file))
	if err != nil {
		s.sayError(w, r, http.StatusNotFound, Words{"没有这个文件", "there is no such file"})
		return
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		s.sayError(w, r, http.StatusNotFound, Words{"没有这个文件", "there is no such file"})
		return
	}
	name := strings.TrimSuffix(b.Name, filepath.Ext(b.Name)) + kind.suffix
	w.Header().Set("Content-Type", mime.TypeByExtension(filepath.Ext(kind.file)))
	w.Header().Set("Content-Disposition", `attachment; filename="result`+kind.suffix+`"; filename*=UTF-8''`+url.PathEscape(name))
	http.ServeContent(w, r, kind.file, info.ModTime(), f)
}

func (s *Server) askDelete(w http.ResponseWriter, r *http.Request, b batch) {
	s.show(w, r, http.StatusOK, "delete", DeletePage{s.page(r), s.row(b)})
}

func (s *Server) remove(w http.ResponseWriter, r *http.Request, b batch) {
	s.queue.drop(b.ID)
	err := s.store.remove(b.ID)
	switch {
	case errors.Is(err, errBusy):
		s.sayError(w, r, http.StatusConflict, Words{"批次正在进行：请先停止", "the batch is at work: stop it first"})
	case err != nil && !errors.Is(err, errNoBatch):
		fmt.Fprintf(s.Log, "batch %s can't be deleted: %v\n", b.ID, unnamed(err))
		s.sayError(w, r, http.StatusInternalServerError, Words{"没有完全删除，可能有文件正被打开：请关闭后再删一次", "not all of it could be deleted; a file may be open: close it and delete again"})
	default:
		http.Redirect(w, r, "/", http.StatusSeeOther)
	}
}

func (s *Server) switchLang(w http.ResponseWriter, r *http.Request) {
	if l := r.PostFormValue("lang"); l == "zh" || l == "en" {
		http.SetCookie(w, &http.Cookie{Name: langCookie, Value: l, Path: "/", MaxAge: 365 * 24 * 3600, SameSite: http.SameSiteStrictMode})
	}
	back := r.PostFormValue("back")
	_, err := url.Parse(back) // refuses control characters, which browsers leave out: /\t/elsewhere is //elsewhere
	if err != nil || !strings.HasPrefix(back, "/") || strings.HasPrefix(back, "//") || strings.Contains(back, `\`) {
		back = "/" // nowhere but here
	}
	http.Redirect(w, r, back, http.StatusSeeOther)
}
