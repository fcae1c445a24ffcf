package mobile3

import "testing"

// brief: a test takes a sample, by default and with -short.
func brief() bool { return !proof || testing.Short() }
