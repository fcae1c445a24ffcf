package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"

	"mobile3batch/checkpoint"
	"mobile3batch/mobile3"
	"mobile3batch/pipeline"
	"mobile3batch/writer"
)

func runCommand(s Streams) *cli.Command {
	return &cli.Command{
		Name:      "run",
		Usage:     "verify every row · 逐行核验",
		UsageText: "mobile3batch run people.xlsx --rate 50 --max-cost 500",
		Description: `Reads INPUT twice: once to check all of it, which spends nothing, and once to
ask about the people nobody has been asked about before. The sheet comes back
as NAME.checked.EXT beside INPUT, with nine columns more. INPUT is never changed.

  mobile3batch run --sandbox people.xlsx      rehearse: free, no credentials
  mobile3batch run people.xlsx --max-calls 0  no call: the sheet with what you have
  mobile3batch run people.xlsx --in-doubt resend
                                              ask again about rows in doubt; says the price first`,
		ArgsUsage: "INPUT",
		Flags:     runFlags(),
		Action: func(c *cli.Context) error {
			o, err := readOptions(c)
			if err != nil {
				return err
			}
			outliveReaders()
			b := &batch{options: o, talk: newTalker(s, o), streams: s, began: s.now()}
			ctx, stop := b.interruptible(c.Context)
			defer stop()
			b.talk.interrupted = ctx.Done()
			return b.talk.ended(b.measured(b.run(ctx)))
		},
	}
}

// batch is one run on its way from flags to exit code.
type batch struct {
	options
	source
	talk     *talker
	streams  Streams
	began    time.Time
	spending time.Time   // when the second reading began
	done     atomic.Bool // nothing is left to interrupt

	paths     paths
	service   string
	batchFrom time.Time // from when ages are measured
	meter     pipeline.Meter
	survey    pipeline.Survey
	used      usedColumns

	cappedByDay bool // the day's cap is this run's
	sum         pipeline.Summary

	ofBatch      string // the page's batch whose run this is
	who, purpose string
	before       int64        // calls of the agreed ones that were gone before this run
	spent        func() int64 // calls that this run has recorded and that were not certainly free

	page    bool   // somebody without a terminal looks on
	asOf    string // the state of the checkpoint before this run, see stateOf
	started bool   // this run may stand in the checkpoint
	fedBack int64  // people whose answer stands in INPUT, and the checkpoint knows nothing of them

	seen     func(pipeline.Planned) // is shown each row of the first reading; nil: nobody looks
	begun    func(past) error       // the run stands in the checkpoint, and has called nobody; nil: nobody keeps that
	surveyed func()                 // the first reading has ended well; nil: nobody waits
}

