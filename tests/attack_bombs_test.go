package tests

import (
	"bytes"
	"io"
	"sync"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

// bombBytes is what a bomb expands to: far more than the largest message.
const bombBytes = 128 << 20

// bomb is a message that is small until it is decompressed.
type bomb struct {
	name, encoding string
	data           []byte
	code           codes.Code
}

func bombs(t *testing.T) []bomb {
	t.Helper()
	newZstd := func(w io.Writer) io.WriteCloser {
		encoder, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
		require.NoError(t, err)
		return encoder
	}
	newGzip := func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }
	zeros := squeezed(t, newZstd, bombBytes)
	return []bomb{
		{"zstd", "zstd", zeros, codes.ResourceExhausted},
		{"zstd_within_the_largest_message", "zstd", squeezed(t, newZstd, 1<<20), codes.Internal},
		// A frame with a window of terabytes.
		{"zstd_with_a_huge_window", "zstd", []byte{0x28, 0xb5, 0x2f, 0xfd, 0, 0xff, 1, 0, 0}, codes.Internal},
		{"gzip", "gzip", squeezed(t, newGzip, bombBytes), codes.ResourceExhausted},
		// What is not registered is not guessed at.
		{"another_encoding", "br", zeros, codes.Unimplemented},
	}
}

// squeezed compresses so many zeros.
func squeezed(t *testing.T, compressor func(io.Writer) io.WriteCloser, size int) []byte {
	t.Helper()
	var out bytes.Buffer
	w, part := compressor(&out), make([]byte, 1<<20)
	for range size / len(part) {
		_, err := w.Write(part)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return out.Bytes()
}

// TestAttackByBombsIsRefused sends each bomb on many streams at once.
func TestAttackByBombsIsRefused(t *testing.T) {
	// The attack minds no window: a bomb fits into this one.
	files, points := startServer(t, "--stream-window", "1MiB"), startCollector(t)
	ctx := bounded(t)
	stop := files.serveNeighbour(ctx, t)
	targets := []struct{ name, addr, method string }{
		{"files", files.Addr, uploadFile},
		{"points", points.Addr, collectorv1.DataCollectionService_CollectDataPoints_FullMethodName},
		{"unary", files.Addr, fileuploadv1.FileUploadService_GetFile_FullMethodName},
	}
	for _, b := range bombs(t) {
		message := grpcMessage(true, len(b.data), b.data)
		for _, target := range targets {
			t.Run(b.name+"/"+target.name, func(t *testing.T) { testBomb(t, target.addr, target.method, b, message) })
		}
	}
	stop()
	files.requireRSS(t, 256<<20)
	requireRSS(t, points.Process, 384<<20)
	files.store(ctx, t, "after.bin", testkit.NewContent(13, 1000))
	_, err := points.deliver(ctx, producer("after", 0), numberedFrame(1, tick("a", 1)))
	require.NoError(t, err)
}

func testBomb(t *testing.T, addr, method string, b bomb, message []byte) {
	t.Helper()
	const connections, streams = 4, 50
	ctx := bounded(t)
	var all sync.WaitGroup
	for range connections {
		a := attack(t, addr, streams)
		all.Go(func() {
			for range streams {
				id, err := a.open(method, false, "grpc-encoding", b.encoding)
				if err == nil {
					err = a.data(id, true, message)
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
			for range streams {
				end, err := a.end(ctx)
				if err != nil || refusalOf(end.err).code != b.code {
					t.Errorf("want %v: %v, %v", b.code, end.err, err)
					return
				}
			}
		})
	}
	all.Wait()
}
