package disk

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// A pipe cannot be synced or written at an offset, which makes real failures
// of both.
func pipe(t *testing.T) *os.File {
	t.Helper()
	r, w, err := os.Pipe()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Close()); require.NoError(t, w.Close()) })
	return w
}

func testStore(t testing.TB) *Store {
	t.Helper()
	store, err := Open(t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return store
}

func testPart(t *testing.T, store *Store, id string) *part {
	t.Helper()
	p, err := store.Create(t.Context(), id)
	require.NoError(t, err)
	return p.(*part)
}

func TestNoSyncSucceedsAfterAFailedOne(t *testing.T) {
	store := testStore(t)
	p := testPart(t, store, "a")
	require.NoError(t, p.Append([][]byte{[]byte("synced")}))
	require.NoError(t, p.Sync())
	require.NoError(t, p.Append([][]byte{[]byte(" lost")}))

	working := p.file
	p.file = pipe(t)
	failure := p.Sync()
	require.Error(t, failure)
	p.file = working
	require.Equal(t, failure, p.Sync(), "the disk works again, the bytes may be lost all the same")
	require.NoError(t, p.Close())

	resumed, err := store.Resume(t.Context(), "a", int64(len("synced")), nil)
	require.NoError(t, err)
	require.NoError(t, resumed.Append([][]byte{[]byte(" again")}))
	require.NoError(t, resumed.Sync())
	b := make([]byte, len("synced again"))
	_, err = resumed.ReadAt(b, 0)
	require.NoError(t, err)
	require.Equal(t, "synced again", string(b))
	require.NoError(t, resumed.Close())
}

func TestAPartIsNotSyncedWithoutItsFolder(t *testing.T) {
	store := testStore(t)
	p := testPart(t, store, "a")
	require.NoError(t, store.root.Rename(partsFolder, "elsewhere"))
	require.Error(t, p.Sync())
	require.NoError(t, p.Close())
}

func TestAFailedAppendMovesNothing(t *testing.T) {
	p := testPart(t, testStore(t), "a")
	require.NoError(t, p.Append([][]byte{[]byte("one")}))
	working := p.file
	p.file = pipe(t)
	err := p.Append([][]byte{[]byte("two")})
	require.Error(t, err)
	require.NotErrorIs(t, err, core.ErrNoSpace)
	p.file = working
	require.NoError(t, p.Append([][]byte{[]byte("three")}))
	b := make([]byte, 8)
	_, err = p.ReadAt(b, 0)
	require.NoError(t, err)
	require.Equal(t, "onethree", string(b))
	require.NoError(t, p.Close())
}
