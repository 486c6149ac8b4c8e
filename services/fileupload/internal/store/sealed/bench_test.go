package sealed_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/store/sealed"
)

// benchStores are the plain store and sealed ones with several segment sizes.
func benchStores(b *testing.B) map[string]core.Store {
	b.Helper()
	keys := newKeys(b)
	stores := map[string]core.Store{"plain": openDisk(b, b.TempDir())}
	for _, size := range []int{64 << 10, 256 << 10, 1 << 20} {
		stores[fmt.Sprintf("sealed %d KiB", size>>10)] = sealed.NewWithSegments(openDisk(b, b.TempDir()), keys, size)
	}
	return stores
}

// BenchmarkAppend writes messages of 256 KiB in segments of 16 KiB, over and
// over into parts of 64 MiB.
func BenchmarkAppend(b *testing.B) {
	const message, segment, partSize = 256 << 10, 16 << 10, 64 << 20
	segments := make([][]byte, message/segment)
	for i := range segments {
		segments[i] = make([]byte, segment)
	}
	for name, store := range benchStores(b) {
		b.Run(name, func(b *testing.B) {
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
			require.NoError(b, store.Discard(b.Context(), "bench"))
		})
	}
}

// BenchmarkReadAt reads a blob of 32 MiB from front to back, and in ranges of
// 4 KiB.
func BenchmarkReadAt(b *testing.B) {
	const size = 32 << 20
	content := make([]byte, size)
	for name, store := range benchStores(b) {
		put(b, store, "bench", content)
		blob, err := store.Open(b.Context(), "bench")
		require.NoError(b, err)
		for _, step := range []struct{ length, stride int64 }{{64 << 10, 64 << 10}, {4 << 10, 1_000_003}} {
			b.Run(fmt.Sprintf("%s/%d KiB", name, step.length>>10), func(b *testing.B) {
				chunk := make([]byte, step.length)
				b.SetBytes(step.length)
				for i := int64(0); b.Loop(); i++ {
					if _, err := blob.ReadAt(chunk, i*step.stride%(size-step.length+1)); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		require.NoError(b, blob.Close())
	}
}

// BenchmarkPublish is the life of a small file, and BenchmarkOpen its reading.
func BenchmarkPublish(b *testing.B) {
	content := make([]byte, 1000)
	for name, store := range benchStores(b) {
		b.Run(name, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				put(b, store, fmt.Sprintf("file-%d", i), content)
			}
		})
	}
}

func BenchmarkOpen(b *testing.B) {
	for name, store := range benchStores(b) {
		put(b, store, "bench", make([]byte, 1000))
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := readBlob(b, store, "bench"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