// interruptible: the first Ctrl-C, SIGTERM or hang-up ends ctx and says what happens
// now; the second one ends the process, as it would any other.
func (b *batch) interruptible(parent context.Context) (context.Context, context.CancelFunc) {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // nohup has it ignored; else a closed window must not leave doubts
		signals = append(signals, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(parent, signals...)
	context.AfterFunc(ctx, func() {
		if b.done.Load() {
			return
		}
		stop()
		b.talk.warn(stopping(b.meter.Flying.Load(), b.timeout))
	})
	return ctx, func() { b.done.Store(true); stop() }
}

// stopping is said at once, in both languages: what the input speaks may not be
// known yet.
func stopping(flying int64, timeout time.Duration) string {
	if flying == 0 {
		return "正在停止，不再发起调用 / stopping: no new call"
	}
	return fmt.Sprintf("正在停止，不再发起调用，等待 %d 个应答 / stopping: no new call; waiting up to %s for %d under way\n(again to quit at once; the checkpoint is safe either way)",
		flying, clock(timeout), flying)
}

func (b *batch) run(ctx context.Context) (err error) {
	checker, closeChecker, err := b.connect()
	if err != nil {
		return err
	}
	defer closeChecker()
	if b.source, err = openSource(b.options); err != nil {
		return err
	}
	defer b.table.Close()
	if b.paths, err = choosePaths(b.options, b.table.Format()); err != nil {
		return err
	}
	b.takeUpCheckpoint()
	if err := b.guardOutput(); err != nil {
		return err
	}
	ledger, err := b.openLedger(exists(b.paths.checkpoint))
	if err != nil {
		return err
	}
	if ledger == nil {
		if err := b.inspect(ctx, nil); err != nil {
			return err
		}
		// Only now: an input that is refused leaves no checkpoint behind.
		if ledger, err = b.openLedger(true); err != nil {
			return err
		}
		defer func() { err = closed(err, ledger) }()
	} else {
		defer func() { err = closed(err, ledger) }()
		if err := b.inspect(ctx, ledger); err != nil {
			return err
		}
	}
	b.capByDay(ledger)
	if b.surveyed != nil {
		b.surveyed()
	}
	if err := b.room(); err != nil {
		return err
	}
	if err := b.agreeToCost(); err != nil {
		return err
	}
	if err := b.agree(); err != nil {
		return err
	}
	if err := b.agreeToLost(lostIn(ledger)); err != nil {
		return err
	}
	if err := b.agreeToRepeat(ctx, ledger); err != nil {
		return err
	}
	return b.process(ctx, ledger, checker)
}

// measured writes the run's numbers, also those of one that was refused.
func (b *batch) measured(end error) error {
	var clash clashError
	if b.metricsFile == "" || errors.As(end, &clash) { // it may be the input or the checkpoint that they would replace
		return end
	}
	m := metrics{input: b.input, began: b.began, price: b.price, sum: b.sum}
	if end != nil {
		m.code = codeOf(end)
	}
	failed := m.write(b.metricsFile, b.streams.now(), b.streams.whole())
	if silent := silentExit(0); failed != nil && errors.As(end, &silent) {
		b.talk.warn(failed.Error()) // the run's own end counts
		return end
	}
	return errors.Join(end, failed)
}

// closed closes a checkpoint at the end of a run. What fails then must be heard,
// also after an end that has been printed.
func closed(end error, ledger *checkpoint.Log) error {
	failed := ledger.Close()
	if silent := silentExit(0); failed != nil && errors.As(end, &silent) {
		return failed
	}
	if failed != nil && errors.Is(end, failed) {
		return end // which says it already
	}
	return errors.Join(end, failed)
}

// patience outlasts the gateway's own wait for the service.
const patience = 35 * time.Second

// connect makes the client, and the stand-in if one is asked for. Missing
// credentials end the run before anything is read; a run that may make no call
// needs none.
func (b *batch) connect() (pipeline.Checker, func(), error) {
	b.service = b.options.service()
	cfg := mobile3.Config{Endpoint: b.endpoint, Body: b.body, Workers: b.workers, Timeout: b.timeout, UserAgent: "mobile3batch/" + version(), Dial: b.streams.seams.dial, Proxy: b.proxy}
	closeSandbox := func() {}
	switch {
	case b.sandbox:
		server, creds, err := startSandbox()
		if err != nil {
			return nil, nil, err
		}
		closeSandbox = func() { server.Close() }
		cfg.Endpoint, cfg.Credentials = server.URL(), creds
	case b.maxCalls == 0:
		return nil, closeSandbox, nil
	default:
		creds, err := credentials(b.options)
		if err != nil {
			return nil, nil, err
		}
		cfg.Credentials = creds
	}
	client, err := mobile3.New(cfg)
	if err != nil {
		closeSandbox()
		if errors.Is(err, mobile3.ErrEndpoint) {
			err = usageError{fmt.Errorf("--endpoint: %w", err)}
		}
		return nil, nil, err
	}
	if b.timeout < patience && !b.sandbox {
		b.talk.warn(fmt.Sprintf("--timeout %s: the gateway itself waits up to 30s; who hangs up before leaves people in doubt", b.timeout))
	}
	if b.body == mobile3.Query {
		b.talk.warn("--body query puts names, mobiles and ID numbers into URLs, which servers and proxies write to their logs")
	}
	return client, func() { client.Close(); closeSandbox() }, nil
}

// guardOutput refuses to replace what is not ours, and to pay again for a list
// whose answers are there but whose checkpoint is not.
func (b *batch) guardOutput() error {
	gone := unused(b.paths.checkpoint)
	out, err := lookAtOutput(b.paths.output, gone && !b.newCheckpoint)
	if err != nil {
		return err
	}
	if b.page {
		return b.agreeToReplace(out, gone)
	}
	if out.there && !out.ours && !b.force {
		return refusedError{fmt.Errorf("%s is there already and is not a sheet of this program: choose another --output, or replace it with --force", b.paths.output)}
	}
	if out.answers && gone && !b.newCheckpoint {
		return refusedError{fmt.Errorf("%s holds answers, but their checkpoint %s is not there or empty: everybody would be paid for again. Bring the checkpoint back (is a drive missing, or a name mistyped?), name it with --checkpoint, or pay again with --new-checkpoint",
			b.paths.output, b.paths.checkpoint)}
	}
	return nil
}

// inspect is the first reading: it checks all of the input, what the checkpoint
// knows of it and what the sheet can hold, and spends nothing.
func (b *batch) inspect(ctx context.Context, ledger past) error {
	b.identifyBy(ledger)
	b.asOf = stateOf(ledger)
	b.batchFrom = batchStart(ledger, inputTag(b.identity.Keyer, b.input), b.began)
	policy, err := b.policy(ledger)
	if err != nil {
		return err
	}
	b.used = newUsedColumns(b.table.Header())
	header, _ := place(b.table.Header(), b.lang)
	fed, own := b.newFeedback(), newOwnCells(b.table, b.mask)
	b.survey, err = pipeline.Inspect(b.table.Rows(), b.identity, policy, lookupIn(ledger), func(p pipeline.Planned) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		fed.look(p)
		b.used.look(p.Row)
		if b.seen != nil {
			b.seen(p)
		}
		return b.writable(own.of(p.Row, nil, len(p.Row.Cells)), p.Row.Line, len(header))
	})
	if errors.Is(err, context.Canceled) {
		b.talk.warn("interrupted before anything was spent")
		return silentExit(exitInterrupted)
	}
	if err != nil {
		return err
	}
	if err := fed.refusal(b); err != nil {
		return err
	}
	b.announce()
	return nil
}

