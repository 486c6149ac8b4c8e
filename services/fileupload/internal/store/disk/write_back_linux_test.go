package disk

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// cachedPages counts the pages of the part's first size bytes that are in memory.
// It needs Linux 6.5.
func cachedPages(t *testing.T, p *part, size uint64) uint64 {
	t.Helper()
	var pages unix.Cachestat_t
	err := unix.Cachestat(uint(p.file.Fd()), &unix.CachestatRange{Len: size}, &pages, 0)
	if errors.Is(err, unix.ENOSYS) {
		t.Skip("the kernel does not tell what is in memory: cachestat needs Linux 6.5")
	}
	require.NoError(t, err)
	return pages.Cache
}

func TestALargePartLeavesMemoryBehindItsWriter(t *testing.T) {
	p := testPart(t, testStore(t), "a")
	appendUpTo(t, p, 4*writeBackStep)
	// Nothing is on its way any more, so that the next steps can drop all of it.
	require.NoError(t, p.Sync())
	appendUpTo(t, p, 8*writeBackStep)
	require.Zero(t, cachedPages(t, p, 4*writeBackStep))
	require.NoError(t, p.Close())
}

func TestASmallPartStaysInMemory(t *testing.T) {
	p := testPart(t, testStore(t), "a")
	appendUpTo(t, p, 2*writeBackStep-1)
	require.NoError(t, p.Sync())
	require.NotZero(t, cachedPages(t, p, writeBackStep))
	require.NoError(t, p.Close())
}

func TestBytesThatLeftMemoryAreReadBack(t *testing.T) {
	p := testPart(t, testStore(t), "a")
	content := bytes.Repeat([]byte("0123456789abcdef"), 8*writeBackStep/16)
	for at := 0; at < len(content); at += chunkBytes {
		require.NoError(t, p.Append([][]byte{content[at : at+chunkBytes]}))
	}
	require.NoError(t, p.End())
	require.NoError(t, p.Sync())
	got, err := io.ReadAll(io.NewSectionReader(p, 0, int64(len(content))))
	require.NoError(t, err)
	require.True(t, bytes.Equal(content, got))
	require.NoError(t, p.Close())
}
