package api_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"
	grpcproto "google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
)

// encoded is a message that is encoded already.
type encoded []byte

// rawCodec sends what is encoded and leaves the rest to the standard codec.
type rawCodec struct{ encoding.CodecV2 }

func (c rawCodec) Marshal(v any) (mem.BufferSlice, error) {
	if data, ok := v.(encoded); ok {
		return mem.BufferSlice{mem.SliceBuffer(data)}, nil
	}
	return c.CodecV2.Marshal(v)
}

// BenchmarkDataCollection takes frames in over a stream, through the whole
// chain into the journal, with the store applying beside it. An operation is a
// frame; allocations are those of client and server together.
func BenchmarkDataCollection(b *testing.B) {
	for _, points := range []int{1, 50, 500} {
		b.Run(fmt.Sprintf("points=%d", points), func(b *testing.B) {
			const metrics = 10
			h := newHarness(b)
			s := h.openEncoded(b)
			body := encodedPoints(b, points, metrics)
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				header := protowire.AppendVarint([]byte{3 << 3}, uint64(i+1))
				if err := s.SendMsg(encoded(append(header, body...))); err != nil {
					require.NoError(b, s.RecvMsg(&collectorv1.CollectDataPointsResponse{}))
				}
			}
			require.NoError(b, s.CloseSend())
			receipt := &collectorv1.CollectDataPointsResponse{}
			require.NoError(b, s.RecvMsg(receipt))
			b.StopTimer()
			require.Equal(b, int64(b.N*points), receipt.GetSuccessfulCount())
			b.ReportMetric(float64(b.N*points*metrics)/b.Elapsed().Seconds(), "samples/s")
		})
	}
}

func (h *harness) openEncoded(b *testing.B) grpc.ClientStream {
	b.Helper()
	codec := rawCodec{CodecV2: encoding.GetCodecV2(grpcproto.Name)}
	s, err := h.connection.NewStream(b.Context(), &collectorv1.DataCollectionService_ServiceDesc.Streams[0],
		collectorv1.DataCollectionService_CollectDataPoints_FullMethodName, grpc.ForceCodecV2(codec))
	require.NoError(b, err)
	require.NoError(b, s.SendMsg(&collectorv1.CollectDataPointsRequest{ProducerId: "bench"}))
	return s
}

// encodedPoints encodes the points of a frame, each of its own source.
func encodedPoints(b *testing.B, points, metrics int) []byte {
	b.Helper()
	request := &collectorv1.CollectDataPointsRequest{}
	now := time.Now().UnixNano()
	for i := range points {
		p := &collectorv1.DataPoint{Source: fmt.Sprintf("src-%05d", i), Timestamp: now, Metrics: map[string]float64{}}
		for m := range metrics {
			p.Metrics["f"+strconv.Itoa(m)] = float64(i) + float64(m)/100
		}
		request.Points = append(request.Points, p)
	}
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(request)
	require.NoError(b, err)
	return data
}
