package cli

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"mobile3batch/checkpoint"
	"mobile3batch/writer"
)

// TestMarksOnASickDisk: the mark of the newest run is kept whole or not at all, and a run whose mark may be lost calls nobody:
// its checkpoint could be replaced by an older one without a word.
func TestMarksOnASickDisk(t *testing.T) {
	for _, call := range []string{"open", "write", "sync", "close", "rename", "sync folder"} {
		data := t.TempDir()
		log, err := checkpoint.Open(filepath.Join(data, "people.checkpoint"), checkpoint.Options{Service: "sandbox", Create: true})
		must(t, err)
		begin := func(d writer.Disk) error {
			must(t, log.StartRun(checkpoint.Run{Program: "test"}))
			e := &engine{streams: Streams{disks: disks{sheet: d}}, data: data}
			err := e.marks().begun(log)
			must(t, log.EndRun(checkpoint.RunEnd{Why: endFinished}))
			return err
		}
		must(t, begin(writer.System))
		real, d := writer.System, writer.System
		switch call {
		case "open":
			d.Open = func(string) (*os.File, error) { return nil, errPlanted }
		case "write":
			d.Write = func(f *os.File, b []byte) (int, error) { n, _ := real.Write(f, b[:1]); return n, errPlanted }
		case "sync":
			d.Sync = func(*os.File) error { return errPlanted }
		case "close":
			d.Close = func(f *os.File) error { return errors.Join(real.Close(f), errPlanted) }
		case "rename":
			d.Rename = func(string, string) error { return errPlanted }
		case "sync folder":
			d.SyncDir = func(string) error { return errPlanted }
		}
		if err := begin(d); !errors.Is(err, errPlanted) {
			t.Errorf("%s: error %v", call, err)
		}
		m := (&engine{data: data}).marks()
		starts, err := m.read()
		must(t, err)
		newest := log.Runs()[1].At
		if call != "sync folder" {
			newest = log.Runs()[0].At
		}
		if len(starts) != 1 || !starts[0].Equal(newest) {
			t.Errorf("%s: the marks are %v, of %v", call, starts, log.Runs())
		}
		must(t, begin(writer.System))
		if missing, err := m.missing(log); missing || err != nil {
			t.Errorf("%s: missing %v, %v", call, missing, err)
		}
		info, err := os.Stat(m.path)
		must(t, err)
		is(t, call+": mode", info.Mode(), os.FileMode(0o600))
		entries, err := os.ReadDir(data)
		must(t, err)
		is(t, call+": files", len(entries), 2)
		must(t, log.Close())
	}
}
