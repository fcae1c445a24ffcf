package cli

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"mobile3batch/checkpoint"
)

// TestDamagedRecordIsReadOnce: a screen asks about each of its batches, and a damaged checkpoint is as long as a sound one.
// Once it is another file by now, it is read again.
func TestDamagedRecordIsReadOnce(t *testing.T) {
	data := t.TempDir()
	path := filepath.Join(data, "people.checkpoint")
	log, err := checkpoint.Open(path, checkpoint.Options{Service: "sandbox", Create: true})
	must(t, err)
	must(t, log.StartRun(checkpoint.Run{Program: "test", Batch: "one"}))
	for i := range 3 {
		a, err := log.Begin(checkpoint.Key{byte(i)}, [16]byte{1})
		must(t, err)
		must(t, log.Settle(checkpoint.Key{byte(i)}, a, checkpoint.Answer{HTTPStatus: 200, Code: "200", Result: 1}))
	}
	must(t, log.EndRun(checkpoint.RunEnd{Why: endFinished}))
	must(t, log.Close())
	sound, err := os.ReadFile(path)
	must(t, err)
	damaged := append([]byte{}, sound...)
	damaged[len(damaged)/2] ^= 1
	at := time.Now().Add(-time.Hour)
	put := func(content []byte, at time.Time) {
		t.Helper()
		must(t, os.WriteFile(path, content, 0o600))
		must(t, os.Chtimes(path, at, at))
	}
	e := &engine{data: data}
	e.checkpoint = path
	says := func(when string, calls int64, readable bool) {
		t.Helper()
		r, err := e.Recorded("one")
		if r.Calls != calls || (err == nil) != readable {
			t.Errorf("%s: %+v, %v", when, r, err)
		}
	}
	says("sound", 3, true)
	put(damaged, at)
	says("damaged", 0, false)
	put(sound, at) // as nothing tells
	says("not read again", 0, false)
	put(sound, at.Add(time.Minute))
	says("brought back", 3, true)
	put(damaged, at)
	says("damaged again", 0, false)
	must(t, os.Remove(path))
	says("gone", 0, true)
}
