package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"mobile3batch/checkpoint"
	"mobile3batch/mobile3"
	"mobile3batch/person"
	"mobile3batch/pipeline"
	"mobile3batch/reader"
	"mobile3batch/web"
)

// engine is the program behind the page: each list that it is handed is checked and
// run as the commands plan and run would do it, with the same options for all.
type engine struct {
	options
	streams Streams // Out is nobody's
	data    string
	records records
}

const (
	sampleRows = 5
	mostShown  = 200 // faults on a screen; the sheet that comes back has all
)

func (e *engine) Ready() bool {
	if e.sandbox {
		return true
	}
	_, err := credentials(e.withStored())
	return err == nil
}

// withStored uses the AppCode that was entered on the page, unless a flag names another.
func (e *engine) withStored() options {
	o := e.options
	if stored := web.AppCodeFile(e.data); o.appCodeFile == "" && exists(stored) {
		o.appCodeFile = stored
	}
	return o
}

// batchOf is a batch as a command would make it.
func (e *engine) batchOf(job web.Job) *batch {
	o := e.withStored()
	o.input, o.columns, o.quiet = job.Input, job.Columns, true
	if job.Header != "" {
		o.headerRow, _ = strconv.Atoi(job.Header) // the page has looked at it
		o.noHeader = o.headerRow == 0
	}
	o.output = filepath.Join(job.Folder, web.Workbook)
	o.besideCSV, o.besideTodo = filepath.Join(job.Folder, web.CSV), filepath.Join(job.Folder, web.Todo)
	return &batch{
		options: o, streams: e.streams, began: e.streams.now(), service: o.service(),
		talk: &talker{err: e.streams.Err, quiet: true}, page: true,
	}
}

// look lets view see a list, and what the checkpoint knows of it.
func (e *engine) look(job web.Job, view func(*batch, past) error) (err error) {
	b := e.batchOf(job)
	if b.source, err = openSource(b.options); err != nil {
		return err
	}
	defer b.table.Close()
	if b.paths, err = choosePaths(b.options, b.table.Format()); err != nil {
		return err
	}
	ledger, closeLedger, err := b.viewLedger()
	if err != nil {
		return err
	}
	defer closeLedger()
	return view(b, ledger)
}

func (e *engine) Check(ctx context.Context, job web.Job) (c web.Check, err error) {
	err = e.look(job, func(b *batch, ledger past) error {
		lacks, err := e.lacks(ledger)
		if err != nil {
			return err
		}
		c, err = b.check(ctx, ledger, job)
		if lacks != (text{}) {
			c.Notes = append(c.Notes, bothOf(lacks))
		}
		return err
	})
	if err != nil && ctx.Err() == nil {
		return c, e.refusal(err, job)
	}
	return c, err
}

func (b *batch) check(ctx context.Context, ledger past, job web.Job) (c web.Check, err error) {
	c.Header, c.Columns = columnNames(b.table, len(job.Columns) == 0 && job.Header == ""), b.letters()
	unclear := false
	b.seen = func(row pipeline.Planned) {
		b.show(&c, row)
		unclear = unclear || row.Plan == pipeline.PlanHold || row.Plan == pipeline.PlanKnown && row.Entry.Answer.Result == 0
	}
	if err := b.inspect(ctx, ledger); err != nil {
		return c, err
	}
	if b.survey.Rows == 0 {
		return c, &reader.Error{File: filepath.Base(b.input), Problem: "there are no rows", Do: "check that the right file and sheet were saved"}
	}
	c.State = b.asOf
	v := b.survey
	c.Counts = web.Counts{Rows: v.Rows, ToAsk: v.ToAsk, Duplicates: v.Duplicates, Known: v.Known, InDoubt: v.InDoubt, Invalid: v.Invalid}
	b.survey.Forget()
	c.Found = both(func(l lang) []string { b.source.lang = l; return b.found(b.input) })
	c.Notes, c.Found = c.Found[1:], c.Found[:1]
	if b.fedBack > 0 {
		c.Notes = append(c.Notes, bothOf(fedBackQuestion(b.fedBack)))
	}
	if unclear {
		c.Unclear, err = b.unclear(ctx, ledger)
	}
	return c, err
}

