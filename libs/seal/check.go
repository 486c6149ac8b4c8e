package seal

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
)

// CheckFile is the name of the file in a data folder that holds a wrapped key,
// the check value. It seals nothing: it shows at the start of a service whether
// the key given is the folder's.
//
// It has one line: the word sluice-encryption-1, the CRC32C of the wrapped key
// in hexadecimal, and the wrapped key in base64.
const CheckFile = "ENCRYPTION"

const (
	checkObject = "folder/check"
	checkForm   = "sluice-encryption-1"
)

// CheckFolder compares keys with the check value of the data folder dir, and
// makes the value when there is none yet, durably. It is for the start of a
// service, before anything is sealed. keys may be nil, for a service without a
// key: then a folder with a check value is refused, since what is sealed in it
// could not be read. A key that is not the folder's is [ErrWrongKey].
func CheckFolder(ctx context.Context, keys *Keys, dir string) error {
	path := filepath.Join(dir, CheckFile)
	wrapped, err := readCheck(path)
	switch {
	case err == nil && keys == nil:
		return fmt.Errorf("%w: the folder %s holds encrypted data and no key is configured: set encryption.key to the key it was written with", ErrWrongKey, dir)
	case err == nil:
		_, err = keys.Unwrap(ctx, wrapped, checkObject)
		if err != nil {
			return fmt.Errorf("check the key of the folder %s: %w", dir, err)
		}
		return nil
	case !errors.Is(err, fs.ErrNotExist):
		return err
	case keys == nil:
		return nil
	}
	_, wrapped, err = keys.New(ctx, checkObject)
	if err != nil {
		return err
	}
	return writeCheck(path, wrapped)
}

// HasCheck tells whether the data folder dir has a check value, and so was written
// with a key.
func HasCheck(dir string) (bool, error) {
	_, err := readCheck(filepath.Join(dir, CheckFile))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// RewrapCheck wraps the check value of the data folder dir with the newest
// outer key. Call it when everything else in the folder is: then the old key
// can be dropped. A folder without a check value has nothing to wrap.
func RewrapCheck(ctx context.Context, keys *Keys, dir string) error {
	path := filepath.Join(dir, CheckFile)
	wrapped, err := readCheck(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && keys.Current(wrapped) {
		return nil
	}
	if err != nil {
		return err
	}
	if wrapped, err = keys.Rewrap(ctx, wrapped, checkObject); err != nil {
		return err
	}
	return writeCheck(path, wrapped)
}

func readCheck(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the check value of the encryption: %w", err)
	}
	fields := bytes.Fields(text)
	if len(fields) == 3 && string(fields[0]) == checkForm {
		wrapped, err := base64.StdEncoding.AppendDecode(nil, fields[2])
		if err == nil && string(fields[1]) == checksum(wrapped) {
			return wrapped, nil
		}
	}
	return nil, fmt.Errorf("%w: %s is not what was written; restore it from a backup", ErrDamaged, path)
}

func writeCheck(path string, wrapped []byte) error {
	line := fmt.Sprintf("%s %s %s\n", checkForm, checksum(wrapped), base64.StdEncoding.EncodeToString(wrapped))
	if err := replace(path, []byte(line)); err != nil {
		return fmt.Errorf("write the check value of the encryption: %w", err)
	}
	return nil
}

func checksum(wrapped []byte) string {
	return fmt.Sprintf("%08x", crc32.Checksum(wrapped, crc32.MakeTable(crc32.Castagnoli)))
}
