package duckdb_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	libduckdb "github.com/sluice-ingest/sluice/libs/duckdb"
	"github.com/sluice-ingest/sluice/libs/query"
	"github.com/sluice-ingest/sluice/services/logagg/internal/core"
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
	"github.com/sluice-ingest/sluice/services/logagg/internal/store/duckdb"
)

// BenchmarkApply applies batches of the logs' load, one synced commit each.
func BenchmarkApply(b *testing.B) {
	for _, size := range []int{1_000, 10_000, 122_880} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			dir := b.TempDir()
			store := closing(b, dir, libduckdb.Options{})
			g := newGenerator()
			var cpu float64
			for b.Loop() {
				b.StopTimer()
				batch := g.batch(size)
				before := cpuSeconds(b)
				b.StartTimer()
				if err := store.Apply(b.Context(), batch); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				cpu += cpuSeconds(b) - before
				b.StartTimer()
			}
			b.ReportMetric(float64(b.N)*float64(size)/b.Elapsed().Seconds(), "entries/s")
			b.ReportMetric(cpu/float64(b.N)/float64(size)*1e6, "cpu-s/million")
			b.StopTimer()
			require.NoError(b, store.Checkpoint(b.Context()))
			b.ReportMetric(float64(fileSize(b, dir))/float64(g.next), "B/entry")
		})
	}
}

func cpuSeconds(b *testing.B) float64 {
	b.Helper()
	var usage unix.Rusage
	require.NoError(b, unix.Getrusage(unix.RUSAGE_SELF, &usage))
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
}

func fileSize(t testing.TB, dir string) int64 {
	t.Helper()
	info, err := os.Stat(filepath.Join(dir, "logs.db"))
	require.NoError(t, err)
	return info.Size()
}

// BenchmarkSearch searches 2 million entries of the logs' load.
func BenchmarkSearch(b *testing.B) {
	store := closing(b, b.TempDir(), libduckdb.Options{})
	needle := load(b, store, 2_000_000)
	all := core.Filter{Start: math.MinInt64, End: math.MaxInt64}
	for _, search := range []struct {
		name   string
		change func(f *core.Filter)
	}{
		{"last 100", func(*core.Filter) {}},
		{"last 100 errors", func(f *core.Filter) { f.Minimum = entry.Error }},
		{"needle in a field", func(f *core.Filter) {
			f.Fields = []core.FieldMatcher{{Name: "request_id", Comparison: query.Comparison{Value: needle.Field("request_id")}}}
		}},
		{"needle in words", func(f *core.Filter) { f.Texts = []core.TextMatcher{{Text: needle.Message[2 : len(needle.Message)-2]}} }},
		{"nothing by a text", func(f *core.Filter) { f.Texts = []core.TextMatcher{{Text: "nowhere"}} }},
		{"nothing by a text in any case", func(f *core.Filter) { f.Texts = []core.TextMatcher{{Text: "NOWhere", IgnoreCase: true}} }},
	} {
		b.Run(search.name, func(b *testing.B) {
			q := &core.Search{Tenant: tenant, Filter: all, Limit: 100, Bytes: 1 << 20}
			search.change(&q.Filter)
			for b.Loop() {
				if _, _, err := store.Search(b.Context(), q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("paging through 100,000", func(b *testing.B) {
		for b.Loop() {
			q := &core.Search{Tenant: tenant, Filter: all, Limit: 2_000, Bytes: 1 << 20}
			for range 50 {
				found, _, err := store.Search(b.Context(), q)
				if err != nil {
					b.Fatal(err)
				}
				last := &found[len(found)-1]
				q.After = &core.Place{Timestamp: last.Timestamp, ID: last.ID}
			}
		}
	})
	for name, q := range map[string]*core.Count{
		"count by level": {ByLevel: true}, "count by application and minute": {ByApplication: true, Bucket: 60e9},
		"count by host": {ByFields: []string{"host"}},
	} {
		b.Run(name, func(b *testing.B) {
			q.Tenant, q.Filter = tenant, all
			for b.Loop() {
				if _, err := store.Count(b.Context(), q, 10_000); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// load applies entries of the load, and returns one in the middle.
func load(t testing.TB, store *duckdb.Store, count int) (middle entry.Entry) {
	t.Helper()
	g := newGenerator()
	for g.next < count {
		batch := g.batch(min(122_880, count-g.next))
		if middle.ID == 0 && g.next > count/2 {
			middle = batch.Rows[0].Entry
		}
		require.NoError(t, store.Apply(t.Context(), batch))
	}
	require.NoError(t, store.Checkpoint(t.Context()))
	return middle
}
