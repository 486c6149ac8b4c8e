package disk

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// flip alters a byte of a pack.
func flip(t *testing.T, store *Store, number uint64, at int64) {
	t.Helper()
	file, err := store.root.OpenFile(packName(number), os.O_RDWR, 0)
	require.NoError(t, err)
	var b [1]byte
	_, err = file.ReadAt(b[:], at)
	require.NoError(t, err)
	b[0] ^= 0x10
	_, err = file.WriteAt(b[:], at)
	require.NoError(t, err)
	require.NoError(t, file.Close())
}

func TestAnAlteredByteOfARecordIsFound(t *testing.T) {
	store, p := testPacker(t)
	content := string(randomContent(5000))
	ids := mustServe(t, p, "before", content, "behind")
	_, at, _ := packedAt(ids[1])
	for i := range int64(recordHeaderLen + 5000) {
		flip(t, store, at.pack, at.offset+i)
		_, err := store.Open(t.Context(), ids[1])
		require.ErrorIs(t, err, core.ErrDamaged, "byte %d", i)
		flip(t, store, at.pack, at.offset+i)
	}
	requirePacked(t, store, ids[1], content)
}

func TestADamagedRecordHarmsNoOther(t *testing.T) {
	for _, header := range []bool{true, false} {
		store, p := testPacker(t)
		ids := mustServe(t, p, "before", string(randomContent(9000)), "behind")
		_, at, _ := packedAt(ids[1])
		want := ids
		if header {
			flip(t, store, at.pack, at.offset)
			want = []string{ids[0], ids[2]}
		} else {
			flip(t, store, at.pack, at.offset+8000)
		}
		require.ElementsMatch(t, want, blobsIn(t, store))
		requirePacked(t, store, ids[0], "before")
		requirePacked(t, store, ids[2], "behind")

		require.NoError(t, store.Discard(t.Context(), ids[1]))
		_, err := store.Open(t.Context(), ids[1])
		require.ErrorIs(t, err, core.ErrNotFound)
		for _, id := range []string{ids[0], ids[2]} {
			require.NoError(t, store.Discard(t.Context(), id))
		}
		require.NoError(t, p.endPack())
		_, err = store.root.Stat(packName(at.pack))
		require.ErrorIs(t, err, os.ErrNotExist, "all its room was given back")
	}
}

func TestADamagedRecordCanBeSetAside(t *testing.T) {
	store, p := testPacker(t)
	content := strings.Repeat("content", 1000)
	ids := mustServe(t, p, content, content)
	for i, place := range []int64{0, 1000} {
		_, at, _ := packedAt(ids[i])
		flip(t, store, at.pack, at.offset+place)
		moved, err := store.SetAside(t.Context(), ids[i])
		require.NoError(t, err)
		require.True(t, moved)
	}
	lost, err := filepath.Glob(filepath.Join(store.root.Name(), "lost", "*"))
	require.NoError(t, err)
	require.Len(t, lost, 2)
	for _, path := range lost {
		left, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Contains(t, string(left), "contentcontent", "what is left of it")
	}
}

// One header of a pack is enough, and a pack without any harms nothing else.
func TestADamagedPackHarmsNoOther(t *testing.T) {
	store, p := testPacker(t)
	ids := mustServe(t, p, "content")
	require.NoError(t, p.endPack())
	other := mustServe(t, p, "other")
	_, at, _ := packedAt(ids[0])
	flip(t, store, at.pack, 20)
	requirePacked(t, store, ids[0], "content")
	flip(t, store, at.pack, blockSize+20)
	_, err := store.Open(t.Context(), ids[0])
	require.ErrorIs(t, err, core.ErrDamaged)
	require.ErrorIs(t, store.Discard(t.Context(), ids[0]), core.ErrDamaged)
	require.Equal(t, other, blobsIn(t, store))
}

// The bytes of a whole pack, sent as a file, are no records.
func TestContentCannotPassForARecord(t *testing.T) {
	store, p := testPacker(t)
	ids := mustServe(t, p, "secret")
	_, at, _ := packedAt(ids[0])
	pack, err := store.root.ReadFile(packName(at.pack))
	require.NoError(t, err)
	forged := string(pack[:at.offset+blockSize])
	// At the same offset of another pack, and with its header and its salt damaged.
	require.NoError(t, p.endPack())
	copies := mustServe(t, p, forged, strings.Repeat("x", blockSize-recordHeaderLen)+forged)
	for _, id := range copies {
		_, at, _ := packedAt(id)
		flip(t, store, at.pack, at.offset)
	}
	require.Equal(t, ids, blobsIn(t, store))
}

// An identifier names one place in one way, and nothing but its own record.
func TestAnIdentifierFindsItsOwnRecordOnly(t *testing.T) {
	store, p := testPacker(t)
	ids := mustServe(t, p, strings.Repeat("x", 9000), "other")
	_, at, _ := packedAt(ids[0])
	for id, want := range map[string]error{
		at.blobID("stranger"): core.ErrNotFound,
		location{at.pack, at.offset + blockSize}.blobID("id-0"): core.ErrDamaged,
		location{at.pack, at.offset + 1}.blobID("id-0"):         core.ErrNotFound,
		location{at.pack, 0}.blobID("id-0"):                     core.ErrNotFound,
		location{at.pack, 1 << 62}.blobID("id-0"):               core.ErrNotFound,
		location{at.pack + 1, at.offset}.blobID("id-0"):         core.ErrNotFound,
		strings.Replace(ids[0], "-p", "-p0", 1):                 core.ErrNotFound,
		"id-0":                                                  core.ErrNotFound,
	} {
		_, err := store.Open(t.Context(), id)
		require.ErrorIs(t, err, want, id)
	}
	requirePacked(t, store, ids[0], strings.Repeat("x", 9000))
	requirePacked(t, store, ids[1], "other")
}
