package journaled

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/sluice-ingest/sluice/libs/seal"
)

// StoreKey says how a store encrypts its files. Its zero value is not at all.
type StoreKey struct {
	// Secret is a text that the store makes its key of: 32 random bytes in
	// base64. It must not be logged.
	Secret string
	// Extension is the file of DuckDB's extension that has the crypto.
	Extension string
}

const (
	storeKeySuffix = ".key"
	storeKeyForm   = "sluice-store-key-1"
	secretBytes    = 32
)

// storeKeyFile is the file beside a store that has its secret, sealed by a data
// key, and that wrapped by the outer key. It has one line: the word
// sluice-store-key-1, the CRC32C of what follows in hexadecimal, the wrapped key
// and the sealed secret, both in base64.
type storeKeyFile struct {
	path   string
	object string
}

// openStoreKey returns how the store is encrypted. It refuses what would leave
// a store plain that is to be encrypted, and one that can't be opened.
func (f Folder) openStoreKey(ctx context.Context, keys *seal.Keys) (StoreKey, error) {
	store := filepath.Join(f.Dir, f.StoreFile)
	file := storeKeyFile{path: store + storeKeySuffix, object: "store/" + f.StoreFile}
	has, err := exists(file.path)
	if err != nil {
		return StoreKey{}, err
	}
	if !f.Encryption.encryptsStore() {
		return StoreKey{}, check(!has, fmt.Sprintf("%s is encrypted, as %s tells: set encryption.key and encryption.duckdb_extension "+
			"as they were; if there never was a store, remove that file", f.StoreFile, filepath.Base(file.path)))
	}
	if !has {
		if err := f.refusePlainStore(store); err != nil {
			return StoreKey{}, err
		}
		if err := file.create(ctx, keys); err != nil {
			return StoreKey{}, err
		}
	}
	secret, err := file.open(ctx, keys)
	return StoreKey{Secret: secret, Extension: f.Encryption.DuckDBExtension}, err
}

// refusePlainStore refuses to call a store encrypted that began plain.
func (f Folder) refusePlainStore(store string) error {
	has, err := exists(store)
	if err != nil {
		return err
	}
	return check(!has, f.StoreFile+" was made plain, and DuckDB does not encrypt a file that is there: "+
		"put data_dir on an encrypted volume and set encryption.volume_encrypted instead of encryption.duckdb_extension, "+
		"or begin with another data_dir")
}

// create makes a secret, durably.
func (f storeKeyFile) create(ctx context.Context, keys *seal.Keys) error {
	key, wrapped, err := keys.New(ctx, f.object)
	if err != nil {
		return err
	}
	secret := make([]byte, secretBytes)
	_, _ = rand.Read(secret) // It never fails.
	defer clear(secret)
	return f.write(wrapped, key.Seal(nil, secret, []byte(f.object)))
}

// open returns the secret, and wraps its key by the newest outer key.
func (f storeKeyFile) open(ctx context.Context, keys *seal.Keys) (string, error) {
	wrapped, sealed, err := f.read()
	if err != nil {
		return "", err
	}
	key, err := keys.Unwrap(ctx, wrapped, f.object)
	if err != nil {
		return "", err
	}
	secret, err := key.Open(nil, sealed, []byte(f.object))
	if err != nil {
		return "", fmt.Errorf("%w: restore %s from a backup", err, f.path)
	}
	defer clear(secret)
	if !keys.Current(wrapped) {
		if wrapped, err = keys.Rewrap(ctx, wrapped, f.object); err != nil {
			return "", err
		}
		if err := f.write(wrapped, sealed); err != nil {
			return "", err
		}
	}
	return base64.StdEncoding.EncodeToString(secret), nil
}

func (f storeKeyFile) read() (wrapped, sealed []byte, err error) {
	text, err := os.ReadFile(f.path)
	if err != nil {
		return nil, nil, err
	}
	fields := bytes.Fields(text)
	if len(fields) == 4 && string(fields[0]) == storeKeyForm {
		wrapped, err1 := base64.StdEncoding.AppendDecode(nil, fields[2])
		sealed, err2 := base64.StdEncoding.AppendDecode(nil, fields[3])
		if errors.Join(err1, err2) == nil && string(fields[1]) == checksum(wrapped, sealed) {
			return wrapped, sealed, nil
		}
	}
	return nil, nil, fmt.Errorf("%s is not what was written: restore it from a backup", f.path)
}

// write puts the file there, whole or not at all, and durably.
func (f storeKeyFile) write(wrapped, sealed []byte) error {
	line := fmt.Sprintf("%s %s %s %s\n", storeKeyForm, checksum(wrapped, sealed),
		base64.StdEncoding.EncodeToString(wrapped), base64.StdEncoding.EncodeToString(sealed))
	temporary, err := os.OpenFile(f.path+".tmp", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = temporary.WriteString(line)
	if err = errors.Join(err, temporary.Sync(), temporary.Close()); err != nil {
		return err
	}
	if err := os.Rename(temporary.Name(), f.path); err != nil {
		return err
	}
	folder, err := os.Open(filepath.Dir(f.path))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

func checksum(parts ...[]byte) string {
	sum, table := uint32(0), crc32.MakeTable(crc32.Castagnoli)
	for _, part := range parts {
		sum = crc32.Update(sum, table, part)
	}
	return fmt.Sprintf("%08x", sum)
}

func exists(path string) (bool, error) {
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
