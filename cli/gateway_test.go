//go:build unix

package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"mobile3batch/mobile3/sandbox"
)

// TestGatewayTable has every refusal that the gateway is known to give served to the first three calls of a list of
// three people, one after another, and holds what becomes of them against testdata/gateway.golden.md.
// go test ./cli -run TestGatewayTable -update writes it anew: read the difference.
func TestGatewayTable(t *testing.T) {
	t.Parallel()
	golden := filepath.Join("testdata", "gateway.golden.md")
	rows := make([]string, len(sandbox.GatewayAnswers))
	t.Run("answers", func(t *testing.T) {
		for i, a := range sandbox.GatewayAnswers {
			t.Run(fmt.Sprint(a.Status, " ", a.Name()), func(t *testing.T) {
				t.Parallel()
				rows[i] = gatewayRow(t, a)
			})
		}
	})
	if len(rows) < 100 || t.Failed() {
		t.Fatalf("%d rows", len(rows))
	}
	got := `# What the gateway says, and what is done

Each answer is given to the first three calls, one after another, of a list of three people; after that everybody is
answered. Attempts: how each one is classed. Rows: what stands in the sheet. Made by a test, with the real program.

| HTTP | code | message | attempts | rows | note of the first row | end | exit | billed |
|---|---|---|---|---|---|---|---|---|
` + strings.Join(rows, "\n") + "\n"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("not what %s says:\n%s", golden, difference(string(want), got))
	}
}

func gatewayRow(t *testing.T, a sandbox.GatewayAnswer) string {
	dir := t.TempDir()
	input := list(t, dir, 3)
	cfg := sandbox.Defaults()
	cfg.Answer, cfg.AnswerTimes = &a, 3
	server, err := sandbox.Start(cfg, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	cmd := program(t, dir, "run", input, "--endpoint", server.URL(), "--workers", "1", "--rate", "0", "--lang", "en", "--log-format", "json")
	cmd.Env = append(cmd.Env, hasty+"=1")
	var out, log strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &log
	code := codeOfProcess(cmd.Run())

	var attempts []string
	for line := range strings.Lines(log.String()) {
		var record struct{ Msg, Class, Code string }
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatalf("%v\n%s", err, log.String())
		}
		if record.Msg == "call" {
			attempts = append(attempts, record.Class)
		}
	}
	_, end, _ := strings.Cut(out.String(), "\nEnd: ")
	end, _, _ = strings.Cut(end, "\n")
	sheet := readRows(t, filepath.Join(dir, "people.checked.csv"))
	var statuses []string
	for _, row := range sheet[1:] {
		statuses = append(statuses, row[column(t, sheet, "status")])
	}
	note := sheet[1][column(t, sheet, "checkNote")]
	if at := strings.Index(note, "sent 20"); at >= 0 { // a time and a reference
		note = note[:at] + "sent … and never answered" + strings.SplitN(note, "never answered", 2)[1]
		note, _, _ = strings.Cut(note, ", reference")
	}
	bill, err := server.Bill()
	if err != nil {
		t.Fatal(err)
	}
	if len(attempts) == 0 || end == "" || len(statuses) != 3 {
		t.Fatalf("%q\n%s%s", attempts, out.String(), log.String())
	}
	cells := []string{strconv.Itoa(a.Status), a.Code, a.Message, folded(attempts), folded(statuses), note, end, strconv.Itoa(code), strconv.Itoa(len(bill))}
	for i := range cells {
		cells[i] = strings.ReplaceAll(cells[i], "|", `\|`)
	}
	return "| " + strings.Join(cells, " | ") + " |"
}

// folded writes repetitions as 3 × word.
func folded(words []string) string {
	var parts []string
	for i := 0; i < len(words); {
		n := 1
		for i+n < len(words) && words[i+n] == words[i] {
			n++
		}
		if n > 1 {
			parts = append(parts, fmt.Sprintf("%d × %s", n, words[i]))
		} else {
			parts = append(parts, words[i])
		}
		i += n
	}
	return strings.Join(parts, ", ")
}
