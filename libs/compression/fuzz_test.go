package compression_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/encoding"

	"github.com/sluice-ingest/sluice/libs/compression"
)

// message is read as grpc-go reads one.
type message struct {
	*bytes.Reader
}

func (m message) Remaining() int { return m.Len() }

// expand decompresses as grpc-go does, up to the limit, and keeps nothing.
func expand(t testing.TB, compressor encoding.Compressor, raw []byte) {
	t.Helper()
	n, _ := expanded(t, compressor, io.Discard, message{bytes.NewReader(raw)})
	require.LessOrEqual(t, n, int64(limit+1))
}

func expanded(t testing.TB, compressor encoding.Compressor, to io.Writer, from io.Reader) (int64, error) {
	t.Helper()
	r, err := compressor.Decompress(from)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(to, io.LimitReader(r, limit+1))
	closer, ok := r.(io.Closer)
	require.True(t, ok)
	require.NoError(t, closer.Close())
	return n, err
}

// FuzzDecompress checks that no message does harm, that zstd keeps to its bound,
// and that it does not matter how the message is read.
func FuzzDecompress(f *testing.F) {
	for kind, name := range names {
		for _, content := range contents(3_000) {
			f.Add(compressed(f, name, content), kind)
		}
		f.Add(compressed(f, name, make([]byte, 1<<20)), kind)
	}
	f.Add(windowed(0xff), 1)
	reference, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(8<<20))
	require.NoError(f, err)
	f.Cleanup(reference.Close)
	f.Fuzz(func(t *testing.T, raw []byte, kind int) {
		name := names[kind&1]
		compressor := encoding.GetCompressor(name)
		var out, again bytes.Buffer
		n, err := expanded(t, compressor, &out, message{bytes.NewReader(raw)})
		_, errAgain := expanded(t, compressor, &again, io.MultiReader(bytes.NewReader(raw)))
		require.Equal(t, err == nil, errAgain == nil)
		require.True(t, bytes.Equal(out.Bytes(), again.Bytes()))
		if name != compression.Zstd {
			return
		}
		require.LessOrEqual(t, n, int64(compression.FreeBytes+compression.MaxRatio*len(raw)))
		if err == nil && n <= limit {
			want, err := reference.DecodeAll(raw, nil)
			require.NoError(t, err)
			require.True(t, bytes.Equal(want, out.Bytes()))
		}
	})
}

// FuzzRoundTrip checks that what we compress comes back, also where it compresses
// beyond the bound.
func FuzzRoundTrip(f *testing.F) {
	f.Add([]byte("x"), uint32(1))
	f.Add([]byte("\x00"), uint32(1<<20))
	f.Fuzz(func(t *testing.T, piece []byte, times uint32) {
		if len(piece) == 0 {
			return
		}
		content := bytes.Repeat(piece, 1+int(times)%(1+limit/len(piece)))
		content = content[:min(len(content), limit)]
		for _, name := range names {
			compressor := encoding.GetCompressor(name)
			var wire, back bytes.Buffer
			w, err := compressor.Compress(&wire)
			require.NoError(t, err)
			_, err = w.Write(content)
			require.NoError(t, err)
			require.NoError(t, w.Close())
			if bytes.HasPrefix(content, forged) {
				return
			}
			_, err = expanded(t, compressor, &back, message{bytes.NewReader(wire.Bytes())})
			require.NoError(t, err)
			require.True(t, bytes.Equal(content, back.Bytes()))
		}
	})
}