// show keeps what a screen shows of a row: the first ones masked, and what is wrong.
func (b *batch) show(c *web.Check, row pipeline.Planned) {
	if len(c.Sample) < sampleRows {
		c.Sample = append(c.Sample, b.masked(row))
	}
	for _, f := range row.Findings {
		asked := row.Plan != pipeline.PlanInvalid
		if f.Severity() == person.Fix && asked {
			continue // mended by itself
		}
		if len(c.Faults) == mostShown {
			c.More++
			continue
		}
		i := b.table.Column(f.Column.String())
		where := reader.ColumnLetter(i)
		if h := c.Header[i].Text; h != "" {
			where += " " + h
		}
		c.Faults = append(c.Faults, web.FaultWords{Line: row.Row.Line, Column: where, Text: web.Words{ZH: f.Text("zh"), EN: f.Text("en")}, Asked: asked})
	}
}

func (b *batch) masked(row pipeline.Planned) web.SampleRow {
	cells := newOwnCells(b.table, true).of(row.Row, row.Findings, len(row.Row.Cells))
	cell := func(field string) string { return cells[b.table.Column(field)].Text }
	return web.SampleRow{Line: row.Row.Line, Name: cell("name"), Mobile: cell("mobile"), IDCard: cell("idCard")}
}

// unclear counts the people who could be sent again, which a reading of its own tells. It
// is the last thing that b is for.
func (b *batch) unclear(ctx context.Context, ledger past) (int64, error) {
	b.resend = true
	policy, err := b.policy(ledger)
	if err != nil {
		return 0, err
	}
	v, err := pipeline.Inspect(b.table.Rows(), b.identity, policy, lookupIn(ledger), func(pipeline.Planned) error { return ctx.Err() })
	return v.Resent, err
}

// columnNames are the columns to choose from. A row that is the header only because
// somebody said so, or because nothing better was found, may be a person: of it no more
// is shown than what is a header's word for certain.
func columnNames(t *reader.Table, found bool) (names []web.ColumnName) {
	for i, h := range t.Header() {
		if !found {
			h = t.HeaderWord(i)
		}
		names = append(names, web.ColumnName{Letter: reader.ColumnLetter(i), Text: h})
	}
	return names
}

func (b *batch) letters() map[string]string {
	letters := map[string]string{}
	for _, field := range []string{"name", "mobile", "idCard"} {
		letters[field] = reader.ColumnLetter(b.table.Column(field))
	}
	return letters
}

// both says the same lines in both languages.
func both(say func(lang) []string) (lines []web.Words) {
	chinese, english := say(zh), say(en)
	for i := range chinese {
		lines = append(lines, forPage(web.Words{ZH: chinese[i], EN: english[i]}))
	}
	return lines
}

// leads say in Chinese what kind of failure an English text is about.
var leads = map[int]string{
	exitRefused:  "不能使用：",
	exitInternal: "本机出错（磁盘？），已付费的结果没有丢失：",
}

func (e *engine) words(err error) web.Words {
	english := sentence(err)
	var input *reader.Error
	if errors.As(err, &input) {
		return forPage(web.Words{ZH: strings.Replace(english, input.Error(), input.Text("zh"), 1), EN: english})
	}
	if refusesOutput(err) {
		return bothOf(resultBlocked)
	}
	for _, k := range known {
		if errors.Is(err, k.err) {
			return web.Words{ZH: k.zh, EN: english}
		}
	}
	return web.Words{ZH: leads[codeOf(err)] + english, EN: english}
}

