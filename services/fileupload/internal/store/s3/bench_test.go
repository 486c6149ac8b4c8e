package s3_test

import (
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/testkit/s3server"
)

// BenchmarkUpload sends a file of 256 MiB in messages of 256 KiB.
func BenchmarkUpload(b *testing.B) {
	const size, message = 256 << 20, 256 << 10
	server := s3server.Start(b)
	segment := [][]byte{content(message)}
	for _, mode := range []string{"crc32c", "md5", "none"} {
		b.Run(mode, func(b *testing.B) {
			c := configFor(server.Addr)
			c.Checksum, c.PartSize = mode, 8<<20
			store := openStore(b, c)
			b.SetBytes(size)
			began, done := cpuTime(b), 0
			for b.Loop() {
				done += size
				id := newID()
				part, err := store.Create(b.Context(), id)
				require.NoError(b, err)
				for range size / message {
					require.NoError(b, part.Append(segment))
				}
				require.NoError(b, part.End())
				require.NoError(b, part.Sync())
				require.NoError(b, part.Close())
				blobID, err := store.Publish(b.Context(), id)
				require.NoError(b, err)
				require.NoError(b, store.Discard(b.Context(), blobID))
			}
			b.ReportMetric((cpuTime(b)-began).Seconds()/float64(done)*1e9, "cpu-s/GB")
		})
	}
}

// cpuTime is what this process, without the server, has taken.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// BenchmarkPut stores files of 4 KiB, one after another.
func BenchmarkPut(b *testing.B) {
	store := openStore(b, configFor(s3server.Start(b).Addr))
	small := [][]byte{content(4 << 10)}
	for b.Loop() {
		_, err := store.Put(b.Context(), newID(), small)
		require.NoError(b, err)
	}
}
