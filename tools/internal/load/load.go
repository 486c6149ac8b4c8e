// Package load makes the content that benchmarks and the demo upload. The same
// seed yields the same bytes on every machine.
package load

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
)

// Random returns an endless reader of random bytes that no compression makes
// smaller.
func Random(seed uint64) io.Reader {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	return rand.NewChaCha8(key)
}

// WriteFile writes content to a new file, makes it durable and returns its
// SHA-256 in lower-case hexadecimal. It is durable so that a disk that is still
// busy with it does not slow what is measured next.
func WriteFile(path string, content io.Reader) (checksum string, err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", fmt.Errorf("make a file to upload: %w", err)
	}
	sum := sha256.New()
	_, err = io.CopyBuffer(struct{ io.Writer }{io.MultiWriter(file, sum)}, content, make([]byte, 1<<20))
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return "", fmt.Errorf("write a file to upload: %w", err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// Checksum reads a file and returns its SHA-256 in lower-case hexadecimal.
func Checksum(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("read a file back: %w", err)
	}
	sum := sha256.New()
	_, err = io.Copy(sum, file)
	if err := errors.Join(err, file.Close()); err != nil {
		return "", fmt.Errorf("read a file back: %w", err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
