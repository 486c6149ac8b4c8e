package api_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/libs/compression"
	"github.com/sluice-ingest/sluice/libs/testkit/rpctest"
)

var compressions = []string{compression.Gzip, compression.Zstd}

// sendFrame sends one frame and returns how the stream ended.
func (h *harness) sendFrame(t *testing.T, points int, options ...grpc.CallOption) (*collectorv1.CollectDataPointsResponse, error) {
	t.Helper()
	stream, err := h.points.CollectDataPoints(t.Context(), options...)
	require.NoError(t, err)
	frame := &collectorv1.CollectDataPointsRequest{}
	for i := range points {
		p := point(fmt.Sprintf("source-%d", i%7), int64(i), float64(i))
		p.Tags = map[string]string{"fills": strings.Repeat("x", 200)}
		frame.Points = append(frame.Points, p)
	}
	if err := stream.Send(frame); err != nil {
		require.ErrorIs(t, err, io.EOF)
	}
	return stream.CloseAndRecv()
}

func TestCompressedPointsAreTakenAsOthersAre(t *testing.T) {
	h := newHarness(t)
	for _, name := range compressions {
		require.NotNil(t, encoding.GetCompressor(name))
		receipt, err := h.sendFrame(t, 1000, grpc.UseCompressor(name))
		require.NoError(t, err, name)
		require.Equal(t, int64(1000), receipt.GetSuccessfulCount())
	}
}

func TestTheLimitOfAMessageHoldsForWhatWasCompressed(t *testing.T) {
	h := newHarness(t)
	for _, name := range compressions {
		_, err := h.sendFrame(t, 5000, grpc.UseCompressor(name))
		require.Equal(t, "MESSAGE_TOO_LARGE", rpctest.RefusalOf(t, err).Reason, name)
		_, err = h.sendFrame(t, 9900, grpc.UseCompressor(name))
		require.Equal(t, codes.ResourceExhausted, rpctest.RefusalOf(t, err).Code, "more than twice the limit, in grpc-go's words")
	}
}

func TestAnswersAreCompressedAsTheirRequests(t *testing.T) {
	h := newHarness(t)
	wait := h.stored(t.Context(), t, someMinutes()...)
	for _, name := range compressions {
		stream, err := h.points.QueryDataPoints(t.Context(), &collectorv1.QueryDataPointsRequest{WaitFor: wait}, grpc.UseCompressor(name))
		require.NoError(t, err)
		parts := 0
		for ; err == nil; parts++ {
			_, err = stream.Recv()
		}
		require.ErrorIs(t, err, io.EOF)
		require.Equal(t, 2, parts)
	}
}
