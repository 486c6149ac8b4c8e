package journaled

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/seal"
)

func TestEncryptionClaimsNothingThatItDoesNotDo(t *testing.T) {
	for want, e := range map[string]Encryption{
		"": {},
		"points.duckdb would stay plain all the same": {Config: seal.Config{Key: "k"}},
		"duckdb_extension needs encryption.key":       {DuckDBExtension: "httpfs"},
		"encryption.key names no file":                {Config: seal.Config{Key: "file:"}, VolumeEncrypted: true},
	} {
		err := e.Validate("points.duckdb")
		if want == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, want)
	}
	require.NoError(t, Encryption{VolumeEncrypted: true}.Validate("points.duckdb"))
	require.NoError(t, Encryption{Config: seal.Config{Key: "k"}, VolumeEncrypted: true}.Validate("points.duckdb"))
	require.NoError(t, Encryption{Config: seal.Config{Key: "k"}, DuckDBExtension: "httpfs"}.Validate("points.duckdb"))
}

// keyset makes the file of an outer key.
func keyset(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key.json")
	_, err := seal.CreateKeyset(path)
	require.NoError(t, err)
	return path
}

func TestTheJournalIsSealedWithTheKey(t *testing.T) {
	f := newFixture(t)
	f.open(t)
	f.data.Producers.Release(f.bring(t))
	require.NoError(t, f.data.Close())
	require.Contains(t, f.everything(), "nothing is encrypted at rest: the journal and points.duckdb are stored plain; see encryption.key")

	key := keyset(t)
	f.folder.Encryption = Encryption{Config: seal.Config{Key: key}, VolumeEncrypted: true}
	f.metrics, f.work.Metrics = newFixture(t).metrics, newFixture(t).metrics
	f.open(t)
	f.data.Producers.Release(f.bring(t))
	require.NoError(t, f.data.Close())
	said := f.told.FilterMessage("encryption at rest").All()
	require.Len(t, said, 1)
	require.Equal(t, map[string]any{
		"journal": "new records by Sluice; 1 records from before there was a key stay plain until they are trimmed",
		"store":   "points.duckdb not by Sluice or DuckDB; by the volume, as encryption.volume_encrypted states",
	}, said[0].ContextMap())
	report, err := journal.Inspect(filepath.Join(f.folder.Dir, "journal"), nil)
	require.NoError(t, err)
	require.EqualValues(t, 2, report.Records)
	require.EqualValues(t, 1, report.SealedRecords)

	f.folder.Encryption.Key = keyset(t)
	_, err = f.tryOpen(t)
	require.ErrorIs(t, err, seal.ErrWrongKey)
	f.folder.Encryption = Encryption{}
	_, err = f.tryOpen(t)
	require.ErrorIs(t, err, journal.ErrSealed)
}

// everything the log was told.
func (f *fixture) everything() []string {
	var messages []string
	for _, entry := range f.told.All() {
		messages = append(messages, entry.Message)
	}
	return messages
}

// openWith opens the folder and returns the key that the store is given.
func (f *fixture) openWith(t *testing.T, e Encryption) (given StoreKey, err error) {
	t.Helper()
	f.folder.Encryption, f.folder.Quota = e, newQuota()
	data, err := Open(t.Context(), f.folder, func(_ context.Context, path string, key StoreKey) (*memory, error) {
		given = key
		return f.store, os.WriteFile(path, nil, 0o600)
	})
	if err == nil {
		require.NoError(t, data.Close())
	}
	return given, err
}

func TestAStoreKeepsItsKeyUnderTheOuterOne(t *testing.T) {
	f := newFixture(t)
	key := keyset(t)
	e := Encryption{Config: seal.Config{Key: key}, DuckDBExtension: "/httpfs"}
	first, err := f.openWith(t, e)
	require.NoError(t, err)
	require.Len(t, first.Secret, 44)
	require.Equal(t, "/httpfs", first.Extension)
	path := filepath.Join(f.folder.Dir, "points.duckdb.key")
	before, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NotContains(t, string(before), first.Secret)
	require.NotContains(t, f.everything(), first.Secret)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode())
	again, err := f.openWith(t, e)
	require.NoError(t, err)
	require.Equal(t, first, again)

	// A start after a rotation frees the old key.
	old, err := seal.ShowKeyset(key)
	require.NoError(t, err)
	_, err = seal.RotateKeyset(key)
	require.NoError(t, err)
	_, err = f.openWith(t, e)
	require.NoError(t, err)
	require.NoError(t, seal.DropKey(key, old[0].ID))
	again, err = f.openWith(t, e)
	require.NoError(t, err)
	require.Equal(t, first, again)

	_, err = f.openWith(t, Encryption{Config: seal.Config{Key: keyset(t)}, DuckDBExtension: "/httpfs"})
	require.ErrorIs(t, err, seal.ErrWrongKey)
	_, err = f.openWith(t, Encryption{})
	require.ErrorContains(t, err, "points.duckdb is encrypted, as points.duckdb.key tells")

	content, err := os.ReadFile(path)
	require.NoError(t, err)
	for i := range len(content) - 1 {
		spoilt := append([]byte(nil), content...)
		spoilt[i] ^= 1
		require.NoError(t, os.WriteFile(path, spoilt, 0o600))
		_, err = f.openWith(t, e)
		require.ErrorContains(t, err, "restore", "byte %d", i)
	}
}

func TestAPlainStoreIsNotCalledEncrypted(t *testing.T) {
	f := newFixture(t)
	_, err := f.openWith(t, Encryption{})
	require.NoError(t, err)
	_, err = f.openWith(t, Encryption{Config: seal.Config{Key: keyset(t)}, DuckDBExtension: "/httpfs"})
	require.ErrorContains(t, err, "points.duckdb was made plain, and DuckDB does not encrypt a file that is there")
	require.NoFileExists(t, filepath.Join(f.folder.Dir, "points.duckdb.key"))
}
