package sqlite

import (
	"database/sql"
	"io/fs"
	"path/filepath"
	"testing"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// firstSchema makes a catalog of the first schema.
func firstSchema(t *testing.T, path string) *sql.DB {
	t.Helper()
	require.NoError(t, makeFile(path))
	db, err := openPool(path, writerParameters, 1)
	require.NoError(t, err)
	files, err := fs.Sub(migrations, "migrations")
	require.NoError(t, err)
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, files, goose.WithDisableGlobalRegistry(true))
	require.NoError(t, err)
	_, err = provider.UpTo(t.Context(), 1)
	require.NoError(t, err)
	return db
}

func TestAnOlderCatalogIsBroughtUpToDate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	db := firstSchema(t, path)
	for _, upload := range [][5]any{
		{"declared", 1000, "receiving", 10, nil},
		{"open", -1, "receiving", 500, nil},
		{"aborted", 70, "aborted", 0, nil},
		{"done", 30, "available", 30, "{}"},
	} {
		_, err := db.ExecContext(t.Context(), `INSERT INTO uploads VALUES
			('acme', 'ann', ?1, '', ?2, '', '', NULL, ?1, ?3, ?4, NULL, 0, 1, ?5, 0, 0, NULL)`, upload[:]...)
		require.NoError(t, err)
	}
	_, err := db.ExecContext(t.Context(), `INSERT INTO files VALUES
		('done', 'acme', 'ann', '', 30, '', '', NULL, 0, 0, NULL), ('x', 'beta', 'ann', '', 5, '', '', NULL, 0, 0, NULL)`)
	require.NoError(t, err)
	require.NoError(t, db.Close())

	catalog, err := Open(t.Context(), path)
	require.NoError(t, err)
	defer func() { require.NoError(t, catalog.Close()) }()
	for tenant, want := range map[string]core.Usage{
		"acme": {Bytes: 30, Files: 1, ReservedBytes: 1500, ReservedFiles: 2},
		"beta": {Bytes: 5, Files: 1},
	} {
		got, err := catalog.Usage(t.Context(), tenant)
		require.NoError(t, err)
		require.Equal(t, want, got, tenant)
	}
	upload, err := catalog.FindUpload(t.Context(), core.UploadKey{Tenant: "acme", Subject: "ann", UploadID: "open"})
	require.NoError(t, err)
	require.EqualValues(t, 500, upload.Reserved)
	file, err := catalog.FindFile(t.Context(), "acme", "done")
	require.NoError(t, err)
	require.Equal(t, "done", file.BlobID)
	require.Equal(t, core.FileAvailable, file.Status)
	contents, err := catalog.LeastVerified(t.Context(), time.UnixMicro(1), 10)
	require.NoError(t, err)
	require.Len(t, contents, 2)
	orphan, err := catalog.DeleteFile(t.Context(), "acme", "done", core.FileAvailable, core.End{At: time.Now()})
	require.NoError(t, err)
	require.Equal(t, "done", orphan)
	got, err := catalog.Usage(t.Context(), "acme")
	require.NoError(t, err)
	require.Equal(t, core.Usage{ReservedBytes: 1500, ReservedFiles: 2}, got)
}
