package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// paid uploads a list with somebody's name for a name, and lets it run to its end with a result.
func paid(t *testing.T, data string) (id string) {
	t.Helper()
	s := open(t, testConfig(data, newClerk())).enter()
	id = s.upload("张三.csv")
	s.post("/batches/"+id+"/start", agreement())
	s.until(id, is(Finished))
	if err := os.WriteFile(filepath.Join(s.server.store.folder(id), Workbook), []byte("paid for"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.stop()
	return id
}

// changed is a record with some of its fields as they should not be; nil: the field is not there.
func changed(t *testing.T, record string, fields map[string]any) {
	t.Helper()
	b, err := os.ReadFile(record)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]any{}
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	for path, v := range fields {
		in, name := all, path
		if outer, inner, ok := strings.Cut(path, "."); ok {
			in, name = all[outer].(map[string]any), inner
		}
		if in[name] = v; v == nil {
			delete(in, name)
		}
	}
	if b, err = json.Marshal(all); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(record, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, content string) func(string) {
	return func(record string) {
		t.Helper()
		if err := os.WriteFile(record, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func field(t *testing.T, name string, v any) func(string) {
	return func(record string) { t.Helper(); changed(t, record, map[string]any{name: v}) }
}

func damages(t *testing.T) map[string]func(record string) {
	gone := func(record string) {
		t.Helper()
		if err := os.Remove(record); err != nil {
			t.Fatal(err)
		}
	}
	return map[string]func(string){
		"not JSON":          write(t, "张三,13800000000"),
		"empty":             write(t, ""),
		"zeros":             write(t, strings.Repeat("\x00", 900)),
		"null":              write(t, "null"),
		"a list":            write(t, "[]"),
		"another's":         field(t, "id", "20260101-0123456789abcdef"),
		"without an id":     field(t, "id", nil),
		"two records":       func(r string) { b, _ := os.ReadFile(r); write(t, string(b)+string(b))(r) },
		"cut off":           func(r string) { b, _ := os.ReadFile(r); write(t, string(b[:len(b)/2]))(r) },
		"no state":          field(t, "state", ""),
		"unknown state":     field(t, "state", "resting"),
		"unknown, unagreed": func(r string) { changed(t, r, map[string]any{"state": "resting", "start": nil}) },
		"unknown then":      field(t, "then", "running"),
		"pausing to where":  field(t, "state", "pausing"),
		"not agreed":        field(t, "start", nil),
		"agreed unasked":    field(t, "state", "checked"),
		"not read":          field(t, "check", nil),
		"no end":            field(t, "last", nil),
		"asks nothing":      field(t, "state", "asking"),
		"refused for none":  func(r string) { changed(t, r, map[string]any{"state": "refused", "start": nil}) },
		"checked unread":    func(r string) { changed(t, r, map[string]any{"state": "checked", "start": nil, "check": nil}) },
		"wrong type":        field(t, "start.calls", "many"),
		"negative budget":   field(t, "start.calls", -1),
		"negative spent":    field(t, "last.spent", -1000000),
		"no rate":           field(t, "start.rate", 0),
		"never touched":     field(t, "touched", nil),
		"never made":        field(t, "created", nil),
		"no name":           field(t, "name", ""),
		"a way out":         field(t, "name", "../../../session.key"),
		"a way out (2)":     field(t, "name", `..\x`),
		"moved away":        gone,
		"a folder":          func(r string) { gone(r); os.MkdirAll(filepath.Join(r, "x"), 0o700) },
		"a dead link":       func(r string) { gone(r); os.Symlink("nowhere", r) },
		"a loop":            func(r string) { gone(r); os.Symlink(recordFile, r) },
		"a device":          func(r string) { gone(r); os.Symlink("/dev/zero", r) },
	}
}

// TestDamagedRecordsAreKeptAside: whatever has become of a batch's record, the server starts, the list and what was paid
// for stay, and both the log and the page say where.
func TestDamagedRecordsAreKeptAside(t *testing.T) {
	for name, damage := range damages(t) {
		t.Run(name, func(t *testing.T) { keptAside(t, damage) })
	}
}

func keptAside(t *testing.T, damage func(string)) {
	data := t.TempDir()
	id := paid(t, data)
	batches := filepath.Join(data, "batches")
	damage(filepath.Join(batches, id, recordFile))
	c := testConfig(data, newClerk())
	c.Retain = time.Hour
	c.now = func() time.Time { return time.Now().AddDate(5, 0, 0) }
	to := filepath.Join(batches, damaged, id)
	for start := range 3 {
		s := open(t, c).enter()
		other := s.upload("李四.csv") // the page works on
		if b, err := os.ReadFile(filepath.Join(to, Workbook)); err != nil || string(b) != "paid for" {
			t.Fatalf("start %d: the result: %q, %v; %v", start, b, err, files(t, data))
		}
		if b, err := os.ReadFile(filepath.Join(to, "list", "张三.csv")); err != nil || string(b) != smallList {
			t.Fatalf("start %d: the list: %q, %v", start, b, err)
		}
		if log := s.log.String(); strings.Contains(log, to) != (start == 0) || strings.Contains(log, "张三") || strings.Contains(log, "13800000000") {
			t.Errorf("start %d: the log says %q", start, log)
		}
		for lang, words := range map[string][]string{"zh": {"打不开", "不会重复付费"}, "en": {"can&#39;t be opened", "no one is paid for twice"}} {
			s.post("/lang", url.Values{"lang": {lang}})
			_, text := s.get("/")
			for _, want := range append(words, to) {
				if !strings.Contains(text, want) {
					t.Errorf("start %d: the list screen lacks %q", start, want)
				}
			}
			if status, text := s.get("/batches/" + id); status != http.StatusNotFound || !strings.Contains(text, to) {
				t.Errorf("start %d: its own address gives %d %s", start, status, text)
			}
		}
		s.post("/batches/"+other+"/delete", url.Values{})
		s.post("/batches/"+id+"/delete", url.Values{})
		s.stop()
	}
	if err := os.RemoveAll(to); err != nil { // somebody has dealt with it
		t.Fatal(err)
	}
	s := open(t, c).enter()
	if _, text := s.get("/"); strings.Contains(text, `id="damaged"`) {
		t.Error("the page speaks of a folder that is gone")
	}
}

// TestKeptAsideOverNothing: what is there already stays as it is, and what can't be moved is left alone.
func TestKeptAsideOverNothing(t *testing.T) {
	data := t.TempDir()
	id := paid(t, data)
	batches := filepath.Join(data, "batches")
	record := filepath.Join(batches, id, recordFile)
	sound, err := os.ReadFile(record)
	if err != nil {
		t.Fatal(err)
	}
	for _, taken := range []string{id, id + "-2"} {
		if err := os.MkdirAll(filepath.Join(batches, damaged, taken), 0o700); err != nil { // even an empty one
			t.Fatal(err)
		}
	}
	write(t, "")(record)
	s := open(t, testConfig(data, newClerk())).enter()
	s.stop()
	third := filepath.Join(batches, damaged, id+"-3")
	if got := files(t, third); len(got) != 3 {
		t.Errorf("%v", files(t, data))
	}
	// Brought back with its record, it is a batch again.
	if err := errors.Join(os.WriteFile(filepath.Join(third, recordFile), sound, 0o600), os.Rename(third, filepath.Join(batches, id))); err != nil {
		t.Fatal(err)
	}
	s = open(t, testConfig(data, newClerk())).enter()
	if b, err := s.server.store.get(id); err != nil || b.State != Finished {
		t.Errorf("%v %v", b.State, err)
	}
	s.stop()

	// A file is in the way of all of them.
	write(t, "{")(record)
	if err := errors.Join(os.RemoveAll(filepath.Join(batches, damaged)), os.WriteFile(filepath.Join(batches, damaged), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		s = open(t, testConfig(data, newClerk())).enter()
		if got := files(t, filepath.Join(batches, id)); len(got) != 3 || !strings.Contains(s.log.String(), filepath.Join(batches, id)) {
			t.Errorf("%v, %s", got, s.log.String())
		}
		if _, text := s.get("/"); !strings.Contains(text, filepath.Join(batches, id)) {
			t.Error("the page does not say where it is")
		}
		s.stop()
	}
}

// tree copies a folder as a crash would leave it.
func tree(t *testing.T, from string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}

// moments keeps what the disk holds before and after each step of the store.
func (s *site) moments() *[]string {
	var all []string
	keep := func() { all = append(all, tree(s.t, s.data)) }
	st := s.server.store
	rename, removeAll := st.rename, st.removeAll
	st.syncDir = func(string) error { keep(); return nil }
	st.rename = func(from, to string) error { keep(); defer keep(); return rename(from, to) }
	st.removeAll = func(path string) error { keep(); defer keep(); return removeAll(path) }
	return &all
}

// TestUploadKilledAtEachStep: a kill leaves either nothing or a whole batch, and once it was answered, the batch.
func TestUploadKilledAtEachStep(t *testing.T) {
	s := open(t, testConfig(t.TempDir(), newClerk())).enter()
	all := s.moments()
	id := s.upload("张三.csv")
	s.stop()
	whole, nothing := 0, 0
	for i, data := range *all {
		again := open(t, testConfig(data, newClerk())).enter()
		left := files(t, filepath.Join(data, "batches"))
		if len(again.server.store.all()) == 1 {
			again.until(id, is(Checked))
			whole++
		} else if nothing++; len(left) > 0 || whole > 0 {
			t.Errorf("moment %d leaves %v", i, left)
		}
		if _, text := again.get("/"); strings.Contains(text, `id="damaged"`) {
			t.Errorf("moment %d is taken for a damaged batch", i)
		}
		again.stop()
	}
	if whole < 2 || nothing < 3 {
		t.Errorf("%d moments with the batch, %d without", whole, nothing)
	}
}

// TestRefusedUploadNeverTurnsUp: the folder that holds it can't be synced, so whoever uploaded it was told that it was
// not kept.
func TestRefusedUploadNeverTurnsUp(t *testing.T) {
	for failing := range 4 {
		s := open(t, testConfig(t.TempDir(), newClerk())).enter()
		n := 0
		s.server.store.syncDir = func(string) error {
			if n++; n == failing+1 {
				return errors.New("input/output error")
			}
			return nil
		}
		contentType, body := uploadBody(t, s.server.guard.csrf, "张三.csv", smallList)
		resp, err := s.client.Post(s.url("/upload"), contentType, body)
		if err != nil {
			t.Fatal(err)
		}
		status, _ := read(t, resp)
		s.stop()
		again := open(t, testConfig(s.data, newClerk()))
		if refused := failing < 3; refused != (status >= 400) || refused != (len(again.server.store.all()) == 0) {
			t.Errorf("sync %d: %d, then %d batches", failing, status, len(again.server.store.all()))
		}
		again.stop()
	}
}

// TestDeletionKilledAtEachStep: what is left is a batch that can be deleted again, or goes at the next start; nobody is
// bothered with a damaged one.
func TestDeletionKilledAtEachStep(t *testing.T) {
	data := t.TempDir()
	id := paid(t, data)
	s := open(t, testConfig(data, newClerk())).enter()
	all := s.moments()
	s.post("/batches/"+id+"/delete", url.Values{})
	s.stop()
	if len(*all) < 6 {
		t.Fatalf("%d moments", len(*all))
	}
	for i, data := range *all {
		again := open(t, testConfig(data, newClerk())).enter()
		if _, text := again.get("/"); strings.Contains(text, `id="damaged"`) {
			t.Errorf("moment %d is taken for a damaged batch: %v", i, files(t, data))
		}
		if len(again.server.store.all()) == 1 {
			again.post("/batches/"+id+"/delete", url.Values{})
		}
		if left := files(t, filepath.Join(data, "batches")); len(left) > 0 {
			t.Errorf("moment %d leaves %v", i, left)
		}
		again.stop()
	}
}

// TestFoldersOfTheVersionBefore: an upload without a record may be one that has lost it. Only what holds no file at all
// goes.
func TestFoldersOfTheVersionBefore(t *testing.T) {
	data := t.TempDir()
	batches := filepath.Join(data, "batches")
	for i, inside := range []string{"", "list/", "list/张三.csv", "result.csv", ".new-123", "list"} {
		path := filepath.Join(batches, fmt.Sprintf("20260101-%016x", i), inside)
		err := os.MkdirAll(filepath.Dir(path), 0o700)
		if inside == "" || strings.HasSuffix(inside, "/") {
			err = errors.Join(err, os.MkdirAll(path, 0o700))
		} else {
			err = errors.Join(err, os.WriteFile(path, []byte("x"), 0o600))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, testConfig(data, newClerk())).enter()
	want := []string{"damaged/20260101-0000000000000002/list/张三.csv", "damaged/20260101-0000000000000003/result.csv", "damaged/20260101-0000000000000004/.new-123", "damaged/20260101-0000000000000005/list"}
	if got := files(t, batches); !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	if _, text := s.get("/"); strings.Count(text, "<li><code>") != 4 || !strings.Contains(text, "有 4 份名单") {
		t.Error("the page says something else")
	}
}

// TestOnlyLeftoversAreCleared: of what else lies in the data folder nothing is deleted, nothing ends the start.
func TestOnlyLeftoversAreCleared(t *testing.T) {
	data := t.TempDir()
	id := "20260101-0123456789abcdef"
	for _, path := range []string{
		"batches/.new-" + id + "/list/张三.csv", "batches/.gone-" + id + "/" + recordFile, ".new-1234567", // these go
		"batches/.new-mine/x", "batches/.new-" + id + "x/x", "batches/" + id[1:] + "/x", "batches/notes.txt", ".new-folder/x", ".new-99/x", ".new-mine.txt", secretFile + "/x", "appcode/x",
	} {
		if err := errors.Join(os.MkdirAll(filepath.Join(data, filepath.Dir(path)), 0o700), os.WriteFile(filepath.Join(data, path), []byte("x"), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, testConfig(data, newClerk())).enter()
	if log := s.log.String(); !strings.Contains(log, secretFile) || strings.Contains(log, "cleared away") {
		t.Errorf("the log says %q", s.log.String())
	}
	if status, _ := s.post("/settings", url.Values{"appcode": {"0123456789abcdef"}}); status != http.StatusInternalServerError {
		t.Errorf("an AppCode was kept over a folder: %d", status)
	}
	want := []string{".new-99/x", ".new-folder/x", ".new-mine.txt", "appcode/x", "batches/.new-" + id + "x/x", "batches/.new-mine/x", "batches/" + id[1:] + "/x", "batches/notes.txt", secretFile + "/x"}
	got := files(t, data)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("left: %v", got)
	}
	if _, err := os.Stat(filepath.Join(data, "batches", ".new-"+id)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("half an upload is still there: %v", err)
	}
}

// TestDeletionThatLosesItsRecordFirst: the folder could not be removed after its record was. Nobody takes it for a batch
// that has lost its record.
func TestDeletionThatLosesItsRecordFirst(t *testing.T) {
	data := t.TempDir()
	id := paid(t, data)
	s := open(t, testConfig(data, newClerk())).enter()
	s.server.store.removeAll = func(path string) error {
		if filepath.Base(path) != deleting+id {
			return nil // as if a program had put it back at once
		}
		if err := os.Remove(filepath.Join(path, recordFile)); err != nil {
			return err
		}
		return &os.PathError{Op: "rmdir", Path: path, Err: errors.New("directory not empty")}
	}
	if status, _ := s.post("/batches/"+id+"/delete", url.Values{}); status != http.StatusInternalServerError {
		t.Errorf("delete: %d", status)
	}
	s.stop()
	again := open(t, testConfig(data, newClerk())).enter()
	if left := files(t, filepath.Join(data, "batches")); len(left) > 0 || len(again.server.store.all()) > 0 {
		t.Errorf("left: %v", left)
	}
}
