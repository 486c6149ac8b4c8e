package core

import (
	"bytes"
	"hash/crc32"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/problem"
)

func segments(text string, size int) [][]byte {
	var all [][]byte
	for b := []byte(text); len(b) > 0; b = b[min(size, len(b)):] {
		all = append(all, b[:min(size, len(b))])
	}
	return all
}

func TestChunkCheck(t *testing.T) {
	sum := crc32.Checksum([]byte("0123456789"), crc32.MakeTable(crc32.Castagnoli))
	wrong := sum + 1
	good := Chunk{Segments: segments("0123456789", 3), Size: 10, CRC32C: &sum}
	require.NoError(t, good.check(10))
	require.Equal(t, problem.ChunkTooLarge, problem.ReasonOf(good.check(9)))
	damaged := good
	damaged.CRC32C = &wrong
	require.Equal(t, problem.ChunkChecksumMismatch, problem.ReasonOf(damaged.check(10)))
	negative := good
	negative.Offset = -1
	require.Equal(t, problem.FieldInvalid, problem.ReasonOf(negative.check(10)))
}

func TestChunkCutLeavesTheRest(t *testing.T) {
	const text = "0123456789"
	for size := 1; size <= len(text); size++ {
		for n := 0; n <= len(text); n++ {
			c := Chunk{Offset: 100, Segments: segments(text, size), Size: len(text)}
			c.cut(n)
			require.Equal(t, text[n:], string(bytes.Join(c.Segments, nil)))
			require.Equal(t, len(text)-n, c.Size)
			require.Equal(t, int64(100+n), c.Offset)
		}
	}
}

func TestChunkEqualsWhatIsThere(t *testing.T) {
	there := bytes.NewReader([]byte("abcdefgh"))
	c := Chunk{Offset: 2, Segments: segments("cdefXX", 2), Size: 6}
	same, err := c.equals(there, 4)
	require.NoError(t, err)
	require.True(t, same)
	same, err = c.equals(there, 5)
	require.NoError(t, err)
	require.False(t, same)
	_, err = c.equals(there, 7)
	require.Error(t, err, "more than is there can't be compared")
}
