package disk_test

import (
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/testkit"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/store/disk"
)

// cpuTime is what the process has used until now.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// BenchmarkAppend writes messages of 256 KiB as gRPC hands them over, in
// segments of 16 KiB, over and over into parts of 64 MiB.
func BenchmarkAppend(b *testing.B) {
	const message, segment, partSize = 256 << 10, 16 << 10, 64 << 20
	store := openStore(b, b.TempDir())
	segments := make([][]byte, message/segment)
	for i := range segments {
		segments[i] = make([]byte, segment)
	}
	part, err := store.Create(b.Context(), "bench")
	require.NoError(b, err)
	b.SetBytes(message)
	b.ReportAllocs()
	written := 0
	for b.Loop() {
		if written == partSize {
			b.StopTimer()
			require.NoError(b, part.Close())
			part, err = store.Resume(b.Context(), "bench", 0, nil)
			require.NoError(b, err)
			written = 0
			b.StartTimer()
		}
		if err := part.Append(segments); err != nil {
			b.Fatal(err)
		}
		written += message
	}
	require.NoError(b, part.Close())
}

// The life of a small file, for 16 callers: as a part that is published, and put at
// once.

func BenchmarkPublish(b *testing.B) {
	benchSmall(b, func(store *disk.Store, id string, content [][]byte) error {
		part, err := store.Create(b.Context(), id)
		if err != nil {
			return err
		}
		if err := errors.Join(part.Append(content), part.End(), part.Sync(), part.Close()); err != nil {
			return err
		}
		return testkit.ErrorOf(store.Publish(b.Context(), id))
	})
}

func BenchmarkPut(b *testing.B) {
	benchSmall(b, func(store *disk.Store, id string, content [][]byte) error {
		_, err := store.Put(b.Context(), id, content)
		return err
	})
}

func benchSmall(b *testing.B, storeOne func(store *disk.Store, id string, content [][]byte) error) {
	b.Helper()
	store := openStore(b, b.TempDir())
	content := [][]byte{randomBytes(4 << 10)}
	var next atomic.Int64
	b.ReportAllocs()
	b.SetParallelism(16 / runtime.GOMAXPROCS(0))
	before := cpuTime(b)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := storeOne(store, fmt.Sprintf("file-%d", next.Add(1)), content); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64((cpuTime(b)-before).Microseconds())/float64(b.N), "cpu-µs/op")
}

// BenchmarkOpen opens and closes a small blob.
func BenchmarkOpen(b *testing.B) {
	store := openStore(b, b.TempDir())
	id, err := store.Put(b.Context(), "file", [][]byte{randomBytes(4 << 10)})
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		blob, err := store.Open(b.Context(), id)
		if err != nil {
			b.Fatal(err)
		}
		_ = blob.Close()
	}
}
