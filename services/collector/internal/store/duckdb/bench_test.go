package duckdb_test

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
	"github.com/sluice-ingest/sluice/services/collector/internal/store/duckdb"
)

// benchSeries is the number of series of the points' load.
const benchSeries = 10_000

// BenchmarkApply applies batches of the points' load, one synced commit each.
func BenchmarkApply(b *testing.B) {
	for _, size := range []int{10_000, 100_000, 500_000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			store := closing(b, b.TempDir(), duckdb.Options{})
			g := newGenerator(benchSeries)
			for b.Loop() {
				b.StopTimer()
				batch := &core.Batch{Samples: g.samples(size), Position: journal.Position(g.next)}
				b.StartTimer()
				if err := store.Apply(b.Context(), batch); err != nil {
					b.Fatal(err)
				}
			}
			reportSamples(b, size)
		})
	}
}

// BenchmarkApplyLate replaces stored samples, of 10 million, by late ones that
// are spread over all their time.
func BenchmarkApplyLate(b *testing.B) {
	store := closing(b, b.TempDir(), duckdb.Options{})
	all := loadTenMillion(b, store)
	for _, size := range []int{1, 1_000, 500_000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			batch := &core.Batch{Position: journal.Position(all)}
			for i := range size {
				number := i * (all / size)
				batch.Samples.Series = append(batch.Samples.Series, core.SeriesID(number%benchSeries+1))
				batch.Samples.Timestamps = append(batch.Samples.Timestamps, epoch+int64(number/benchSeries)*step)
				batch.Samples.Values = append(batch.Samples.Values, float64(i))
				batch.Late = append(batch.Late, i)
			}
			for b.Loop() {
				batch.Position++
				if err := store.Apply(b.Context(), batch); err != nil {
					b.Fatal(err)
				}
			}
			reportSamples(b, size)
		})
	}
}

// BenchmarkReadSamples reads pages, one after the other, out of 10 million
// samples.
func BenchmarkReadSamples(b *testing.B) {
	store := closing(b, b.TempDir(), duckdb.Options{})
	all := loadTenMillion(b, store)
	middle := epoch + int64(all/benchSeries/2)*step
	for _, selected := range []struct {
		name   string
		series []core.SeriesID
	}{
		{"all series", everyNth(1)}, {"every second series", everyNth(2)}, {"one series", everyNth(benchSeries)},
	} {
		for _, limit := range []int{16_384, 50_000} {
			b.Run(fmt.Sprintf("%s, pages of %d", selected.name, limit), func(b *testing.B) {
				q := core.Range{Series: selected.series, Start: middle, End: math.MaxInt64}
				var after *core.SampleKey
				read := 0
				for b.Loop() {
					page, err := store.ReadSamples(b.Context(), q, after, limit)
					if err != nil {
						b.Fatal(err)
					}
					read += page.Len()
					after = nil
					if last := page.Len() - 1; last == limit-1 {
						after = &core.SampleKey{Time: page.Timestamps[last], Series: page.Series[last]}
					}
				}
				b.ReportMetric(float64(read)/b.Elapsed().Seconds(), "samples/s")
			})
		}
	}
}

// BenchmarkReadBuckets reads the first page of buckets out of 10 million
// samples.
func BenchmarkReadBuckets(b *testing.B) {
	store := closing(b, b.TempDir(), duckdb.Options{})
	loadTenMillion(b, store)
	for name, series := range map[string][]core.SeriesID{"all series": everyNth(1), "one series": everyNth(benchSeries)} {
		b.Run(name, func(b *testing.B) {
			q := core.Range{Series: series, Start: 0, End: math.MaxInt64}
			for b.Loop() {
				if _, err := store.ReadBuckets(b.Context(), q, 60e9, nil, 16_384); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkStatistics sums 10 million samples up.
func BenchmarkStatistics(b *testing.B) {
	for _, way := range []struct {
		name    string
		samples int64
	}{
		{"in memory", 10_000_000},
		{"by sorting", 1},
	} {
		store := closing(b, b.TempDir(), duckdb.Options{}).BoundPercentiles(way.samples)
		loadTenMillion(b, store)
		for _, groups := range []int{1, 10, benchSeries} {
			b.Run(fmt.Sprintf("%s, groups=%d", way.name, groups), func(b *testing.B) {
				q := core.GroupedRange{
					Range:  core.Range{Series: everyNth(1), Start: 0, End: math.MaxInt64},
					Groups: make([]int32, benchSeries),
				}
				for i := range q.Groups {
					q.Groups[i] = int32(i % groups)
				}
				for b.Loop() {
					if _, err := store.Statistics(b.Context(), q, 0, 10_001); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkOpen opens a store of 10 million samples and reads what a service
// needs to begin.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	store := openStore(b, dir, duckdb.Options{})
	loadTenMillion(b, store)
	require.NoError(b, store.Close())
	for b.Loop() {
		store := openStore(b, dir, duckdb.Options{})
		if err := store.EachSeries(context.Background(), func(core.Series, int64) error { return nil }); err != nil {
			b.Fatal(err)
		}
		if err := store.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func everyNth(n int) []core.SeriesID {
	var series []core.SeriesID
	for id := 1; id <= benchSeries; id += n {
		series = append(series, core.SeriesID(id))
	}
	return series
}

// loadTenMillion applies the points' load and returns the number of samples.
func loadTenMillion(b *testing.B, store core.Store) int {
	b.Helper()
	const batches, size = 20, 500_000
	g := newGenerator(benchSeries)
	for range batches {
		batch := &core.Batch{Samples: g.samples(size), Position: journal.Position(g.next)}
		require.NoError(b, store.Apply(b.Context(), batch))
	}
	return batches * size
}

func reportSamples(b *testing.B, size int) {
	b.Helper()
	b.ReportMetric(float64(b.N)*float64(size)/b.Elapsed().Seconds(), "samples/s")
}
