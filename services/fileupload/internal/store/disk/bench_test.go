package disk_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

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
			part, err = store.Resume(b.Context(), "bench", 0)
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

// BenchmarkPublish is the life of a small file: create, append, sync, publish.
func BenchmarkPublish(b *testing.B) {
	store := openStore(b, b.TempDir())
	content := [][]byte{make([]byte, 1000)}
	for i := 0; b.Loop(); i++ {
		id := fmt.Sprintf("file-%d", i)
		part, err := store.Create(b.Context(), id)
		require.NoError(b, err)
		require.NoError(b, part.Append(content))
		require.NoError(b, part.Sync())
		require.NoError(b, part.Close())
		require.NoError(b, store.Publish(b.Context(), id))
	}
}
