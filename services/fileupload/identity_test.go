package fileupload

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func TestFolderAndCatalogBelongTogether(t *testing.T) {
	const (
		catalogGone = "the catalog does not belong to this store: it is new"
		idGone      = "and there is no STORE_ID"
		differ      = "the catalog does not belong to this store: it is of the store"
	)
	for name, test := range map[string]struct {
		prepare func(t *testing.T, d *data)
		change  func(t *testing.T, dir string)
		want    string
	}{
		"as it was":                            {putOne, nothing, ""},
		"a new folder that crashed on its way": {putNone, removeCatalog, ""},
		"an empty folder whose id is gone":     {putNone, removeID, ""},
		"an empty folder where both are gone":  {putNone, removeBoth, ""},
		"a blob whose catalog is gone":         {putOne, removeCatalog, catalogGone},
		"a part whose catalog is gone":         {putPart, removeCatalog, catalogGone},
		"content where both are gone":          {putOne, removeBoth, catalogGone},
		"content whose id is gone":             {putOne, removeID, idGone},
		"a catalog whose content is gone":      {putOne, removeContent, idGone},
		"another catalog":                      {putOne, otherCatalog, differ},
		"another catalog of an empty folder":   {putNone, otherCatalog, differ},
		"an id that is damaged":                {putOne, damageID, "STORE_ID is damaged"},
		"a draft of an id that a crash left":   {putOne, leaveDraft, ""},
		"a draft of an id and nothing else":    {putNone, leaveDraftOnly, ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			d := open(t, dir)
			test.prepare(t, d)
			require.NoError(t, d.close())
			test.change(t, dir)

			d, err := openData(t.Context(), inFolder(dir), nil)
			if test.want != "" {
				require.ErrorContains(t, err, test.want)
				return
			}
			require.NoError(t, err)
			require.NoError(t, d.close())
			require.NoError(t, open(t, dir).close(), "and once more")
		})
	}
}

// A refusal has to leave everything as it was, so that restoring the catalog
// brings everything back.
func TestALostCatalogCostsNothing(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir)
	id := acknowledge(t, d, "a")
	require.NoError(t, d.close())
	catalog := filepath.Join(dir, "catalog.db")
	require.NoError(t, os.Rename(catalog, catalog+".saved"))

	cfg := DefaultConfig()
	cfg.DataDir, cfg.Server.Listen, cfg.Server.AdminListen = dir, "127.0.0.1:0", ""
	for range 2 {
		require.ErrorContains(t, Run(t.Context(), cfg), "restore the catalog")
	}
	require.NoError(t, os.Rename(catalog+".saved", catalog))
	d = open(t, dir)
	requireFile(t, d, id)
	require.NoError(t, d.close())
}

func TestTheIdentityIsPrivate(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, open(t, dir).close())
	info, err := os.Stat(filepath.Join(dir, "STORE_ID"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode())
}

func putOne(t *testing.T, d *data)  { t.Helper(); acknowledge(t, d, "a") }
func putNone(*testing.T, *data)     {}
func putPart(t *testing.T, d *data) { t.Helper(); fillPart(t, d, newID(), "part") }

func nothing(*testing.T, string) {}

func removeCatalog(t *testing.T, dir string) {
	t.Helper()
	require.NoError(t, os.Remove(filepath.Join(dir, "catalog.db")))
}

func removeID(t *testing.T, dir string) {
	t.Helper()
	require.NoError(t, os.Remove(filepath.Join(dir, "STORE_ID")))
}

func removeBoth(t *testing.T, dir string) {
	t.Helper()
	removeCatalog(t, dir)
	removeID(t, dir)
}

func removeContent(t *testing.T, dir string) {
	t.Helper()
	removeID(t, dir)
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "blobs")))
}

func otherCatalog(t *testing.T, dir string) {
	t.Helper()
	other := t.TempDir()
	require.NoError(t, open(t, other).close())
	require.NoError(t, os.Rename(filepath.Join(other, "catalog.db"), filepath.Join(dir, "catalog.db")))
}

func damageID(t *testing.T, dir string) {
	t.Helper()
	require.NoError(t, os.Truncate(filepath.Join(dir, "STORE_ID"), 0))
}

func leaveDraft(t *testing.T, dir string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "STORE_ID.new"), []byte("half"), 0o600))
}

func leaveDraftOnly(t *testing.T, dir string) {
	t.Helper()
	removeBoth(t, dir)
	leaveDraft(t, dir)
}

func inFolder(dir string) Config {
	cfg := DefaultConfig()
	cfg.DataDir = dir
	return cfg
}

func open(t *testing.T, dir string) *data {
	t.Helper()
	d, err := openData(t.Context(), inFolder(dir), nil)
	require.NoError(t, err)
	return d
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }
