//go:build unix

package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// clashes are command lines that name one file twice, by every spelling; "there" are files that exist beforehand. In each
// folder are people.csv, known.checkpoint, key, secret, sub/ and linked, a link to sub.
var clashes = []struct{ line, there string }{
	// The input.
	{"run people.csv --metrics-file people.csv", ""},
	{"run people.csv --metrics-file ./people.csv", ""},
	{"run people.csv --metrics-file DIR/people.csv", ""},
	{"run people.csv --metrics-file sub/../people.csv", ""},
	{"run people.csv --metrics-file hard", ""},
	{"run people.csv --metrics-file soft", ""},
	{"run people.csv --summary-json people.csv", ""},
	{"run people.csv --summary-json hard", ""},
	{"run soft --summary-json people.csv -o o.csv", ""},
	{"run people.csv --changes people.csv --force", ""},
	{"run people.csv -o people.csv --force", ""},
	{"run people.csv -o hard.csv --force", ""},
	{"plan people.csv -o people.csv --force", ""},
	{"plan people.csv -o hard.csv --force", ""},

	// The checkpoint, there or not yet, and its copy.
	{"run people.csv --metrics-file people.csv.checkpoint", ""},
	{"run people.csv --metrics-file people.csv.checkpoint", "people.csv.checkpoint"},
	{"run people.csv --summary-json DIR/people.csv.checkpoint", ""},
	{"run people.csv --checkpoint known.checkpoint --metrics-file known.checkpoint", ""},
	{"run people.csv --checkpoint linked/new --summary-json sub/new", ""},
	{"run people.csv --checkpoint new.csv -o ./new.csv", ""},
	{"run people.csv --checkpoint nowhere --metrics-file dangling", ""},
	{"run people.csv --checkpoint dangling --summary-json nowhere", ""},
	{"run people.csv --metrics-file people.csv.checkpoint.copy", ""},
	{"plan people.csv -o people.csv.checkpoint.csv --checkpoint ./people.csv.checkpoint.csv", ""},
	{"plan people.csv -o known.csv --checkpoint known.checkpoint --force", ""},
	{"status known.checkpoint --details known.checkpoint --force", ""},
	{"status known.checkpoint --details known.csv --force", ""},

	// Secrets.
	{"run people.csv --key-file key --metrics-file key", ""},
	{"run people.csv --key-file new --metrics-file ./new", ""},
	{"run people.csv --password-file secret --summary-json DIR/secret", ""},
	{"run people.csv --appcode-file secret --metrics-file linked/../secret", "../secret"},
	{"run people.csv --app-secret-file secret --summary-json secret", ""},
	{"run people.csv --appcode-file secret.csv --changes secret.csv --force", "secret.csv"},
	{"plan people.csv --key-file secret.csv -o ./secret.csv --force", "secret.csv"},
	{"plan people.csv --password-file secret.csv -o secret.csv --force", "secret.csv"},
	{"status known.checkpoint --key-file secret.csv --details secret.csv --force", "secret.csv"},

	// Two outputs, which are not there yet, or are.
	{"run people.csv --metrics-file n --summary-json n", ""},
	{"run people.csv --metrics-file n --summary-json ./n", ""},
	{"run people.csv --metrics-file DIR/n --summary-json n", ""},
	{"run people.csv --metrics-file sub/n --summary-json linked/n", ""},
	{"run people.csv --metrics-file sub/n --summary-json linked/n", "sub/n"},
	{"run people.csv --metrics-file sub/../n --summary-json n", ""},
	{"run people.csv --metrics-file nowhere --summary-json dangling", ""},
	{"run people.csv --metrics-file dangling --summary-json dangling", ""},
	{"run people.csv --metrics-file missing/n --summary-json ./missing/n", ""},
	{"run people.csv --metrics-file o.csv -o sub/../o.csv", ""},
	{"run people.csv --metrics-file people.checked.csv", ""},
	{"run people.csv --changes people.checked.csv", ""},
	{"run people.csv --changes linked/c.csv -o sub/c.csv", ""},
	{"run people.csv --changes c.csv --summary-json ./c.csv", ""},
	{"run people.csv --changes hard.csv -o people.csv2.csv --metrics-file people.csv", ""},

	// What an output is made in.
	{"run people.csv --metrics-file .people.checked.csv.partial", ""},
	{"run people.csv --changes c.csv --metrics-file .c.csv.partial", ""},
	{"run people.csv --checkpoint .o.xlsx.partial.d -o o.xlsx", ""},
	{"run people.csv --metrics-file n --summary-json .n.partial", ""},
	{"run people.csv --metrics-file linked/n --summary-json sub/.n.partial", ""},
	{"run people.csv --checkpoint .people.checked.csv.partial", ""},
	{"run .n.partial --summary-json n -o o.csv", ".n.partial"},
	{"plan people.csv --checkpoint .p.csv.partial -o p.csv", ""},

	// An input whose format, and so the output's name, is known only once it was read.
	{"run list.txt --metrics-file list.checked.csv", "list.txt"},
	{"run list.txt --changes list.checked.csv", "list.txt"},
	{"run list.txt --metrics-file list.checked.xlsx", "list.txt"},
}

