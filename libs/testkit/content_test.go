package testkit_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/testkit"
)

func TestContentReadsTheSameFromAnyPlace(t *testing.T) {
	c := testkit.NewContent(7, 1001)
	whole := c.Bytes(0, 1001)
	require.Len(t, whole, 1001)
	require.NoError(t, iotest.TestReader(c.Reader(), whole))
	for off := range int64(20) {
		for n := range 20 {
			require.Equal(t, whole[off:int(off)+n], c.Bytes(off, n), "%d bytes from %d", n, off)
		}
	}
	require.Equal(t, whole[990:], c.Bytes(990, 100))
	require.Empty(t, c.Bytes(1001, 5))
	_, err := c.ReadAt(make([]byte, 1), 1001)
	require.ErrorIs(t, err, io.EOF)
}

func TestContentDependsOnItsSeedAndNotOnItsSize(t *testing.T) {
	a, b := testkit.NewContent(1, 100), testkit.NewContent(2, 100)
	require.NotEqual(t, a.Bytes(0, 100), b.Bytes(0, 100))
	require.Equal(t, a.Bytes(0, 50), testkit.NewContent(1, 50).Bytes(0, 50))
}

func TestContentDoesNotRepeat(t *testing.T) {
	c := testkit.NewContent(1, 1<<20)
	seen := make(map[[8]byte]bool)
	for off := int64(0); off < c.Size(); off += 8 {
		word := [8]byte(c.Bytes(off, 8))
		require.False(t, seen[word], "the word at %d was there before", off)
		seen[word] = true
	}
}

func TestContentWritesAFileThatFitsItsChecksum(t *testing.T) {
	c := testkit.NewContent(3, 100_003)
	path := filepath.Join(t.TempDir(), "content")
	c.WriteFile(t, path)
	written, err := os.ReadFile(path)
	require.NoError(t, err)
	require.True(t, bytes.Equal(c.Bytes(0, 100_003), written))
	sum := sha256.Sum256(written)
	require.Equal(t, hex.EncodeToString(sum[:]), c.SHA256())
}
