//go:build !linux && !darwin && !windows

package checkpoint

// Remote can't tell on this system.
func (f osFile) Remote() (string, error) { return "", nil }
