package duckdb

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/collector/internal/store/duckdb/internal/engine"
)

func testStore(t *testing.T, path string) *Store {
	t.Helper()
	store, err := Open(t.Context(), path, Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return store
}

// onWriter runs a statement as nothing in the package would.
func (s *Store) onWriter(t *testing.T, statement string) error {
	t.Helper()
	return s.change(t.Context(), "test", func(ctx context.Context, conn *engine.Conn) error {
		_, err := conn.Exec(ctx, statement)
		return err
	})
}

func TestANewerSchemaIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "points.db")
	store := testStore(t, path)
	require.NoError(t, store.onWriter(t, "UPDATE meta SET version = 99"))
	require.NoError(t, store.Close())
	_, err := Open(t.Context(), path, Options{})
	require.ErrorContains(t, err, "use the newer program")
}

func TestAnotherProgramsDatabaseIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "points.db")
	db, err := engine.Open(path, nil)
	require.NoError(t, err)
	conn, err := db.Connect()
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), "CREATE TABLE things (id INTEGER)")
	require.NoError(t, err)
	conn.Close()
	db.Close()
	_, err = Open(t.Context(), path, Options{})
	require.ErrorContains(t, err, "another program")
}

// Statements can't reach other files, load code, or change the settings.
func TestTheDatabaseIsLockedUp(t *testing.T) {
	store := testStore(t, filepath.Join(t.TempDir(), "points.db"))
	for _, statement := range []string{
		"COPY meta TO '/tmp/meta.csv'", "SELECT * FROM read_text('/etc/hostname')", "ATTACH '/tmp/other.db'",
		"INSTALL httpfs", "LOAD httpfs", "SET memory_limit = '1TiB'", "SET enable_external_access = true",
	} {
		require.Error(t, store.onWriter(t, statement), statement)
	}
	require.NoError(t, store.onWriter(t, "SELECT 1"))
}

func TestSettingsAreMade(t *testing.T) {
	path := filepath.Join(t.TempDir(), "points.db")
	store, err := Open(t.Context(), path, Options{MemoryLimit: 64 << 20, SpillLimit: 32 << 20, Threads: 3})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	for name, want := range map[string]string{
		"memory_limit": "64.0 MiB", "max_temp_directory_size": "32.0 MiB", "threads": "3",
		"temp_directory": path + ".spill", "checkpoint_threshold": "1.0 TiB", "lock_configuration": "true",
	} {
		require.NoError(t, store.onWriter(t, fmt.Sprintf(
			"SELECT CASE WHEN current_setting('%s')::VARCHAR = '%s' THEN 1 ELSE error('it is ' || current_setting('%[1]s')) END",
			name, want)), name)
	}
}

// DuckDB floors to the same multiples as Go, at the edges too.
func TestFloor(t *testing.T) {
	store := testStore(t, filepath.Join(t.TempDir(), "points.db"))
	times := []int64{math.MinInt64, math.MinInt64 + 1, -1e18, -11, -10, -1, 0, 1, 9, 10, 1e18, math.MaxInt64}
	for _, bucket := range []time.Duration{1, 10, 1e9, 1 << 62, math.MaxInt64} {
		for _, ts := range times {
			for _, first := range []int64{math.MinInt64, min(ts, 0), ts} {
				query := fmt.Sprintf("SELECT %s FROM (SELECT %s AS ts)", floorOf(bucket, first), bigint(ts))
				got, err := store.lookUp(t.Context(), "test", query)
				require.NoError(t, err)
				require.Equal(t, floor(ts, bucket), got, "%d %d", ts, bucket)
			}
		}
	}
	require.EqualValues(t, -20, floor(-11, 10))
	require.EqualValues(t, -10, floor(-10, 10))
	require.EqualValues(t, 10, floor(19, 10))
	require.EqualValues(t, math.MinInt64, floor(math.MinInt64+1, 10))
}

// Windows cover a span without a gap or overlap, whatever its ends.
func TestWindowsCoverTheirSpan(t *testing.T) {
	for _, s := range []span{
		{math.MinInt64, math.MaxInt64}, {math.MaxInt64 - 5, math.MaxInt64}, {math.MinInt64, math.MinInt64}, {math.MinInt64, -5}, {-7, 1e15}, {0, 0},
	} {
		for _, bucket := range []time.Duration{0, 1, 1e9, 1 << 62, math.MaxInt64} {
			for _, length := range []float64{0, 1, 1e9, 1e18, math.MaxFloat64} {
				requireCovered(t, s, windows{rest: s, first: length, length: length, bucket: bucket})
			}
		}
	}
}

func requireCovered(t *testing.T, whole span, w windows) {
	t.Helper()
	next := whole.first
	for range 100 {
		window, more := w.next()
		require.True(t, more)
		require.Equal(t, next, window.first)
		require.GreaterOrEqual(t, window.last, window.first)
		if window.last == whole.last {
			_, more = w.next()
			require.False(t, more)
			return
		}
		if w.bucket != 0 {
			require.NotEqual(t, floor(window.last, w.bucket), floor(window.last+1, w.bucket))
		}
		next = window.last + 1
		w.length = max(w.length, 1)
	}
	require.Fail(t, "the windows do not come to the end", "%+v", w)
}
