//go:build !linux

package main

func watchPeak(int) (stop func() int64) { return func() int64 { return 0 } }