// known failures need no English in a Chinese sentence; the program's window has it all.
var known = []struct {
	err error
	zh  string
}{
	{checkpoint.ErrLocked, "已付费记录正被另一个程序使用：请等它结束，或关闭它后再试。"},
	{checkpoint.ErrFull, "磁盘已满，或文件大小到了上限：没有再发起核验，已付费的结果没有丢失。请腾出空间后继续。"},
	{checkpoint.ErrCorrupt, "已付费记录（people.checkpoint）损坏了。为避免重复付费，程序不再继续。请联系管理员，用命令 mobile3batch verify 检查和修复它。"},
	{checkpoint.ErrFailed, "已付费记录写不进磁盘，核验已停下。请检查磁盘后重新启动程序，再继续。"},
	{checkpoint.ErrNotCheckpoint, "数据文件夹里的 people.checkpoint 不是本程序的记录：请联系管理员。"},
	{checkpoint.ErrService, "数据文件夹里的已付费记录属于另一个核验服务：请换一个数据文件夹，或联系管理员。"},
	{checkpoint.ErrVersion, "数据文件夹里的已付费记录来自更新版本的程序：请使用新版本。"},
	{syscall.ENOSPC, "磁盘已满：请腾出空间后继续，已付费的结果没有丢失。"},
	{mobile3.ErrCredentials, "AppCode 缺失或被拒绝：请在“设置”中检查。"},
}

// pageForFlags puts what stands on the page in the place of flags, whole phrases first.
var pageForFlags = []struct {
	flag *regexp.Regexp
	page text
}{
	{regexp.MustCompile(`（可用 --sheet 选择）| \(choose with --sheet\)`),
		text{"（没有核验；要核验它，请把那张表单独存成一个文件再上传）", " (not checked: to have it checked, save that sheet as a file of its own and upload it)"}},
	{regexp.MustCompile(`请用 --input-encoding 指定|give --input-encoding$`), text{"请在 Excel 或 WPS 中另存为 .xlsx 再上传", "save it as .xlsx and upload that"}},
	{regexp.MustCompile(`请检查 --endpoint|检查 --endpoint|check --endpoint`), text{"请联系管理员检查服务地址", "have the service's address checked"}},
	{regexp.MustCompile(`请检查 --header-row`), text{"请检查下面的表头行号", ""}},
	{regexp.MustCompile(`用 --header-row 加行号指明`), text{"在下面填写它的行号", ""}},
	{regexp.MustCompile(`用 --header-row 0；并指明各列，例如 .*$`), text{"在下面的行号中填 0；并选择三列", ""}},
	{regexp.MustCompile(`give --header-row with its number if it is the header, --header-row 0 if the list has none, and the columns, such as .*$`),
		text{"", "enter its row below if it is the header, 0 if the list has none, and choose the columns"}},
	{regexp.MustCompile(`由 --column 指定`), text{"按您的选择", ""}},
	{regexp.MustCompile(`named with --column`), text{"", "as you chose"}},
	{regexp.MustCompile(`(--column \S+=[^\s；;，,]+ ?)+`), text{"下面的三个选项", "the three choices below"}},
	{regexp.MustCompile(`--header-row( 0)?`), text{"下面的表头行号", "the header's row below"}},
	{regexp.MustCompile(`--column\b`), text{"下面的选项", "the choices below"}},
	{regexp.MustCompile(`请(用|检查) --password-file .*?，或另存为不带密码的文件`), text{"请另存为不带密码的文件再上传", ""}},
	{regexp.MustCompile(`(give its password with --password-file, or save it without one|check the file given with --password-file, or save the workbook without a password)`),
		text{"", "save it without a password and upload that"}},
	{regexp.MustCompile(`，或用 --(input-encoding|sheet) 指明(编码)?|, or name (it|its encoding) with --(sheet|input-encoding)`), text{}},
	{regexp.MustCompile(`请用 --input-encoding 指明 .*$|give --input-encoding .*$`), text{"请保存为 UTF-8", "save it as UTF-8"}},
	{regexp.MustCompile(`请用 --sheet 选择(别的工作表)?|choose (one|another) with --sheet`),
		text{"请把要核验的工作表单独存成一个文件再上传", "save the sheet that is meant as a file of its own and upload that"}},
}

func forPage(w web.Words) web.Words {
	for _, f := range pageForFlags {
		w.ZH, w.EN = f.flag.ReplaceAllString(w.ZH, f.page.zh), f.flag.ReplaceAllString(w.EN, f.page.en)
	}
	return w
}

