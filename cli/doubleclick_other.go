//go:build !windows

package cli

// doubleClicked: elsewhere a program that is opened has no window of its own.
func doubleClicked() bool { return false }
