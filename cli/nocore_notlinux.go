//go:build unix && !linux

package cli

func undumpable() {}
