package checkpoint

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
)

const secretSize = 32

// ReadKeyFile reads a secret that lives apart from its checkpoint: 64 hexadecimal digits and a line feed. It refuses a
// file that others than its owner may read. Errors never hold what the file holds.
func ReadKeyFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("key file can't be opened: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("key file can't be read: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: %s is not a regular file", ErrKeyFile, path)
	}
	if err := checkKeyMode(info); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrKeyFile, path, err)
	}
	const length = 2*secretSize + 1
	b, err := io.ReadAll(io.LimitReader(f, length+1))
	if err != nil {
		return nil, fmt.Errorf("key file can't be read: %w", err)
	}
	secret := make([]byte, secretSize)
	digits, found := bytes.CutSuffix(b, []byte("\n"))
	if found && len(digits) == 2*secretSize {
		if _, err := hex.Decode(secret, digits); err == nil {
			return secret, nil
		}
	}
	return nil, fmt.Errorf("%w: %s does not hold 64 hexadecimal digits and a line feed", ErrKeyFile, path)
}

// CreateKeyFile makes a new key file that only its owner may read, and returns its secret. It never replaces a file.
func CreateKeyFile(path string) ([]byte, error) {
	secret := make([]byte, secretSize)
	if _, err := rand.Read(secret); err != nil {
		return nil, fmt.Errorf("key file %s: no random secret: %w", path, err)
	}
	f, err := Disk{}.Open(path, CreateNew)
	if err != nil {
		return nil, fmt.Errorf("key file can't be made: %w", err)
	}
	err = writeWhole(f, append(hex.AppendEncode(nil, secret), '\n'))
	if err = errors.Join(err, f.Close()); err == nil {
		err = Disk{}.SyncDir(folderOf(path))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("key file %s can't be written: %w", path, withHint(err)), os.Remove(path))
	}
	return secret, nil
}
