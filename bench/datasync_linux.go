package main

import (
	"os"
	"syscall"
)

// dataSync is the cheapest sync that keeps what was written.
func dataSync(f *os.File) error { return syscall.Fdatasync(int(f.Fd())) }
