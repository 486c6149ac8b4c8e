package sealfile_test

import (
	"bytes"
	"crypto/rand"
	"io"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/seal"
	"github.com/sluice-ingest/sluice/libs/seal/sealfile"
)

// newKeyset makes a keyset file and returns its path.
func newKeyset(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key.json")
	_, err := seal.CreateKeyset(path)
	require.NoError(t, err)
	return path
}

func openKeys(t testing.TB, path string) *seal.Keys {
	t.Helper()
	keys, err := seal.Open(t.Context(), seal.Config{Key: path}, nil)
	require.NoError(t, err)
	return keys
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // It never fails.
	return b
}

// write returns the sealed file of a content.
func write(t testing.TB, keys *seal.Keys, content []byte, size int) []byte {
	t.Helper()
	segments, file, err := sealfile.New(t.Context(), keys, size)
	require.NoError(t, err)
	index := int64(0)
	for ; len(content) >= size; index++ {
		require.Len(t, file, int(segments.At(index)))
		file = segments.Seal(file, content[:size], index, false)
		content = content[size:]
	}
	return segments.Seal(file, content, index, true)
}

// read returns the content of a sealed file.
func read(t testing.TB, keys *seal.Keys, file []byte) ([]byte, error) {
	t.Helper()
	reader, err := sealfile.NewReader(t.Context(), keys, bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.NewSectionReader(reader, 0, reader.Size()))
}
