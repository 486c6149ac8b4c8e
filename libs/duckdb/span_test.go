package duckdb_test

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/duckdb"
	"github.com/sluice-ingest/sluice/libs/duckdb/engine"
)

func TestSpanOf(t *testing.T) {
	for _, c := range []struct {
		start, end int64
		want       duckdb.Span
		empty      bool
	}{
		{0, 10, duckdb.Span{First: 0, Last: 9}, false},
		{5, 5, duckdb.Span{First: 5, Last: 4}, true},
		{5, math.MaxInt64, duckdb.Span{First: 5, Last: math.MaxInt64}, false},
		{math.MinInt64, math.MinInt64 + 1, duckdb.Span{First: math.MinInt64, Last: math.MinInt64}, false},
		{math.MinInt64, math.MinInt64, duckdb.Span{First: 1, Last: 0}, true},
	} {
		got := duckdb.SpanOf(c.start, c.end)
		require.Equal(t, c.want, got)
		require.Equal(t, c.empty, got.Empty())
	}
}

func TestFloor(t *testing.T) {
	for _, c := range []struct {
		time, want int64
		bucket     time.Duration
	}{
		{19, 10, 10}, {10, 10, 10}, {0, 0, 10}, {-1, -10, 10}, {-10, -10, 10}, {-11, -20, 10},
		{math.MinInt64 + 1, math.MinInt64, 10}, {math.MaxInt64, math.MaxInt64, math.MaxInt64},
	} {
		require.Equal(t, c.want, duckdb.Floor(c.time, c.bucket), c.time)
		require.GreaterOrEqual(t, duckdb.Past(c.time, c.bucket), int64(0))
		require.Less(t, duckdb.Past(c.time, c.bucket), int64(c.bucket))
	}
}

func TestBigIntsAreReadAsTheyAre(t *testing.T) {
	db := closing(t, t.TempDir(), duckdb.Options{})
	for _, n := range []int64{math.MinInt64, math.MinInt64 + 1, -1, 0, 1, math.MaxInt64} {
		require.NoError(t, db.Lookup(t.Context(), "test", func(ctx context.Context, conn *engine.Conn) error {
			got, err := engine.ReadNumber[int64](ctx, conn, "SELECT "+duckdb.BigInt(n)+"::BIGINT")
			require.Equal(t, n, got)
			return err
		}))
	}
}
