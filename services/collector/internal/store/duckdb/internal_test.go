package duckdb

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/duckdb"
	"github.com/sluice-ingest/sluice/libs/duckdb/engine"
)

func testStore(t *testing.T, path string) *Store {
	t.Helper()
	store, err := Open(t.Context(), path, Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return store
}

// DuckDB floors to the same multiples as Go, at the edges too.
func TestFloor(t *testing.T) {
	store := testStore(t, filepath.Join(t.TempDir(), "points.db"))
	times := []int64{math.MinInt64, math.MinInt64 + 1, -1e18, -11, -10, -1, 0, 1, 9, 10, 1e18, math.MaxInt64}
	for _, bucket := range []time.Duration{1, 10, 1e9, 1 << 62, math.MaxInt64} {
		for _, ts := range times {
			for _, first := range []int64{math.MinInt64, min(ts, 0), ts} {
				query := fmt.Sprintf("SELECT %s FROM (SELECT CAST(%s AS BIGINT) AS ts)", floorOf(bucket, first), duckdb.BigInt(ts))
				require.NoError(t, store.Lookup(t.Context(), "test", func(ctx context.Context, conn *engine.Conn) error {
					got, err := engine.ReadNumber[int64](ctx, conn, query)
					require.Equal(t, duckdb.Floor(ts, bucket), got, "%d %d", ts, bucket)
					return err
				}))
			}
		}
	}
}

// Windows cover a span without a gap or overlap, whatever its ends.
func TestWindowsCoverTheirSpan(t *testing.T) {
	for _, s := range []duckdb.Span{
		{First: math.MinInt64, Last: math.MaxInt64},
		{First: math.MaxInt64 - 5, Last: math.MaxInt64},
		{First: math.MinInt64, Last: math.MinInt64},
		{First: math.MinInt64, Last: -5},
		{First: -7, Last: 1e15},
		{First: 0, Last: 0},
	} {
		for _, bucket := range []time.Duration{0, 1, 1e9, 1 << 62, math.MaxInt64} {
			for _, length := range []float64{0, 1, 1e9, 1e18, math.MaxFloat64} {
				requireCovered(t, s, windows{rest: s, first: length, length: length, bucket: bucket})
			}
		}
	}
}

func requireCovered(t *testing.T, whole duckdb.Span, w windows) {
	t.Helper()
	next := whole.First
	for range 100 {
		window, more := w.next()
		require.True(t, more)
		require.Equal(t, next, window.First)
		require.GreaterOrEqual(t, window.Last, window.First)
		if window.Last == whole.Last {
			_, more = w.next()
			require.False(t, more)
			return
		}
		if w.bucket != 0 {
			require.NotEqual(t, duckdb.Floor(window.Last, w.bucket), duckdb.Floor(window.Last+1, w.bucket))
		}
		next = window.Last + 1
		w.length = max(w.length, 1)
	}
	require.Fail(t, "the windows do not come to the end", "%+v", w)
}