// plain leaves out where files are, which says nothing to who has only the page.
func (e *engine) plain(b *batch, w web.Words) web.Words {
	for _, f := range []struct {
		path string
		text
	}{
		{b.paths.checkpoint, text{"已付费记录", "the record of what was paid"}},
		{b.paths.output, text{"结果表", "the result sheet"}},
		{b.input, text{"这份名单", "this list"}},
	} {
		if f.path != "" {
			w.ZH, w.EN = strings.ReplaceAll(w.ZH, f.path, f.zh), strings.ReplaceAll(w.EN, f.path, f.en)
		}
	}
	return forPage(w)
}

// refusal also finds the list's header, so that somebody can say which column is which.
func (e *engine) refusal(err error, job web.Job) error {
	r := &web.Refusal{Words: e.words(err)}
	var input *reader.Error
	var refused refusedError
	if r.Ours = !errors.As(err, &input) && !errors.As(err, &refused); r.Ours {
		e.log(err, job)
		return r
	}
	t, failed := reader.Open(job.Input, reader.Options{AnyColumns: true})
	if failed != nil {
		return r
	}
	defer t.Close()
	r.Header = columnNames(t, false)
	return r
}

// questionError is a question that nobody has answered yet.
type questionError struct {
	text
	key string // what a yes to it is kept as
}

func (e questionError) Error() string { return e.en }

func bothOf(t text) web.Words { return web.Words{ZH: t.zh, EN: t.en} }

// recordGone: lists of this page were run that the checkpoint knows nothing of.
var recordGone = text{
	"已付费记录（数据文件夹中的 people.checkpoint）不见了，或被换成了较早的备份：缺少最近的运行。那时付过费的人会被重复付费。请先把最新的记录找回来。",
	"The record of what was paid (people.checkpoint in the data folder) is gone, or an older backup was brought back: it lacks newer runs. Who was paid for then would be paid for again. Bring the newest one back first.",
}

// recordUnsure: the file that would tell is damaged.
var recordUnsure = text{
	"数据文件夹中的 newest-run.json 已损坏，无法确认已付费记录（people.checkpoint）是不是最新的。如果换回过较早的备份，那之后付过费的人会被重复付费。请先确认它是最新的。",
	"newest-run.json in the data folder is damaged, so nobody can tell whether the record of what was paid (people.checkpoint) is the newest one. If an older backup was brought back, people who were paid for since would be paid for again. Make sure first that it is the newest one.",
}

// lacks says why a checkpoint may lack runs of this page; empty: it has them all.
func (e *engine) lacks(p past) (text, error) {
	missing, err := e.marks().missing(p)
	switch {
	case errors.Is(err, errMarks) && (p == nil || len(p.Runs()) == 0): // there were runs, or there would be no such file
		return recordGone, nil
	case errors.Is(err, errMarks):
		return recordUnsure, nil
	case missing:
		return recordGone, err
	}
	return text{}, err
}

func (e *engine) marks() marks {
	return marks{filepath.Join(e.data, "newest-run.json"), e.streams.whole()}
}

// agreeToGone asks before anything is paid, or a sheet replaced, on the word of a record
// that lacks runs.
func (e *engine) agreeToGone(b *batch) error {
	ledger, done, err := b.viewLedger()
	if err != nil {
		return nil // whoever opens it for writing says so
	}
	lacks, err := e.lacks(ledger)
	b.asOf = stateOf(ledger)
	if err := errors.Join(err, done()); err != nil {
		return err
	}
	if lacks == (text{}) {
		return nil
	}
	if err := b.talk.ask(zh, text{lacks.zh + "要不管它、照样付费吗？", lacks.en + " Pay all the same?"}); err != nil {
		return err
	}
	b.newCheckpoint = true // what was agreed to is asked no second time
	return nil
}

