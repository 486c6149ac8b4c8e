package wire

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/mem"
)

func TestRawHoldsTheMessageInOnePiece(t *testing.T) {
	whole := bytes.Repeat([]byte("0123456789"), 20_000)
	for name, pieces := range map[string]mem.BufferSlice{
		"empty":        {},
		"one piece":    {mem.SliceBuffer(whole)},
		"many pieces":  {mem.SliceBuffer(whole[:1]), mem.SliceBuffer(nil), mem.SliceBuffer(whole[1:70_000]), mem.SliceBuffer(whole[70_000:])},
		"small pieces": {mem.SliceBuffer(whole[:10]), mem.SliceBuffer(whole[10:20])},
	} {
		t.Run(name, func(t *testing.T) {
			var m Raw
			// The second time what the first one held is given back.
			for range 2 {
				require.NoError(t, NewCodec().Unmarshal(pieces, &m))
				require.Equal(t, string(pieces.Materialize()), string(m.Bytes))
				require.Equal(t, pieces.Len(), m.PayloadBytes())
			}
			m.Free()
			require.Nil(t, m.Bytes)
			m.Free()
		})
	}
}

func TestPooledBuffersFitWhatIsAskedFor(t *testing.T) {
	var pool tieredPool
	for _, length := range []int{0, 1, 4 << 10, 4<<10 + 1, 100_000, 2 << 20, 2<<20 + 1} {
		buffer := pool.Get(length)
		require.Len(t, *buffer, length)
		pool.Put(buffer)
		again := pool.Get(length)
		require.Len(t, *again, length)
	}
	odd := make([]byte, 5000)
	pool.Put(&odd)
	require.GreaterOrEqual(t, cap(*pool.Get(8000)), 8000, "a buffer that no tier fits is not handed out again")
}