// writable finds cells that no sheet can hold before money is spent on them.
func (b *batch) writable(cells []writer.Cell, line, width int) error {
	row := writer.Row{Line: line, Cells: cells}
	if err := writer.Check(b.paths.output, writer.Options{Encoding: b.outputEncoding}, width, row); err != nil {
		return refusedError{err}
	}
	return nil
}

// agree asks before people are sent a second time.
func (b *batch) agree() error {
	if b.survey.Resent == 0 || b.maxCalls == 0 {
		return nil
	}
	return b.talk.ask(b.lang, b.resendQuestion(b.survey.Resent))
}

func (b *batch) resendQuestion(people int64) text {
	return text{
		"有 %d 人曾发送但没有可用的应答，可能已计费。重新发送最多再花 %s。要重新发送吗？",
		"%d people were sent before without a usable answer and may have been charged. Sending them again can cost up to %s. Send them?",
	}.with(people, b.price.times(people))
}

// process is the second reading, which spends.
func (b *batch) process(ctx context.Context, ledger *checkpoint.Log, checker pipeline.Checker) error {
	look, at := layout(b.table, b.used, b.lang)
	sheet, err := writer.Create(b.paths.output, look, writer.Options{Lock: checkpoint.TryLock, Disk: b.streams.disks.sheet, Encoding: b.outputEncoding})
	if err != nil {
		return err
	}
	defer sheet.Discard()
	policy, err := b.policy(ledger)
	if err != nil {
		return err
	}
	// Nobody is sent again whom the question was not about: another run may have
	// left doubts since the first reading.
	policy.Resend = policy.Resend && b.survey.Resent > 0
	b.identifyBy(ledger)
	b.started = true
	if err := ledger.StartRun(b.record()); err != nil {
		return err
	}
	if b.begun != nil {
		if err := b.begun(ledger); err != nil {
			return err
		}
	}
	changed, err := b.createChanges()
	if err != nil {
		return err
	}
	defer changed.discard()
	beside, err := b.createBeside(look)
	if err != nil {
		return err
	}
	defer beside.discard()
	sink := &projector{sheet: sheet, beside: beside, changes: changed, own: newOwnCells(b.table, b.mask), lang: b.lang, at: at, width: len(look.Header)}
	stopProgress := b.showProgress()
	sum, err := pipeline.Run(ctx, pipeline.Job{
		Rows: b.table.Rows(), Digest: b.survey.Digest,
		Identity: b.identity, Policy: policy,
		Ledger: b.streams.seams.around(ledger), Checker: checker, Sink: sink,
		Rate: b.rate, Pace: learnedPace(ledger.Runs()), Workers: b.workers, Window: b.window(), MaxCalls: b.likely(),
		Backoff: b.backoff(), Meter: &b.meter, Previous: previous(changed, ledger), Watch: b.talk.watch(),
	})
	stopProgress()
	b.sum = sum
	r := report{batch: b, Summary: sum, sandbox: b.options.sandbox || sink.sandbox, took: b.streams.now().Sub(b.began)}
	r.changed, r.beside = changed, beside
	return b.finish(ledger, sheet, r, err)
}

