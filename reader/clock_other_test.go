//go:build !unix

package reader

import (
	"testing"
	"time"
)

var began = time.Now()

// processorTime is time by the clock, where there is no simple way to tell how much of it was used.
func processorTime(*testing.T) time.Duration { return time.Since(began) }
