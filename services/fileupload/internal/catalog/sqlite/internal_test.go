package sqlite

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

func testCatalog(t *testing.T) *Catalog {
	t.Helper()
	catalog, err := Open(t.Context(), filepath.Join(t.TempDir(), "catalog.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, catalog.Close()) })
	return catalog
}

func TestConnectionsAreSetUp(t *testing.T) {
	catalog := testCatalog(t)
	for _, test := range []struct {
		pool         *sql.DB
		pragma, want string
	}{
		{catalog.writer, "journal_mode", "wal"},
		{catalog.writer, "synchronous", "2"},
		{catalog.writer, "busy_timeout", "10000"},
		{catalog.writer, "journal_size_limit", "67108864"},
		{catalog.writer, "temp_store", "2"},
		{catalog.reader, "journal_mode", "wal"},
		{catalog.reader, "query_only", "1"},
		{catalog.reader, "busy_timeout", "10000"},
	} {
		var got string
		require.NoError(t, test.pool.QueryRowContext(t.Context(), "PRAGMA "+test.pragma).Scan(&got))
		require.Equal(t, test.want, got, test.pragma)
	}
}

// No statement reads a whole table, and pages come out of an index in their
// order, except that hits by prefix are ordered among themselves.
func TestStatementsUseIndexes(t *testing.T) {
	catalog := testCatalog(t)
	sorting := map[string]bool{listFilesNamed: true}
	for _, b := range catalog.statements.bindings(nil, nil) {
		for _, step := range planOf(t, catalog.reader, b.text) {
			require.False(t, scansTable(step), "%s\n%s", b.text, step)
			if !sorting[b.text] {
				require.NotContains(t, step, "TEMP B-TREE", b.text)
			}
		}
	}
}

func scansTable(step string) bool {
	return strings.HasPrefix(step, "SCAN uploads") || strings.HasPrefix(step, "SCAN files")
}

func planOf(t *testing.T, db *sql.DB, text string) []string {
	t.Helper()
	args := make([]any, 25)
	for i := range args {
		args[i] = "1"
	}
	rows, err := db.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+text, args...)
	require.NoError(t, err)
	defer func() { require.NoError(t, rows.Close()) }()
	var steps []string
	for rows.Next() {
		var id, parent, unused int
		var step string
		require.NoError(t, rows.Scan(&id, &parent, &unused, &step))
		steps = append(steps, step)
	}
	require.NoError(t, rows.Err())
	return steps
}

func TestANewerSchemaIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	catalog, err := Open(t.Context(), path)
	require.NoError(t, err)
	_, err = catalog.writer.ExecContext(t.Context(),
		"INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)")
	require.NoError(t, err)
	require.NoError(t, catalog.Close())

	_, err = Open(t.Context(), path)
	require.ErrorContains(t, err, "use the newer program")
}

// A status that stands for a moment only, and a receipt without a file, are
// refused by the schema itself.
func TestSchemaRefusesWhatCannotBe(t *testing.T) {
	catalog := testCatalog(t)
	receipt := &core.Receipt{}
	for name, upload := range map[string]core.Upload{
		"a passing status":             {Status: core.Verifying},
		"a receipt of an unfinished":   {Status: core.Receiving, Receipt: receipt},
		"a finished without receipt":   {Status: core.Available},
		"a quarantined without one":    {Status: core.Quarantined},
		"an aborted with its receipt":  {Status: core.Aborted, Receipt: receipt},
		"a tombstone with its receipt": {Status: core.Deleted, Receipt: receipt},
		"a tombstone that reserves":    {Status: core.Expired, Reserved: 1},
	} {
		upload.CreatedAt, upload.UpdatedAt = time.Now(), time.Now()
		err := catalog.CreateUpload(t.Context(), upload, core.Quota{})
		require.ErrorContains(t, err, "CHECK constraint failed", name)
	}
	for name, file := range map[string]core.File{
		"no status":                          {},
		"an available one with a quarantine": {Status: core.FileAvailable, Quarantine: "because"},
	} {
		completion := core.Completion{Upload: core.Upload{Status: core.Available, Receipt: receipt}, File: file, Own: true}
		completion.Upload.CreatedAt, completion.Upload.UpdatedAt = time.Now(), time.Now()
		completion.File.CreatedAt, completion.File.UpdatedAt = time.Now(), time.Now()
		_, err := catalog.CompleteUpload(t.Context(), completion)
		require.ErrorContains(t, err, "CHECK constraint failed", name)
	}
}
