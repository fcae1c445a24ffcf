package reader

import (
	"bytes"
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"
)

// maxEncrypted bounds an encrypted workbook: it is unlocked in memory, so that nothing of it lies open on the disk.
const maxEncrypted = 256 << 20

// unlock puts what an encrypted workbook holds in the place of the file. The password is in no error.
func (in *input) unlock(password string) error {
	switch {
	case password == "":
		return &Error{Problem: "the workbook is encrypted", Do: "give its password with --password-file, or save it without one"}
	case in.size > maxEncrypted:
		return &Error{Problem: fmt.Sprintf("an encrypted workbook of more than %d MiB", maxEncrypted>>20), Do: "save it without a password"}
	}
	packed := make([]byte, in.size)
	if _, err := in.File.ReadAt(packed, 0); err != nil && err != io.EOF {
		return err
	}
	plain, err := decrypt(packed, password, excelize.Decrypt)
	// A wrong password is not noticed by decryption itself: what comes out is no archive then.
	if err != nil || !bytes.HasPrefix(plain, []byte("PK\x03\x04")) {
		return &Error{Problem: "the workbook can't be unlocked: the password is not the right one, or the file is damaged",
			Do: "check the file given with --password-file, or save the workbook without a password", Err: err}
	}
	in.plain, in.size = bytes.NewReader(plain), int64(len(plain))
	return nil
}

// decrypt has the library do it. What a damaged file makes it do must end here.
func decrypt(packed []byte, password string, library func([]byte, *excelize.Options) ([]byte, error)) (plain []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			plain, err = nil, fmt.Errorf("%w: %T", errDamagedLock, p)
		}
	}()
	return library(packed, &excelize.Options{Password: password})
}