func clashingFolder(t *testing.T, url, there string) string {
	t.Helper()
	dir := placeFor(t, url)
	input, err := os.ReadFile(filepath.Join(dir, "people.csv"))
	must(t, err)
	in := func(name string) string { return filepath.Join(dir, name) }
	must(t, os.Mkdir(in("sub"), 0o700))
	must(t, os.Mkdir(in("sub/deep"), 0o700))
	for name, to := range map[string]string{"linked": "sub", "soft": "people.csv", "dangling": "nowhere"} {
		must(t, os.Symlink(to, in(name)))
	}
	for name, to := range map[string]string{"hard": "people.csv", "hard.csv": "people.csv", "known.csv": "known.checkpoint"} {
		must(t, os.Link(in(to), in(name)))
	}
	for _, name := range []string{"key", "secret"} {
		must(t, os.WriteFile(in(name), []byte("0123456789abcdef0123456789abcdef"), 0o600))
	}
	if there != "" && there != "../secret" {
		must(t, os.WriteFile(in(there), input, 0o600))
	}
	return dir
}

// TestOneFileTwice: a file in two roles is refused before anything is read or paid for, and stays as it was: no numbers
// of a refused run take the place of the list or of the record of what was paid.
func TestOneFileTwice(t *testing.T) {
	t.Parallel()
	stand := startStand(t)
	for _, c := range clashes {
		t.Run(c.line+" with "+c.there, func(t *testing.T) {
			dir := clashingFolder(t, stand.URL(), c.there)
			before := snapshot(t, dir) + snapshot(t, filepath.Join(dir, "sub"))
			line := strings.ReplaceAll(c.line, "DIR", dir)
			if !strings.HasPrefix(line, "status") {
				line += " --endpoint URL"
			}
			got := atStand(t, dir, line, stand.URL(), "")
			if got.code != exitUsage || !strings.Contains(got.err, "same file") && !strings.Contains(got.err, "is a checkpoint") {
				t.Errorf("exit %d: %s", got.code, got.err)
			}
			if strings.Contains(got.err, "rows:") {
				t.Errorf("the list was read first: %s", got.err)
			}
			if after := snapshot(t, dir) + snapshot(t, filepath.Join(dir, "sub")); after != before {
				t.Errorf("before\n%safter\n%s", before, after)
			}
		})
	}
	if calls, _ := stand.Calls(); calls != 0 {
		t.Errorf("%d calls were made", calls)
	}
}