func (e *engine) Run(ctx context.Context, job web.Job, tell func(func() web.Progress)) web.Outcome {
	b := e.batchOf(job)
	b.maxCalls, b.rate, b.workers = job.MaxCalls, job.Rate, defaultWorkers(job.Rate)
	b.resend = job.Resend > 0
	b.ofBatch, b.who, b.purpose, b.before = job.Batch, job.Who, job.Purpose, job.Before
	b.talk.interrupted = ctx.Done()
	b.talk.put = func(question text) error {
		key := question.zh + "\n" + b.asOf // the people it is about may be others in another state
		ticked := b.resend && question == b.resendQuestion(job.Resend) && job.State == b.asOf
		if ticked || slices.Contains(job.Agreed, key) {
			return nil
		}
		return questionError{question, key}
	}
	own := e.records.of(job.Batch)
	defer own.end()
	b.spent = own.spent
	b.surveyed = func() { // from here on the survey stands still
		toAsk := b.likely()
		tell(func() web.Progress { return progressOf(&b.meter, toAsk, own.spent()) })
	}
	b.paths.checkpoint = e.checkpoint
	b.begun = func(ledger past) error {
		own.begin(ledger)
		return e.marks().begun(ledger)
	}
	err := e.agreeToGone(b)
	if err == nil {
		err = b.run(ctx)
	}
	if questionError := (questionError{}); err != nil && !errors.As(err, &questionError) {
		e.log(err, job)
	}
	return e.outcome(ctx, b, err)
}

// log is for who looks after the program. What somebody called a list may name a person.
func (e *engine) log(err error, job web.Job) {
	if text := err.Error(); text != "" { // else it was said
		fmt.Fprintln(e.streams.Err, strings.NewReplacer(job.Input, job.Folder, filepath.Base(job.Input), "the list").Replace(text))
	}
}

func progressOf(m *pipeline.Meter, toAsk, spent int64) web.Progress {
	v := web.Progress{
		Rows: m.Rows.Load(), Calls: m.Calls.Load(), ToAsk: toAsk, Flying: m.Flying.Load(), Spent: spent,
		Done: m.Answers.Load() + m.Doubts.Load(), Status: byName(m.ByStatus()),
	}
	if why := m.Waiting.Load(); why != nil {
		v.Waiting = *why
	}
	return v
}

func byName(rows map[pipeline.Status]int64) map[string]int64 {
	names := make(map[string]int64, len(rows))
	for s, n := range rows {
		names[s.String()] = n
	}
	return names
}

// outcome says how a run ended and what comes next.
func (e *engine) outcome(ctx context.Context, b *batch, err error) web.Outcome {
	out := web.Outcome{
		Calls: b.sum.Calls, Spent: b.sum.Billed + b.sum.Doubts,
		Sheet: b.sum.Rows > 0, Status: byName(b.sum.ByStatus),
	}
	var silent silentExit
	var question questionError
	ended := err == nil || errors.As(err, &silent)
	why := report{Summary: b.sum, batch: b}.why()
	switch {
	case errors.As(err, &question):
		out.State, out.Ask = web.Asking, question.key
		out.Question = e.plain(b, bothOf(question.text))
	case !ended:
		out.State, out.Sheet, out.Message, out.Code = web.Failed, false, e.words(err), errors.Is(err, mobile3.ErrCredentials)
		out.Unbegun = !b.started
	case ctx.Err() != nil && (out.Status["pending"] > 0 || b.sum.Rows == 0):
		out.State = web.Paused
	case why == endFinished:
		out.State = web.Finished
	case why == "budget" && b.cappedByDay:
		out.State, out.Message = web.Stopped, dayReached(b.dailyMax)
	case why == "budget":
		out.State, out.Message = web.Stopped, budgetReached
	default:
		out.State, out.Message, out.Code = web.Failed, stoppedBy(b.sum, why), why == "credentials"
	}
	return out
}

var budgetReached = web.Words{
	ZH: "预算已用完，其余的行尚未核验。可以增加预算后继续，已付费的不会再付。",
	EN: "The budget is used up, and the other rows are not yet checked. Add to it to go on; nobody is paid for twice.",
}

// dayReached: a larger budget of the batch would not help.
func dayReached(most yuan) web.Words {
	return web.Words{
		ZH: fmt.Sprintf("已达到当日上限 %s，其余的行尚未核验。明天（北京时间）点“继续核验”即可，已付费的不会再付。", most),
		EN: fmt.Sprintf("The day's limit of %s is reached, and the other rows are not yet checked. Resume tomorrow (+08:00); nobody is paid for twice.", most),
	}
}

