package disk

import (
	"bytes"
	"errors"
	"io/fs"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/testkit"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// FuzzPackWalk reads packs of any bytes behind the header. Blocks that the bits of
// sealed name get the checksum of a header, so that what is in them counts.
func FuzzPackWalk(f *testing.F) {
	s := salt{1, 2, 3}
	valid := record{id: "id", at: packStart, size: 5}.appendTo(nil, s)
	large := record{id: "id", at: packStart, size: maxPacked}.appendTo(nil, s)
	f.Add(valid, uint64(0))
	f.Add(large, uint64(1))
	f.Add(append(make([]byte, blockSize), valid...), uint64(2))
	f.Add(make([]byte, 3*blockSize), uint64(5))
	// In memory: a start syncs what it settles.
	store, err := Open(testkit.SmallDisk(f, 16<<20))
	require.NoError(f, err)
	f.Cleanup(func() { require.NoError(f, store.Close()) })
	f.Fuzz(func(t *testing.T, content []byte, sealed uint64) {
		if len(content) > 64*blockSize {
			return
		}
		pack := append(encodePackHeader(9, s), sealBlocks(content, sealed, s)...)
		require.NoError(t, store.root.WriteFile(packName(9), pack, fileMode))
		requireSettledWithoutLoss(t, store, pack)
		end := int64(packStart)
		for _, id := range blobsIn(t, store) {
			base, at, ok := packedAt(id)
			require.True(t, ok && validID(base), id)
			require.GreaterOrEqual(t, at.offset, end, "records don't overlap")
			require.Zero(t, at.offset%blockSize)
			end = at.offset + blockSize
			if _, err := store.Open(t.Context(), id); !errors.Is(err, core.ErrDamaged) {
				require.NoError(t, err)
			}
			require.NoError(t, store.Discard(t.Context(), id))
			_, err := store.Open(t.Context(), id)
			require.ErrorIs(t, err, core.ErrNotFound)
		}
		last, err := store.packs.settle(t.Context())
		require.NoError(t, err)
		require.LessOrEqual(t, last, uint64(9))
		require.Empty(t, blobsIn(t, store))
	})
}

// requireSettledWithoutLoss settles the pack, which takes nothing from it but zeros.
func requireSettledWithoutLoss(t *testing.T, store *Store, pack []byte) {
	t.Helper()
	before := blobsIn(t, store)
	_, err := store.packs.settle(t.Context())
	require.NoError(t, err)
	require.Equal(t, before, blobsIn(t, store))
	left, err := store.root.ReadFile(packName(9))
	if len(pack) == packStart {
		require.ErrorIs(t, err, fs.ErrNotExist)
		return
	}
	require.NoError(t, err)
	require.Equal(t, bytes.TrimRight(pack[packStart:], "\x00"), bytes.TrimRight(left[packStart:], "\x00"))
}

// sealBlocks gives the blocks whose bit is set the checksum of a header.
func sealBlocks(content []byte, sealed uint64, s salt) []byte {
	for i := 0; i*blockSize+recordHeaderLen <= len(content); i++ {
		if sealed>>i&1 == 0 {
			continue
		}
		h := content[i*blockSize : i*blockSize+recordHeaderLen]
		sum := headerSum(h[:recordHeaderLen-4], s, int64(packStart+i*blockSize))
		h[recordHeaderLen-4], h[recordHeaderLen-3], h[recordHeaderLen-2], h[recordHeaderLen-1] =
			byte(sum), byte(sum>>8), byte(sum>>16), byte(sum>>24)
	}
	return content
}