// TestSeveralFiles: what only looks like one file is none.
func TestSeveralFiles(t *testing.T) {
	stand := startStand(t)
	dir := clashingFolder(t, stand.URL(), "")
	got := atStand(t, dir, "run people.csv --endpoint URL --quiet --summary-json n --metrics-file sub/n --changes n.csv -o sub/n.csv --checkpoint sub/deep/n", stand.URL(), "")
	is(t, "exit code", got.code, exitOK)
	for _, name := range []string{"n", "sub/n", "n.csv", "sub/n.csv", "sub/deep/n"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestNoOutputReplacesACheckpoint: no flag may name it, as when a corrected sheet goes on with the one it came from, or it may be
// another list's. It is the record of what was paid, whatever ends the run: also missing credentials, or a list that can't be read.
func TestNoOutputReplacesACheckpoint(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		"run people.checked.csv --metrics-file people.csv.checkpoint",
		"run people.checked.csv --summary-json people.csv.checkpoint",
		"run people.checked.csv --metrics-file people.csv.checkpoint --appcode-file nowhere",
		"run broken.csv --metrics-file people.csv.checkpoint",
		"run other.csv --metrics-file people.csv.checkpoint",
		"run other.csv --summary-json soft",
		"run other.csv --changes r.csv --force",
		"run other.csv -o r.csv --force",
		"plan people.checked.csv -o r.csv --force",
		"plan other.csv -o r.csv --force",
		"status other.checkpoint --details r.csv --force",
	} {
		t.Run(line, func(t *testing.T) {
			stand := startStand(t)
			dir := t.TempDir()
			in := func(name string) string { return filepath.Join(dir, name) }
			list(t, dir, 2)
			for _, checkpoint := range []string{"people.csv.checkpoint", "other.checkpoint"} {
				is(t, "exit code", atStand(t, dir, "run people.csv --endpoint URL --quiet --new-checkpoint --checkpoint "+checkpoint, stand.URL(), "").code, exitOK)
			}
			must(t, os.Rename(in("people.csv"), in("other.csv")))
			must(t, os.WriteFile(in("broken.csv"), []byte("name,mobile\n\"x"), 0o600))
			must(t, os.Link(in("people.csv.checkpoint"), in("r.csv")))
			must(t, os.Symlink("people.csv.checkpoint", in("soft")))
			before := snapshot(t, dir)
			if !strings.HasPrefix(line, "status") {
				line += " --endpoint URL"
			}
			got := atStand(t, dir, line, stand.URL(), "")
			if got.code != exitUsage || !strings.Contains(got.err, "is a checkpoint, the record of what was paid; give another name") {
				t.Errorf("exit %d: %s", got.code, got.err)
			}
			if after := snapshot(t, dir); after != before {
				t.Errorf("before\n%safter\n%s", before, after)
			}
			_, billed := stand.Calls()
			is(t, "billed", billed, 4)
		})
	}
}

// TestNothingIsWrittenAfterAClash: a file may come to have two roles while the list is read. The numbers are not written then.
func TestNothingIsWrittenAfterAClash(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.prom")
	b := &batch{options: options{input: "people.csv", metricsFile: path}}
	clash := usageError{clashError{role{"INPUT", "people.csv", read}, role{"--metrics-file", path, numbers}}}
	if err := b.measured(clash); err != clash {
		t.Errorf("error %v", err)
	}
	if exists(path) {
		t.Error("the numbers were written")
	}
	if err := b.measured(refusedError{os.ErrInvalid}); !exists(path) {
		t.Errorf("after another refusal they were not: %v", err)
	}
}

// TestCaseOfNames: where upper and lower case are one, two spellings are one file.
func TestCaseOfNames(t *testing.T) {
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "Some"), nil, 0o600))
	_, err := os.Stat(filepath.Join(dir, "sOME"))
	folds := err == nil
	is(t, "the folder folds case", foldsCase(dir), folds)
	same := placeOf(filepath.Join(dir, "new")).same(placeOf(filepath.Join(dir, "NEW")))
	is(t, "new and NEW are one", same, folds)

	// A folder in which the same file has both names, as a file system without case shows it.
	both := t.TempDir()
	must(t, os.WriteFile(filepath.Join(both, "some"), nil, 0o600))
	if !folds {
		must(t, os.Link(filepath.Join(both, "some"), filepath.Join(both, "SOME")))
	}
	is(t, "a folder without case", placeOf(filepath.Join(both, "new")).same(placeOf(filepath.Join(both, "NEW"))), true)
	is(t, "another name", placeOf(filepath.Join(both, "new")).same(placeOf(filepath.Join(both, "NEWER"))), false)
}
