package load_test

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/tools/internal/load"
)

// The bytes are pinned: figures compare only on the same work.
func TestRandomIsTheSameEverywhere(t *testing.T) {
	first := make([]byte, 8)
	_, err := io.ReadFull(load.Random(42), first)
	require.NoError(t, err)
	require.Equal(t, "22301fb8d82978da", hex.EncodeToString(first))

	other := make([]byte, 8)
	_, err = io.ReadFull(load.Random(43), other)
	require.NoError(t, err)
	require.NotEqual(t, first, other)
}

func TestWriteFileReturnsTheChecksumOfWhatIsThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.bin")
	checksum, err := load.WriteFile(path, io.LimitReader(load.Random(1), 3<<20+7))
	require.NoError(t, err)
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Len(t, content, 3<<20+7)
	sum := sha256.Sum256(content)
	require.Equal(t, hex.EncodeToString(sum[:]), checksum)
}

func TestWriteFileReplacesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.bin")
	require.NoError(t, os.WriteFile(path, []byte("mine"), 0o600))
	_, err := load.WriteFile(path, io.LimitReader(load.Random(1), 1))
	require.ErrorIs(t, err, os.ErrExist)
}
