package compression_test

import (
	"bytes"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding"
	grpcstatus "google.golang.org/grpc/status"

	"github.com/sluice-ingest/sluice/libs/compression"
)

// contents are messages of a size that compress well, badly and absurdly well.
func contents(size int) map[string][]byte {
	random := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(random)
	lines := []byte(strings.Repeat("2026-11-23T06:51:28Z level=info GET /orders/1 200\n", size/50+1))[:size]
	return map[string][]byte{"zeros": make([]byte, size), "random": random, "lines": lines}
}

func TestMessagesOfEverySizeComeThroughUpToTheLimit(t *testing.T) {
	connection := dial(t)
	sizes := []int{1, 2, 1<<10 - 1, 1 << 10, 64<<10 - 1, 64 << 10, 64<<10 + 1, 66 << 10, 128 << 10, limit/2 + 1, limit - 1, limit, limit + 1, limit + 2, 2 * limit}
	for _, name := range names {
		for _, size := range sizes {
			for kind, content := range contents(size) {
				answer, err := send(t.Context(), connection, name, content)
				if kind == "random" && size > limit-1<<10 && size <= limit {
					continue // grpc-go holds the compressed message to the limit too, and this one grows.
				}
				if size > limit {
					require.Equal(t, codes.ResourceExhausted, grpcstatus.Code(err), "%s: %d %s: %v", name, size, kind, err)
					continue
				}
				require.NoError(t, err, "%s: %d %s", name, size, kind)
				require.True(t, bytes.Equal(content, answer), "%s: %d %s", name, size, kind)
			}
		}
	}
}

func TestAnotherCompressorsMessagesAreTaken(t *testing.T) {
	connection := dial(t)
	for _, name := range names {
		for _, kind := range []string{"random", "lines"} {
			content := contents(60_000)[kind]
			answer, err := send(t.Context(), connection, name, forge(compressed(t, name, content)))
			require.NoError(t, err, name)
			require.Equal(t, content, answer)
		}
	}
}

func TestABombIsRefused(t *testing.T) {
	connection := dial(t)
	zeros := make([]byte, 32<<20)
	nested := compressed(t, compression.Zstd, compressed(t, compression.Zstd, zeros))
	for name, c := range map[string]struct {
		compression string
		raw         []byte
		code        codes.Code
		text        string
	}{
		"zstd":              {compression.Zstd, compressed(t, compression.Zstd, zeros), codes.ResourceExhausted, "larger than max"},
		"zstd in the limit": {compression.Zstd, compressed(t, compression.Zstd, zeros[:limit]), codes.Internal, compression.ErrBomb.Error()},
		"gzip":              {compression.Gzip, compressed(t, compression.Gzip, zeros), codes.ResourceExhausted, "larger than max"},
		"a large window":    {compression.Zstd, windowed(0xff), codes.Internal, "grpc: failed to read decompressed data"},
		"a dictionary":      {compression.Zstd, []byte{0x28, 0xb5, 0x2f, 0xfd, 0x01, 0x58, 7, 1, 0, 0}, codes.Internal, "grpc: failed to read decompressed data"},
		"many frames":       {compression.Zstd, bytes.Repeat(compressed(t, compression.Zstd, zeros[:1<<20]), 100), codes.ResourceExhausted, "larger than max"},
	} {
		_, err := send(t.Context(), connection, c.compression, forge(c.raw))
		require.Equal(t, c.code, grpcstatus.Code(err), "%s: %v", name, err)
		require.ErrorContains(t, err, c.text, name)
	}
	answer, err := send(t.Context(), connection, compression.Zstd, forge(nested))
	require.NoError(t, err)
	require.Less(t, len(answer), 8<<10, "one layer is taken off")
}

// windowed is a frame of zstd with a window, of which RFC 8878 tells the byte, and
// an empty last block.
func windowed(descriptor byte) []byte { return []byte{0x28, 0xb5, 0x2f, 0xfd, 0, descriptor, 1, 0, 0} }

func TestAPaddedMessageIsTaken(t *testing.T) {
	connection := dial(t)
	bomb := compressed(t, compression.Zstd, make([]byte, limit))
	missing := (limit-compression.FreeBytes)/compression.MaxRatio + 1
	pad := append([]byte{0x50, 0x2a, 0x4d, 0x18, byte(missing), byte(missing >> 8), 0, 0}, make([]byte, missing)...)
	for _, raw := range [][]byte{append(bytes.Clone(pad), bomb...), append(bytes.Clone(bomb), pad...)} {
		answer, err := send(t.Context(), connection, compression.Zstd, forge(raw))
		require.NoError(t, err)
		require.Len(t, answer, limit)
	}
}

func TestWhatIsCutOrAlteredIsRefused(t *testing.T) {
	connection := dial(t)
	for _, name := range names {
		whole := compressed(t, name, contents(5_000)["lines"])
		for cut := 1; cut < len(whole); cut++ {
			_, err := send(t.Context(), connection, name, forge(whole[:cut]))
			require.Equal(t, codes.Internal, grpcstatus.Code(err), "%s cut at %d: %v", name, cut, err)
		}
		answer, err := send(t.Context(), connection, name, forge(whole))
		require.NoError(t, err)
		require.Len(t, answer, 5_000, "what failed before has left nothing behind")
	}
}

func TestAThousandBombsAtOnceHoldLittleMemory(t *testing.T) {
	zeros := make([]byte, 64<<20)
	for _, name := range names {
		bomb := compressed(t, name, zeros)
		compressor := encoding.GetCompressor(name)
		runtime.GC()
		var before runtime.MemStats
		runtime.ReadMemStats(&before)
		var peak uint64
		var mu sync.Mutex
		var all sync.WaitGroup
		for range 1000 {
			all.Go(func() {
				expand(t, compressor, bomb)
				var now runtime.MemStats
				mu.Lock()
				defer mu.Unlock()
				runtime.ReadMemStats(&now)
				peak = max(peak, now.HeapInuse)
			})
		}
		all.Wait()
		t.Logf("%s: 1,000 bombs of %d bytes at once took %d KiB at most", name, len(bomb), (int64(peak)-int64(before.HeapInuse))>>10)
		require.Less(t, int64(peak)-int64(before.HeapInuse), int64(runtime.GOMAXPROCS(0)*(compression.MaxWindow+4<<20)+32<<20))
	}
}
