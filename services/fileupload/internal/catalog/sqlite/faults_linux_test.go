package sqlite_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/testkit"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/catalog/sqlite"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// A full disk refuses changes, keeps what was committed, goes on being read,
// and takes changes again once there is room.
func TestFullDisk(t *testing.T) {
	dir := testkit.SmallDisk(t, 4<<20)
	ballast := filepath.Join(dir, "ballast")
	require.NoError(t, os.WriteFile(ballast, make([]byte, 1<<20), 0o600))
	catalog := openCatalog(t, filepath.Join(dir, "catalog.db"))

	var committed []string
	refused := fillUp(t, catalog, &committed)
	require.NotEmpty(t, committed)
	for range 5 {
		again := fillUp(t, catalog, &committed)
		require.NotEqual(t, refused, again)
		requireNothing(t, catalog, again)
	}
	requireNothing(t, catalog, refused)
	for _, id := range committed {
		requireWhole(t, catalog, id)
	}

	require.NoError(t, os.Remove(ballast))
	_, err := catalog.CompleteUpload(t.Context(), finished(refused))
	require.NoError(t, err)
	requireWhole(t, catalog, refused)
}

// A commit of many that finds no room is tried again one by one.
func TestFullDiskWithManyAtOnce(t *testing.T) {
	dir := testkit.SmallDisk(t, 4<<20)
	ballast := filepath.Join(dir, "ballast")
	require.NoError(t, os.WriteFile(ballast, make([]byte, 1<<20), 0o600))
	catalog := openCatalog(t, filepath.Join(dir, "catalog.db"))
	committed, refused := make([][]string, 16), make([]string, 16)
	var all sync.WaitGroup
	for i := range committed {
		all.Go(func() { refused[i] = fillUp(t, catalog, &committed[i]) })
	}
	all.Wait()
	require.NoError(t, os.Remove(ballast))
	_, err := catalog.CompleteUpload(t.Context(), finished("later"))
	require.NoError(t, err)
	for i := range committed {
		requireNothing(t, catalog, refused[i])
		for _, id := range committed[i] {
			requireWhole(t, catalog, id)
		}
	}
	require.NotEmpty(t, slices.Concat(committed...))
}

// fillUp completes uploads until one is refused, which it returns.
func fillUp(t *testing.T, catalog core.Catalog, committed *[]string) string {
	t.Helper()
	for {
		id := uuid.NewString()
		completion := finished(id)
		completion.Upload.Metadata = map[string]string{"bulk": strings.Repeat("x", 10_000)}
		_, err := catalog.CompleteUpload(t.Context(), completion)
		if err != nil {
			require.ErrorIs(t, err, core.ErrNoSpace)
			return id
		}
		*committed = append(*committed, id)
	}
}

func requireNothing(t *testing.T, catalog core.Catalog, id string) {
	t.Helper()
	_, err := catalog.FindFile(t.Context(), "acme", id)
	require.ErrorIs(t, err, core.ErrNotFound)
	_, err = catalog.FindUpload(t.Context(), core.UploadKey{Tenant: "acme", Subject: "ann", UploadID: id})
	require.ErrorIs(t, err, core.ErrNotFound)
}

// The first commit to a new catalog, and each later one, is there after the
// power was cut at once.
func TestPowerCut(t *testing.T) {
	ext4 := testkit.NewExt4(t, 64)
	path := filepath.Join(ext4.Data(), "catalog.db")
	for round := range 5 {
		catalog, err := sqlite.Open(t.Context(), path)
		require.NoError(t, err)
		_, err = catalog.CompleteUpload(t.Context(), finished(fmt.Sprint(round)))
		require.NoError(t, err)
		ext4.PowerCut()
		_ = catalog.Close() // It cannot write any more.
		ext4.Remount()

		catalog, err = sqlite.Open(t.Context(), path)
		require.NoError(t, err)
		for earlier := range round + 1 {
			requireWhole(t, catalog, fmt.Sprint(earlier))
		}
		require.NoError(t, catalog.Close())
	}
}
