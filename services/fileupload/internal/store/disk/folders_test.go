package disk_test

import (
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/testkit"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/store/disk"
)

func TestOpenMakesMissingFolders(t *testing.T) {
	outer := t.TempDir()
	openStore(t, filepath.Join(outer, "a", "b", "store"))
	folders := 0
	for _, entry := range walk(t, outer) {
		require.True(t, entry.IsDir())
		require.Equal(t, fs.FileMode(0o700), entry.Mode().Perm(), entry.Name())
		folders++
	}
	require.Equal(t, 3+4+256, folders)
}

func TestOpenRefusesAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	_, err := disk.Open(path)
	require.Error(t, err)
	_, err = disk.Open(filepath.Join(path, "below"))
	require.Error(t, err)
}

func TestFilesArePrivate(t *testing.T) {
	dir := t.TempDir()
	store := openStore(t, dir)
	for _, id := range []string{"part", "blob"} {
		part, err := store.Create(t.Context(), id)
		require.NoError(t, err)
		require.NoError(t, part.Close())
	}
	require.NoError(t, testkit.ErrorOf(store.Publish(t.Context(), "blob")))
	_, err := store.Put(t.Context(), "packed", nil)
	require.NoError(t, err)
	names := fileNames(t, dir)
	require.ElementsMatch(t, []string{"part.part", "blob", "0000000000000001.pack"}, names)
	for _, entry := range walk(t, dir) {
		if !entry.IsDir() {
			require.Equal(t, fs.FileMode(0o600), entry.Mode(), entry.Name())
		}
	}
}

func TestForeignFilesAreLeftAlone(t *testing.T) {
	dir := t.TempDir()
	store := openStore(t, dir)
	foreign := []string{"notes.txt", "parts/README", "parts/Bad.part", "parts/x.part.bak", "blobs/00/.hidden", "blobs/README",
		"lost/README", "lost/20260101T000000Z", "lost/20260101T000000Z.00.Bad", "lost/2026.00.a",
		"packs/README", "packs/1.pack", "packs/0000000000000000.pack", "packs/00000000000000AA.pack"}
	for _, name := range foreign {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("mine"), 0o600))
	}
	for _, ids := range []iter.Seq2[string, error]{store.Parts(t.Context()), store.Blobs(t.Context())} {
		for id, err := range ids {
			require.NoError(t, err)
			require.Fail(t, "not an identifier of the store", id)
		}
	}
	purged, err := store.PurgeSetAside(t.Context(), time.Now())
	require.NoError(t, err)
	require.Zero(t, purged)
	require.Len(t, fileNames(t, dir), len(foreign))
}

// walk returns everything below dir.
func walk(t testing.TB, dir string) []fs.FileInfo {
	t.Helper()
	var found []fs.FileInfo
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		info, err := entry.Info()
		found = append(found, info)
		return err
	})
	require.NoError(t, err)
	return found
}

func fileNames(t testing.TB, dir string) []string {
	t.Helper()
	var names []string
	for _, info := range walk(t, dir) {
		if !info.IsDir() {
			names = append(names, info.Name())
		}
	}
	slices.Sort(names)
	return names
}