// previous is asked only where somebody wants to know.
func previous(c *changes, ledger *checkpoint.Log) func(checkpoint.Key) (checkpoint.Answer, time.Time, bool, error) {
	if c == nil {
		return nil
	}
	return ledger.Previous
}

func (b *batch) backoff() mobile3.Backoff {
	if b.options.sandbox {
		return sandboxBackoff()
	}
	if hasten := b.streams.seams.hasten; hasten != nil {
		return hasten(mobile3.DefaultBackoff)
	}
	return mobile3.DefaultBackoff
}

// ender closes a run's record; Sync returns when every outcome is on disk.
type ender interface {
	Sync() error
	EndRun(checkpoint.RunEnd) error
}

// committer puts a whole sheet in place and says where.
type committer interface {
	Commit(writer.Summary) (string, error)
}

// finish puts the sheet in place after the last outcome is on disk, closes the
// run's record, and says what it came to.
func (b *batch) finish(ledger ender, sheet committer, r report, failed error) error {
	if failed == nil {
		failed = ledger.Sync()
	}
	if failed == nil {
		r.output, failed = sheet.Commit(r.sheet())
	}
	if failed == nil {
		failed = errors.Join(r.changed.commit(), r.beside.commit())
	}
	end := r.end()
	if failed != nil {
		end.Why = "failed"
	}
	end.OutputWritten = r.output != ""
	// A checkpoint that failed must be heard of, also after another failure.
	if err := ledger.EndRun(end); failed == nil || errors.Is(err, checkpoint.ErrFailed) && !errors.Is(failed, err) {
		failed = errors.Join(failed, err)
	}
	if r.output != "" { // also where the sheet had to be kept under another name
		failed = r.tell(b.streams.Out, failed)
	}
	if failed != nil {
		return afterSpending(failed, r)
	}
	if code := codeFor(r.Summary); code != exitOK {
		return silentExit(code)
	}
	return nil
}

// afterSpending says what is safe when the end of a run failed, and what is not.
func afterSpending(err error, r report) error {
	if r.Calls == 0 {
		return err
	}
	what := fmt.Sprintf("%d calls were made before that and are kept in %s: mend the cause and run the same command again", r.Calls, r.batch.paths.checkpoint)
	if errors.Is(err, checkpoint.ErrFailed) {
		what = fmt.Sprintf("%d calls were made before that. Whose answer could not be written to %s any more is in doubt: it may have been charged. Mend the cause and run the same command again; mobile3batch status then lists those calls, to be looked up in the provider's usage log and recorded with resolve. No call is sent again by itself",
			r.Calls, r.batch.paths.checkpoint)
	}
	return spentError{fmt.Errorf("%w\n%s, nobody is paid for twice", err, what)}
}

func (b *batch) record() checkpoint.Run {
	return checkpoint.Run{
		BatchStart: b.batchFrom,
		Program:    version(),
		Normaliser: b.identity.Normalisers[0].Version,
		Input:      inputTag(b.identity.Keyer, b.input),
		Options:    b.options.recorded(),
		Batch:      b.ofBatch,
	}
}

// recorded are the options that matter for what a run did: no path, no secret.
func (o options) recorded() string {
	s := fmt.Sprintf("rate=%g workers=%d price=%s", o.rate, o.workers, o.price)
	if o.maxCalls >= 0 {
		s += fmt.Sprintf(" max-calls=%d", o.maxCalls)
	}
	if o.maxAge > 0 {
		s += " max-age=" + o.maxAge.String()
	}
	if o.resend {
		s += " in-doubt=resend"
	}
	return s
}

func base(path string) string { return filepath.Base(path) }
