package logagg_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/seal"
	"github.com/sluice-ingest/sluice/services/logagg"
)

func TestAKeyAloneDoesNotStartAServiceWhoseStoreWouldStayPlain(t *testing.T) {
	cfg := logagg.DefaultConfig()
	cfg.DataDir = t.TempDir()
	cfg.Encryption.Key = filepath.Join(t.TempDir(), "key.json")
	_, err := seal.CreateKeyset(cfg.Encryption.Key)
	require.NoError(t, err)
	err = logagg.Run(t.Context(), cfg)
	require.ErrorContains(t, err, "logs.duckdb would stay plain all the same")
	require.ErrorContains(t, err, "encryption.volume_encrypted")
	require.ErrorContains(t, err, "encryption.duckdb_extension")

	cfg.Encryption.DuckDBExtension = filepath.Join(t.TempDir(), "httpfs.duckdb_extension")
	require.ErrorContains(t, logagg.Run(t.Context(), cfg), "name the file of httpfs")
	require.NoError(t, os.WriteFile(cfg.Encryption.DuckDBExtension, make([]byte, 1<<12), 0o600))
	require.ErrorContains(t, logagg.Run(t.Context(), cfg), "load the DuckDB extension "+cfg.Encryption.DuckDBExtension)
	require.NoFileExists(t, filepath.Join(cfg.DataDir, "logs.duckdb"))
	require.NoDirExists(t, filepath.Join(cfg.DataDir, "journal"))
}
