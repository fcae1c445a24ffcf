package sandbox

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

const keySize = 32

// ErrKey is what New's error wraps when the bill's people can't be told again:
// the key of its earlier lines is missing, damaged or another one.
var ErrKey = errors.New("the bill's key does not fit")

// billKey finds or makes the key of the bill at path, which holds n lines.
func billKey(given []byte, path string, n int) ([]byte, error) {
	if path == "" {
		if given != nil {
			return given, nil
		}
		return newKey(), nil
	}
	path += ".key"
	kept, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return firstKey(given, path, n)
	case err != nil:
		return nil, fmt.Errorf("sandbox: read the bill's key: %w", err)
	case given != nil && !bytes.Equal(given, kept):
		return nil, fmt.Errorf("sandbox: %s holds another key than the one given: %w", path, ErrKey)
	case given == nil && len(kept) != keySize:
		return nil, fmt.Errorf("sandbox: %s holds %d bytes, want %d: %w; restore it or start a new bill", path, len(kept), keySize, ErrKey)
	}
	return kept, nil
}

func firstKey(given []byte, path string, n int) ([]byte, error) {
	if given != nil {
		return given, nil
	}
	if n > 0 {
		return nil, fmt.Errorf("sandbox: the bill has %d lines, but %s is missing: %w; restore it or start a new bill", n, path, ErrKey)
	}
	key := newKey()
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("sandbox: keep the bill's key: %w", err)
	}
	_, err = file.Write(key)
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, fmt.Errorf("sandbox: keep the bill's key: %w", err)
	}
	return key, nil
}

func newKey() []byte {
	key := make([]byte, keySize)
	rand.Read(key) // never fails, by its documentation
	return key
}
