package seal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/sluice-ingest/sluice/libs/filelock"
)

// KeyInfo is what may be said of a key in a keyset file.
type KeyInfo struct {
	ID uint32
	// Primary is the one key that new objects are wrapped with.
	Primary bool
	// Enabled keys unwrap.
	Enabled bool
	// Type is Tink's name of the key's type.
	Type string
}

// CreateKeyset makes a keyset file with one new AES-256-GCM key and mode 0600,
// durably, and returns the key. A file that exists is left alone.
func CreateKeyset(path string) (KeyInfo, error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return KeyInfo{}, fmt.Errorf("make a keyset: %w", err)
	}
	data, err := encodeKeyset(handle)
	if err != nil {
		return KeyInfo{}, err
	}
	defer clear(data)
	if err := create(path, data); err != nil {
		return KeyInfo{}, fmt.Errorf("create keyset file: %w", err)
	}
	return primaryOf(handle), nil
}

// RotateKeyset adds a new key to a keyset file and makes it the primary. The
// others stay, so that what they wrapped still opens. It returns the new key.
// The file keeps its owner, group and mode.
func RotateKeyset(path string) (KeyInfo, error) {
	var added KeyInfo
	err := changeKeyset(path, func(manager *keyset.Manager) error {
		id, err := manager.Add(aead.AES256GCMKeyTemplate())
		if err != nil {
			return err
		}
		added = KeyInfo{ID: id}
		return manager.SetPrimary(id)
	})
	if err != nil {
		return KeyInfo{}, err
	}
	keys, err := ShowKeyset(path)
	for _, key := range keys {
		if key.ID == added.ID {
			added = key
		}
	}
	return added, err
}

// DropKey removes a key from a keyset file for good: what it wrapped and nobody
// rewrapped can't be opened any more. The primary can't be dropped.
func DropKey(path string, id uint32) error {
	return changeKeyset(path, func(manager *keyset.Manager) error { return manager.Delete(id) })
}

// ShowKeyset returns what may be said of the keys in a keyset file, in the
// order they were added.
func ShowKeyset(path string) ([]KeyInfo, error) {
	handle, err := readKeyset(path)
	if err != nil {
		return nil, err
	}
	return describe(handle), nil
}

func changeKeyset(path string, change func(*keyset.Manager) error) error {
	unlock, err := filelock.Lock(path + ".lock")
	if err != nil {
		return fmt.Errorf("lock keyset file: %w", err)
	}
	defer unlock()
	handle, err := readKeyset(path)
	if err != nil {
		return err
	}
	manager := keyset.NewManagerFromHandle(handle)
	if err := change(manager); err != nil {
		return fmt.Errorf("change keyset file %s: %w", path, err)
	}
	if handle, err = manager.Handle(); err != nil {
		return fmt.Errorf("change keyset file %s: %w", path, err)
	}
	data, err := encodeKeyset(handle)
	if err != nil {
		return err
	}
	defer clear(data)
	if err := replace(path, data); err != nil {
		return fmt.Errorf("save keyset file: %w", err)
	}
	return nil
}

func loadKeyset(path string) (*keysetOuter, error) {
	handle, err := readKeyset(path)
	if err != nil {
		return nil, err
	}
	outer, err := newKeysetOuter(handle)
	if err != nil {
		return nil, fmt.Errorf("keyset file %s: %w", path, err)
	}
	return outer, nil
}

func readKeyset(path string) (*keyset.Handle, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open keyset file: %w; make one with `sluice encryption create-key`", err)
	}
	defer func() { _ = file.Close() }() // Nothing was written.
	if err := checkMode(file); err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(file, maxKeysetSize))
	if err != nil {
		return nil, fmt.Errorf("read keyset file: %w", err)
	}
	defer clear(data)
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(data)))
	if err != nil {
		// The cause may quote the file, and so a key.
		return nil, fmt.Errorf("keyset file %s is no Tink keyset in JSON; restore it from a backup", path)
	}
	return handle, nil
}

// maxKeysetSize is far above what thousands of keys need.
const maxKeysetSize = 1 << 20

// checkMode refuses a file that others than its owner may read or write.
func checkMode(file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("stat keyset file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("keyset file %s is no regular file", file.Name())
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return fmt.Errorf("keyset file %s has mode %#o: others may read or write it; run chmod 600 on it", file.Name(), mode)
	}
	return nil
}

func encodeKeyset(handle *keyset.Handle) ([]byte, error) {
	var data bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&data)); err != nil {
		return nil, errors.New("encode keyset: it can't be written as JSON")
	}
	return append(data.Bytes(), '\n'), nil
}

func describe(handle *keyset.Handle) []KeyInfo {
	info := handle.KeysetInfo()
	keys := make([]KeyInfo, 0, len(info.GetKeyInfo()))
	for _, key := range info.GetKeyInfo() {
		keys = append(keys, KeyInfo{
			ID:      key.GetKeyId(),
			Primary: key.GetKeyId() == info.GetPrimaryKeyId(),
			Enabled: key.GetStatus().String() == "ENABLED",
			Type:    key.GetTypeUrl(),
		})
	}
	return keys
}

func primaryOf(handle *keyset.Handle) KeyInfo {
	for _, key := range describe(handle) {
		if key.Primary {
			return key
		}
	}
	return KeyInfo{}
}
