package duckdb_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/duckdb"
)

// The crypto of the extension can't be had here; DuckDB's own, which it warns
// of, goes the same way.
const key = "c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IHNlYw=="

func TestAnEncryptedStoreIsAStoreLikeAnother(t *testing.T) {
	dir := t.TempDir()
	options := duckdb.Options{Encryption: duckdb.WeakEncryption(key), MemoryLimit: 32 << 20}
	db := openRows(t, dir, options)
	load(t, db, 0, 1_000_000)
	count, err := number(t.Context(), db, sorting)
	require.NoError(t, err)
	require.EqualValues(t, 1_000_000, count, "what does not fit into the memory is spilled")
	requireEncrypted(t, dir)
	require.NoError(t, db.Checkpoint(t.Context()))
	load(t, db, 1_000_000, 10)
	requireEncrypted(t, dir)
	require.NoError(t, db.Close())
	requireEncrypted(t, dir)

	db = openRows(t, dir, options)
	require.EqualValues(t, 1_000_010, requireWhole(t, db))
	for _, statement := range []string{
		"COPY meta TO '/tmp/meta.csv'", "ATTACH '/tmp/other.db'", "LOAD httpfs", "SET temp_file_encryption = false",
		"SET enable_external_access = true", "SET force_mbedtls_unsafe = 'true'",
	} {
		require.Error(t, db.OnWriter(t.Context(), statement), statement)
	}
	require.NoError(t, db.OnWriter(t.Context(),
		"SELECT CASE WHEN current_setting('temp_file_encryption') THEN 1 ELSE error('spilled plain') END"))
	require.NoError(t, db.Close())
}

// requireEncrypted checks that no text of a row is in any file. DuckDB does not
// compress what is in its log, and the first rows of a segment are in its
// dictionary.
func requireEncrypted(t *testing.T, dir string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		require.NoError(t, err)
		if entry.IsDir() {
			return nil
		}
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		require.NotContains(t, string(content), "wordword", path)
		require.NotContains(t, string(content), key, path)
		return nil
	}))
}

func TestAPlainStoreHasItsTextInItsFiles(t *testing.T) {
	dir := t.TempDir()
	db := openRows(t, dir, duckdb.Options{})
	load(t, db, 0, 100)
	log, err := os.ReadFile(filepath.Join(dir, "rows.db.wal"))
	require.NoError(t, err)
	require.Contains(t, string(log), "wordword", "so that its absence says something")
	require.NoError(t, db.Close())
}

func TestAnotherKeyOpensNothing(t *testing.T) {
	dir := t.TempDir()
	db := openRows(t, dir, duckdb.Options{Encryption: duckdb.WeakEncryption(key)})
	load(t, db, 0, 10)
	require.NoError(t, db.Close())
	path := filepath.Join(dir, "rows.db")
	was, err := os.ReadFile(path)
	require.NoError(t, err)
	other := strings.ToUpper(key)
	for _, options := range []duckdb.Options{{Encryption: duckdb.WeakEncryption(other)}, {}} {
		_, err = duckdb.Open(t.Context(), path, rowsSchema, options)
		require.ErrorContains(t, err, path)
		require.NotContains(t, err.Error(), other)
	}
	is, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, was, is)
}

func TestAnExtensionThatCannotBeLoadedLeavesNothingPlain(t *testing.T) {
	folder := t.TempDir()
	garbage := filepath.Join(folder, "it's garbage.duckdb_extension")
	require.NoError(t, os.WriteFile(garbage, make([]byte, 4<<10), 0o600))
	for name, test := range map[string]struct{ extension, want string }{
		"missing":  {filepath.Join(folder, "missing.duckdb_extension"), "name the file of httpfs"},
		"a folder": {folder, "name the file of httpfs"},
		"garbage":  {garbage, "load the DuckDB extension " + garbage},
		"none":     {"", "name the file of httpfs"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			_, err := duckdb.Open(t.Context(), filepath.Join(dir, "rows.db"), rowsSchema,
				duckdb.Options{Encryption: &duckdb.Encryption{Key: key, Extension: test.extension}})
			require.ErrorContains(t, err, test.want)
			require.NotContains(t, err.Error(), key)
			entries, err := os.ReadDir(dir)
			require.NoError(t, err)
			require.Empty(t, entries)
		})
	}
}

// DuckDB refuses to write with the crypto that it warns of.
func TestWithoutTheExtensionsCryptoNothingIsWritten(t *testing.T) {
	dir := t.TempDir()
	_, err := duckdb.Open(t.Context(), filepath.Join(dir, "rows.db"), rowsSchema,
		duckdb.Options{Encryption: duckdb.WithoutCrypto(key)})
	require.ErrorContains(t, err, "open it encrypted")
	require.NotContains(t, err.Error(), key)
	content, err := os.ReadFile(filepath.Join(dir, "rows.db"))
	require.True(t, os.IsNotExist(err) || len(content) == 0, "%d bytes: %v", len(content), err)
}