// stoppedBy says why the service's answers ended a run.
func stoppedBy(sum pipeline.Summary, why string) web.Words {
	remedy, special := remedies[sum.HaltClass]
	if !special || sum.HaltCode == "" {
		remedy = text{"服务不可用或应答异常：请稍后继续", "the service is unavailable or answers nonsense: go on later"}
	}
	if why == "parameters" {
		remedy = text{"服务不接受最初几次请求，再试也不会好：请联系管理员", "the service did not understand the first calls, and trying again does not help: ask who looks after this program"}
	}
	code := ""
	if sum.HaltCode != "" {
		code = fmt.Sprintf(" (%s)", sum.HaltCode)
	}
	wasted := text{}
	if n := sum.ByStatus[pipeline.Unusable]; n > 0 {
		wasted = text{"有 %d 行的应答用不上，可能已收费：请先联系服务商。", " %d rows were answered with nonsense and may have been charged: ask the provider first."}.with(n)
	}
	if n := sum.ByStatus[pipeline.InDoubt]; n > 0 {
		more := text{"有 %d 行存疑，可能已收费。", " %d rows are in doubt and may have been charged."}.with(n)
		wasted = text{wasted.zh + more.zh, wasted.en + more.en}
	}
	return forPage(web.Words{
		ZH: remedy.zh + code + "。" + wasted.zh + "点“继续核验”就从停下的地方继续，已有结果的人不会再付。",
		EN: remedy.en + code + "." + wasted.en + " Resume goes on from here; who has a result is not paid for again.",
	})
}

// Preview reads the sheet that came back, as its CSV has it.
func (e *engine) Preview(ctx context.Context, job web.Job, status string, from, n int) (rows []web.ResultRow, more bool, err error) {
	t, err := reader.Open(filepath.Join(job.Folder, web.CSV), reader.Options{AnyColumns: true})
	if err != nil {
		return nil, false, err
	}
	defer t.Close()
	at, ours := ownColumns(t.Header())
	if !ours {
		return nil, false, fmt.Errorf("%s: %w", web.CSV, errNoResults)
	}
	var own [3]int
	for i, letter := range []string{job.Columns["name"], job.Columns["mobile"], job.Columns["idCard"]} {
		own[i] = columnNumber(letter)
	}
	line, matched := 1, 0
	for row, err := range t.Rows() {
		if err != nil {
			return nil, false, err
		}
		line++
		if line%1024 == 0 && ctx.Err() != nil {
			return nil, false, ctx.Err()
		}
		s := statusNamed(row.Cells[at[columnStatus]].Text)
		if status != "" && s != status {
			continue
		}
		if matched++; matched <= from {
			continue
		}
		if len(rows) == n {
			return rows, true, nil
		}
		rows = append(rows, resultRow(row, at, own, line, s))
	}
	return rows, false, nil
}

var errNoResults = errors.New("has no result columns")

// resultRow masks a row, and hides altogether what is not what its column is for.
func resultRow(row reader.Row, at columns, own [3]int, line int, status string) web.ResultRow {
	cell := func(i int) string { return row.Cells[at[i]].Text }
	masked := func(i int) string {
		if own[i] < 0 || own[i] >= len(row.Cells) {
			return ""
		}
		s := row.Cells[own[i]].Text
		if status == pipeline.Invalid.String() {
			return strings.Repeat("*", min(len([]rune(s)), 8))
		}
		return maskers[i](s)
	}
	return web.ResultRow{
		Line: line, Name: masked(0), Mobile: masked(1), IDCard: masked(2), Status: status,
		Desc: cell(2), Channel: cell(3), Source: cell(columnSource), At: briefTime(cell(7)), Note: cell(columnNote),
	}
}

// briefTime leaves out the time zone, which is China's in every sheet.
func briefTime(s string) string {
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return s
	}
	return at.In(china).Format(time.DateTime)
}

func statusNamed(word string) string {
	for s, t := range statusWords {
		if word == t.zh || word == t.en {
			return s.String()
		}
	}
	return ""
}

// columnNumber is a column letter's place, from 0; -1 for none.
func columnNumber(letter string) int {
	n := 0
	for _, c := range letter {
		n = 26*n + int(c-'A') + 1
	}
	return n - 1
}
