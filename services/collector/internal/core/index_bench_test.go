package core_test

import (
	"fmt"
	"math"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/collector/internal/core"
	"github.com/sluice-ingest/sluice/services/collector/internal/frame"
)

// fleet has a point of each of many sources with the same metrics.
func fleet(sources, metrics int, tags ...string) []*frame.Point {
	names := make([]string, metrics)
	for i := range names {
		names[i] = fmt.Sprintf("f%d", i)
	}
	points := make([]*frame.Point, sources)
	for i := range points {
		points[i] = pointOf(fmt.Sprintf("src-%05d", i), names, tags...)
	}
	return points
}

func BenchmarkResolve(b *testing.B) {
	for name, points := range map[string][]*frame.Point{
		"plain": fleet(1000, 10), "tags": fleet(1000, 10, "host", "a-17", "rack", "r-4", "region", "eu"), "100,000 sources": fleet(100_000, 10),
	} {
		x := core.NewIndex(0)
		for _, p := range points {
			resolve(b, x, "acme", p)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var ids []core.SeriesID
			i := 0
			for b.Loop() {
				ids, _ = x.Resolve("acme", points[i%len(points)], math.MaxInt, ids)
				i++
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/10, "ns/sample")
		})
		b.Run(name+", two streams", func(b *testing.B) {
			b.RunParallel(func(pb *testing.PB) {
				var ids []core.SeriesID
				for i := 0; pb.Next(); i++ {
					ids, _ = x.Resolve("acme", points[i%len(points)], math.MaxInt, ids)
				}
			})
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/10, "ns/sample")
		})
	}
}

// BenchmarkMillionSeries tells what a million series take to add, to keep and to
// select.
func BenchmarkMillionSeries(b *testing.B) {
	for name, points := range map[string][]*frame.Point{
		"100,000 sources of 10": fleet(100_000, 10), "1,000,000 sources of 1": fleet(1_000_000, 1),
		"100,000 with 3 tags": fleet(100_000, 10, "host", "a-17", "rack", "r-4", "region", "eu"),
	} {
		b.Run(name, func(b *testing.B) {
			before := heap()
			x := core.NewIndex(0)
			for b.Loop() {
				x = core.NewIndex(0)
				for _, p := range points {
					resolve(b, x, "acme", p)
				}
			}
			b.ReportMetric(float64(heap()-before)/1e6, "B/series")
			require.Equal(b, 1_000_000, x.Len())
		})
		x := core.NewIndex(0)
		for _, p := range points {
			resolve(b, x, "acme", p)
		}
		b.Run(name+", select", func(b *testing.B) {
			for b.Loop() {
				x.Select("acme", nil)
			}
		})
	}
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}
