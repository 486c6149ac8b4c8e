package journal

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// BenchmarkDurable appends records from several writers, each of which waits
// until its record is durable before it appends the next.
func BenchmarkDurable(b *testing.B) {
	for _, size := range []int{100, 1 << 10, 10 << 10, 100 << 10, 1 << 20} {
		for _, writers := range []int{1, 8, 64} {
			benchBothWays(b, fmt.Sprintf("size=%d/writers=%d", size, writers), func(b *testing.B, keys Keys) {
				b.Helper()
				benchmarkDurable(b, size, writers, keys)
			})
		}
	}
}

func benchmarkDurable(b *testing.B, size, writers int, keys Keys) {
	b.Helper()
	j := openBench(b, keys)
	record := make([]byte, size)
	latencies := make([][]time.Duration, writers)
	b.SetBytes(int64(size))
	b.ReportAllocs()
	b.ResetTimer()
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			for i := w; i < b.N; i += writers {
				begun := time.Now()
				end, err := j.Append(b.Context(), record)
				if err == nil {
					err = j.Wait(b.Context(), end)
				}
				if err != nil {
					b.Error(err)
					return
				}
				latencies[w] = append(latencies[w], time.Since(begun))
			}
		})
	}
	group.Wait()
	b.StopTimer()
	all := slices.Concat(latencies...)
	slices.Sort(all)
	b.ReportMetric(float64(all[len(all)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(all[len(all)*99/100].Microseconds()), "p99-µs")
}

// BenchmarkAppend appends without waiting, so that groups are full: what the
// journal and the disk can do.
func BenchmarkAppend(b *testing.B) {
	for _, size := range []int{100, 1 << 10, 10 << 10, 100 << 10, 1 << 20} {
		benchBothWays(b, fmt.Sprintf("size=%d", size), func(b *testing.B, keys Keys) {
			b.Helper()
			j := openBench(b, keys)
			record := make([]byte, size)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			var end Position
			var err error
			for b.Loop() {
				if end, err = j.Append(b.Context(), record); err != nil {
					b.Fatal(err)
				}
			}
			require.NoError(b, j.Wait(b.Context(), end))
		})
	}
}

// BenchmarkRead reads what is durable.
func BenchmarkRead(b *testing.B) {
	for _, size := range []int{100, 1 << 10, 10 << 10, 100 << 10, 1 << 20} {
		benchBothWays(b, fmt.Sprintf("size=%d", size), func(b *testing.B, keys Keys) {
			b.Helper()
			j := openBench(b, keys)
			record := make([]byte, size)
			for range (32 << 20) / size {
				_, err := j.Append(b.Context(), record)
				require.NoError(b, err)
			}
			end, err := j.Append(b.Context(), record)
			require.NoError(b, err)
			require.NoError(b, j.Wait(b.Context(), end))
			b.SetBytes(int64(size))
			b.ReportAllocs()
			r, err := j.Reader(0)
			require.NoError(b, err)
			for b.Loop() {
				_, ok, err := r.TryNext()
				if err != nil {
					b.Fatal(err)
				}
				if !ok {
					require.NoError(b, r.Close())
					r, err = j.Reader(0)
					require.NoError(b, err)
				}
			}
			require.NoError(b, r.Close())
		})
	}
}

// benchBothWays runs a benchmark on a plain journal and on a sealed one.
func benchBothWays(b *testing.B, name string, run func(b *testing.B, keys Keys)) {
	b.Helper()
	b.Run(name+"/plain", func(b *testing.B) { run(b, nil) })
	b.Run(name+"/sealed", func(b *testing.B) { run(b, KeysOf(newTestKeys())) })
}

// openBench opens a journal whose bound no benchmark reaches.
func openBench(b *testing.B, keys Keys) *Journal {
	b.Helper()
	opts := roomy(keys)
	opts.MaxBytes = 64 << 30
	j, _, err := Open(b.TempDir(), opts)
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, j.Close()) })
	return j
}
