package disk

import (
	"bytes"
	"io"
	"os"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// cachedPages counts the pages of the part's first size bytes that are in memory.
func cachedPages(t *testing.T, p *part, size int) (cached int) {
	t.Helper()
	mapped, err := unix.Mmap(int(p.file.Fd()), 0, size, unix.PROT_READ, unix.MAP_SHARED)
	require.NoError(t, err)
	pages := make([]byte, (size+os.Getpagesize()-1)/os.Getpagesize())
	_, _, errno := unix.Syscall(unix.SYS_MINCORE, uintptr(unsafe.Pointer(&mapped[0])), uintptr(size),
		uintptr(unsafe.Pointer(&pages[0])))
	require.Zero(t, errno)
	for _, page := range pages {
		cached += int(page & 1)
	}
	require.NoError(t, unix.Munmap(mapped))
	return cached
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
