package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"mobile3batch/pipeline"
	"mobile3batch/writer"
)

// metrics is a run in numbers, for Prometheus' textfile collector. No label says
// more than the input's name.
type metrics struct {
	input string
	began time.Time
	code  int
	price yuan
	sum   pipeline.Summary
}

const lastSuccess = "mobile3batch_last_success_timestamp_seconds"

// write puts the numbers at path, whole or not at all: a scrape never sees half a
// file. The time of the last success is handed on from what stood there.
func (m metrics) write(path string, now time.Time, whole writer.Options) error {
	at, err := writer.Target(path) // a pipe under this name must not be read
	if err != nil {
		return fmt.Errorf("--metrics-file %w", err)
	}
	success := previousValue(at, lastSuccess)
	if m.code == exitOK {
		success = strconv.FormatInt(now.Unix(), 10)
	}
	// 0644 whatever the umask: somebody else scrapes it, and nobody's data is in it.
	if err := writer.ReplaceFile(path, []byte(m.text(now, success)), 0o644, whole); err != nil {
		return fmt.Errorf("--metrics-file: %w", err)
	}
	return nil
}

func (m metrics) text(now time.Time, success string) string {
	var b strings.Builder
	input := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(filepath.Base(m.input))
	family := func(name, help string) { fmt.Fprintf(&b, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name) }
	one := func(name, help, value string) {
		family(name, help)
		fmt.Fprintf(&b, "%s{input=\"%s\"} %s\n", name, input, value)
	}
	count := func(name, help string, n int64) { one(name, help, strconv.FormatInt(n, 10)) }
	count("mobile3batch_last_run_timestamp_seconds", "When the last run ended.", now.Unix())
	if success != "" {
		one(lastSuccess, "When a run last ended with exit code 0.", success)
	}
	count("mobile3batch_exit_code", "Of the last run.", int64(m.code))
	one("mobile3batch_duration_seconds", "Of the last run.", strconv.FormatFloat(now.Sub(m.began).Seconds(), 'f', 3, 64))
	family("mobile3batch_rows", "Rows of the last run's sheet, by status.")
	for _, s := range pipeline.Statuses() {
		fmt.Fprintf(&b, "mobile3batch_rows{input=\"%s\",status=\"%s\"} %d\n", input, s, m.sum.ByStatus[s])
	}
	count("mobile3batch_calls", "Calls that reached, or may have reached, the service.", m.sum.Calls)
	count("mobile3batch_calls_billed", "Calls that count as paid by the 2xx rule.", m.sum.Billed)
	count("mobile3batch_calls_throttled", "Calls that were throttled, free of charge.", m.sum.Throttled)
	count("mobile3batch_calls_in_doubt", "Calls that were sent and never answered.", m.sum.Doubts)
	count("mobile3batch_calls_saved", "Rows answered without a call: from the checkpoint, or as duplicates.", m.sum.Known+m.sum.Duplicates)
	one("mobile3batch_cost_yuan", "Of the billed calls, by --price.", strings.TrimPrefix(m.price.times(m.sum.Billed).String(), "¥"))
	return b.String()
}

// previousValue is the value of a metric in an earlier file, "" if there is none.
func previousValue(path, name string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(b)) {
		if strings.HasPrefix(line, name+"{") {
			return strings.TrimSpace(line[strings.LastIndexByte(line, ' ')+1:])
		}
	}
	return ""
}
