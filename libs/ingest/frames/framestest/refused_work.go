package framestest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/libs/testkit/rpctest"
)

// retryAfter is the RetryInfo of a refusal.
func retryAfter(t *testing.T, err error) time.Duration {
	t.Helper()
	for _, detail := range status.Convert(err).Details() {
		if info, ok := detail.(*errdetails.RetryInfo); ok {
			return info.GetRetryDelay().AsDuration()
		}
	}
	require.Fail(t, "no RetryInfo", "%v", err)
	return 0
}

func requireUsedUp(t *testing.T, err error) rpctest.Refusal {
	t.Helper()
	failed := rpctest.RefusalOf(t, err)
	require.Equal(t, codes.ResourceExhausted, failed.Code)
	require.Equal(t, "QUOTA_EXCEEDED", failed.Reason)
	after := retryAfter(t, err)
	require.Positive(t, after)
	require.LessOrEqual(t, after, 24*time.Hour)
	return failed
}

func dailyQuota(t *testing.T, open func(testing.TB, string) *Service) {
	dir := t.TempDir()
	ctx := rpctest.As(t.Context(), LimitedTenant, "me")
	t.Run("today", func(t *testing.T) {
		s := open(t, dir)
		stream := s.open(ctx, t, "p", 1)
		stream.send(1, LimitedItems-2)
		stream.send(1, LimitedItems-2)
		stream.send(2, 3)
		failed := requireUsedUp(t, stream.RecvMsg(s.NewReceipt()))
		require.True(t, proto.Equal(&streamv1.Position{Received: 1, Durable: 1}, failed.Cut.GetPosition()), "%v", failed.Cut)
		require.Equal(t, LimitedItems-2, s.Stored(ctx, t, "p", 1), "nothing of the frame that was too much")
		stream = s.open(ctx, t, "p", 1)
		stream.send(2, 2)
		_, receipt := stream.finish(t)
		require.EqualValues(t, LimitedItems, receipt.EpochAccepted)
	})
	t.Run("after a restart", func(t *testing.T) {
		s := open(t, dir)
		_, err := s.tryOpen(ctx, t, s.Message("q", 1, 0, 0))
		requireUsedUp(t, err)
		other := s.open(rpctest.As(t.Context(), "other", "me"), t, "p", 1)
		other.send(1, 2*LimitedItems)
		other.finish(t)
		s.Gate.pass(24 * time.Hour)
		stream := s.open(ctx, t, "p", 1)
		require.EqualValues(t, 3, stream.hello.GetNext())
		stream.send(3, LimitedItems)
		stream.finish(t)
		require.Equal(t, 2*LimitedItems, s.Stored(ctx, t, "p", 3))
	})
}

func lowDisk(t *testing.T, open func(testing.TB, string) *Service) {
	s := open(t, t.TempDir())
	stream := s.open(t.Context(), t, "p", 1)
	stream.send(1, 1)
	s.Gate.low.Store(true)
	_, err := s.tryOpen(t.Context(), t, s.Message("q", 1, 0, 0))
	failed := rpctest.RefusalOf(t, err)
	require.Equal(t, codes.ResourceExhausted, failed.Code)
	require.Equal(t, "STORAGE_LOW", failed.Reason)
	require.Positive(t, retryAfter(t, err))
	stream.send(2, 1)
	_, receipt := stream.finish(t)
	require.EqualValues(t, 2, receipt.Accepted, "what is open finishes")
	require.Equal(t, 2, s.Stored(t.Context(), t, "p", 2), "reading goes on")
	s.Gate.low.Store(false)
	again := s.open(t.Context(), t, "q", 1)
	again.send(1, 1)
	again.finish(t)
}
