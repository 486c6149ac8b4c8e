package disk_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/store/disk"
)

func openReadOnly(t *testing.T, dir string) *disk.ReadOnly {
	t.Helper()
	store, err := disk.OpenReadOnly(dir)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return store
}

// contents has every file below dir, and the moments at which the folders changed.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			info, err := entry.Info()
			found[path] = info.ModTime().String()
			return err
		}
		content, err := os.ReadFile(path)
		found[path] = string(content)
		return err
	}))
	return found
}

// Whoever looks at a folder after a crash finds all, and leaves it for the service.
func TestAReadOnlyStoreChangesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	runAndKill(t, dir, 40)
	writing, err := disk.Open(dir)
	require.NoError(t, err)
	leavePart(t, writing, "part", []byte("part"))
	leaveBlob(t, writing, "blob", []byte("blob"))
	want := blobsOf(t, writing)
	require.NoError(t, writing.Close())
	runAndKill(t, dir, 1)
	before := contents(t, dir)

	store := openReadOnly(t, dir)
	require.Subset(t, blobsOf(t, store), want)
	findBlobAt(t, store, "blob", "blob")
	var parts []string
	for id, err := range store.Parts(t.Context()) {
		require.NoError(t, err)
		parts = append(parts, id)
	}
	require.Equal(t, []string{"part"}, parts)
	ctx := t.Context()
	_, put := store.Put(ctx, "new", [][]byte{[]byte("x")})
	_, create := store.Create(ctx, "new")
	_, resume := store.Resume(ctx, "part", 1, nil)
	_, publish := store.Publish(ctx, "part")
	_, setAside := store.SetAside(ctx, "blob")
	_, purge := store.PurgeSetAside(ctx, time.Now())
	for _, err := range []error{
		put, create, resume, publish, setAside, purge,
		store.Discard(ctx, "blob"), store.DiscardPart(ctx, "part"),
	} {
		require.ErrorIs(t, err, disk.ErrReadOnly)
	}
	require.Equal(t, before, contents(t, dir))
}

func findBlobAt(t *testing.T, store *disk.ReadOnly, id, want string) {
	t.Helper()
	blob, err := store.Open(t.Context(), id)
	require.NoError(t, err)
	require.EqualValues(t, len(want), blob.Size())
	requireContent(t, blob, []byte(want))
	require.NoError(t, blob.Close())
}

// An older version made fewer folders.
func TestAReadOnlyStoreMakesNoFolders(t *testing.T) {
	dir := t.TempDir()
	store := openReadOnly(t, dir)
	require.Empty(t, blobsOf(t, store))
	for range store.Parts(t.Context()) {
		require.Fail(t, "there is no part")
	}
	require.Empty(t, walk(t, dir))
	_, err := disk.OpenReadOnly(filepath.Join(dir, "missing"))
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.Empty(t, walk(t, dir))
}
