package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
)

// roles are what stands beside the program, and the parts of it that are measured alone. Each is a process, so that memory
// and processor time are its own.
var roles = map[string]func([]string) error{
	"bare-client":      bareClient,
	"bare-commits":     bareCommits,
	"bare-replay-csv":  bareReplayCSV,
	"bare-replay-xlsx": bareReplayXLSX,
	"bare-rows":        bareRows,
	"bare-book":        bareBook,
	"our-rows":         ourRows,
	"our-book":         ourBook,
	"our-commits":      ourCommits,
	"open-checkpoint":  openCheckpoint,
}

func play(args []string) error {
	if len(args) == 0 || roles[args[0]] == nil {
		return fmt.Errorf("no such role: %q", args)
	}
	return roles[args[0]](args[1:])
}

// tell prints what told reads.
func tell(v any) error { return json.NewEncoder(os.Stdout).Encode(v) }

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic(err) // this command wrote it
	}
	return n
}

// expect makes a role fail that did not do its work.
func expect(what string, got, want int) error {
	if got != want {
		return fmt.Errorf("%s: %d, want %d", what, got, want)
	}
	return nil
}

// inUse is the heap after a collection, in bytes.
func inUse() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// syncAndClose ends a file as one that must last.
func syncAndClose(f *os.File) error { return errors.Join(f.Sync(), f.Close()) }
