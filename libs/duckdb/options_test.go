package duckdb_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/duckdb"
)

// Statements can't reach other files, load code, or change the settings.
func TestTheDatabaseIsLockedUp(t *testing.T) {
	db := closing(t, t.TempDir(), duckdb.Options{})
	for _, statement := range []string{
		"COPY meta TO '/tmp/meta.csv'", "SELECT * FROM read_text('/etc/hostname')", "ATTACH '/tmp/other.db'",
		"INSTALL httpfs", "LOAD httpfs", "SET memory_limit = '1TiB'", "SET enable_external_access = true",
	} {
		require.Error(t, db.OnWriter(t.Context(), statement), statement)
	}
	require.NoError(t, db.OnWriter(t.Context(), "SELECT 1"))
}

func TestSettingsAreMade(t *testing.T) {
	dir := t.TempDir()
	db := closing(t, dir, duckdb.Options{MemoryLimit: 64 << 20, SpillLimit: 32 << 20, Threads: 3})
	for name, want := range map[string]string{
		"memory_limit": "64.0 MiB", "max_temp_directory_size": "32.0 MiB", "threads": "3",
		"temp_directory":       filepath.Join(dir, "rows.db.spill"),
		"checkpoint_threshold": "1.0 TiB", "lock_configuration": "true",
	} {
		require.NoError(t, db.OnWriter(t.Context(), fmt.Sprintf(
			"SELECT CASE WHEN current_setting('%s')::VARCHAR = '%s' THEN 1 ELSE error('it is ' || current_setting('%[1]s')) END",
			name, want)), name)
	}
}
