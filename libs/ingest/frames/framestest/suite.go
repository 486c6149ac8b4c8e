package framestest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/libs/ingest"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/testkit/rpctest"
)

// Run runs the suite. open serves what is in a folder until its test ends.
func Run(t *testing.T, open func(t testing.TB, dir string) *Service) {
	for name, test := range map[string]func(*testing.T, func(testing.TB, string) *Service){
		"a receipt counts every item":                             receiptCounts,
		"a retry gets the receipt again":                          retryGetsReceipt,
		"streams that cannot go on":                               cannotGoOn,
		"streams that are not opened":                             notOpened,
		"an unknown producer begins with frame one":               unknownProducer,
		"an empty stream is refused":                              emptyStream,
		"a nameless producer needs no sequences":                  nameless,
		"a nameless producer cannot number its frames":            namelessNumbers,
		"a newer epoch does not get the receipt of one before":    newerEpoch,
		"a second stream takes over":                              takeover,
		"an older epoch does not fence a newer one that waits":    olderEpoch,
		"a position is the producer's own":                        ownPosition,
		"a quota of a day ends a stream and lasts until midnight": dailyQuota,
		"a disk that is low on space takes nothing new":           lowDisk,
		"a watch follows a producer from before its first turn":   watch,
	} {
		t.Run(name, func(t *testing.T) { test(t, open) })
	}
}

func receiptCounts(t *testing.T, open func(testing.TB, string) *Service) {
	s := open(t, t.TempDir())
	stream := s.open(t.Context(), t, "p", 3)
	require.Equal(t, int64(1), stream.hello.GetNext())
	require.Equal(t, "p", stream.hello.GetWorkId())
	require.Equal(t, int32(s.FrameItems), stream.hello.GetMaxFrameItems())
	require.Positive(t, stream.hello.GetMaxMessageBytes())
	stream.send(1, 3)
	stream.send(2, 2)
	stream.send(1, 3)
	_, receipt := stream.finish(t)
	require.Equal(t, int64(8), receipt.Total)
	require.Equal(t, int64(5), receipt.Accepted)
	require.Equal(t, int64(3), receipt.Duplicates)
	require.Equal(t, "p", receipt.ProducerID)
	require.True(t, proto.Equal(&streamv1.Position{Received: 2, Durable: 2}, receipt.Position))
	require.Equal(t, int64(3), receipt.Epoch)
	require.Equal(t, int64(5), receipt.EpochAccepted)
	require.Equal(t, 5, s.Stored(t.Context(), t, "p", 2))
}

func retryGetsReceipt(t *testing.T, open func(testing.TB, string) *Service) {
	dir := t.TempDir()
	var first proto.Message
	t.Run("first", func(t *testing.T) {
		s := open(t, dir)
		stream := s.open(t.Context(), t, "p", 7)
		stream.send(1, 2)
		first, _ = stream.finish(t)
		again, _ := s.open(t.Context(), t, "p", 7).finish(t)
		require.True(t, proto.Equal(first, again))
	})
	t.Run("after a restart", func(t *testing.T) {
		s := open(t, dir)
		again, _ := s.open(t.Context(), t, "p", 7).finish(t)
		require.True(t, proto.Equal(first, again))
		stream := s.open(t.Context(), t, "p", 7)
		require.Equal(t, int64(2), stream.hello.GetNext())
		stream.send(1, 2)
		stream.send(2, 1)
		_, next := stream.finish(t)
		require.Equal(t, int64(3), next.Total)
		require.Equal(t, int64(2), next.Duplicates)
		require.Equal(t, int64(3), next.EpochAccepted)
		require.Equal(t, 3, s.Stored(t.Context(), t, "p", 2))
	})
}

func cannotGoOn(t *testing.T, open func(testing.TB, string) *Service) {
	s := open(t, t.TempDir())
	for name, test := range map[string]struct {
		message proto.Message
		code    codes.Code
		reason  string
		field   string
	}{
		"a gap":                    {s.Message("", 0, 3, 1), codes.FailedPrecondition, "SEQUENCE_GAP", "sequence"},
		"a negative sequence":      {s.Message("", 0, -1, 1), codes.InvalidArgument, "FIELD_INVALID", "sequence"},
		"items without a sequence": {s.Message("", 0, 0, 1), codes.InvalidArgument, "FIELD_INVALID", "sequence"},
		"another producer":         {s.Message("q", 0, 2, 0), codes.InvalidArgument, "HEADER_CHANGED", "producer_id"},
		"another epoch":            {s.Message("", 5, 2, 0), codes.InvalidArgument, "HEADER_CHANGED", "epoch"},
		"too many items":           {s.Message("", 0, 2, s.FrameItems+1), codes.InvalidArgument, "FRAME_TOO_LARGE", s.Items},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := rpctest.As(t.Context(), strings.ReplaceAll(name, " ", "-"), "me")
			stream := s.open(ctx, t, "p", 1)
			stream.send(1, 1)
			require.NoError(t, stream.SendMsg(test.message))
			failed := stream.failure(t)
			require.Equal(t, test.code, failed.Code)
			require.Equal(t, test.reason, failed.Reason)
			require.Equal(t, test.field, failed.Field)
			require.True(t, proto.Equal(&streamv1.Position{Received: 1, Durable: 1}, failed.Cut.GetPosition()), "what came before is kept")
			require.Equal(t, 1, s.Stored(ctx, t, "p", 1))
		})
	}
}

func notOpened(t *testing.T, open func(testing.TB, string) *Service) {
	s := open(t, t.TempDir())
	for name, test := range map[string]struct {
		producerID string
		epoch      int64
		reason     string
		field      string
	}{
		"name with a space":    {"a b", 0, "FIELD_INVALID", "producer_id"},
		"long name":            {strings.Repeat("x", 129), 0, "FIELD_INVALID", "producer_id"},
		"epoch without a name": {"", 2, "HEADER_MISSING", "producer_id"},
		"negative epoch":       {"p", -1, "FIELD_INVALID", "epoch"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.tryOpen(t.Context(), t, s.Message(test.producerID, test.epoch, 0, 0))
			failed := rpctest.RefusalOf(t, err)
			require.Equal(t, codes.InvalidArgument, failed.Code)
			require.Equal(t, test.reason, failed.Reason)
			require.Equal(t, test.field, failed.Field)
		})
	}
}

func unknownProducer(t *testing.T, open func(testing.TB, string) *Service) {
	s := open(t, t.TempDir())
	stream := s.open(t.Context(), t, "p", 0)
	stream.send(12, 1)
	failed := stream.failure(t)
	require.Equal(t, codes.FailedPrecondition, failed.Code)
	require.Equal(t, "PRODUCER_EXPIRED", failed.Reason)
}

func emptyStream(t *testing.T, open func(testing.TB, string) *Service) {
	s := open(t, t.TempDir())
	rpc := s.call(t.Context(), t)
	require.NoError(t, rpc.CloseSend())
	require.Equal(t, "EMPTY_STREAM", rpctest.RefusalOf(t, rpc.RecvMsg(s.NewReceipt())).Reason)
}

func nameless(t *testing.T, open func(testing.TB, string) *Service) {
	s := open(t, t.TempDir())
	stream, err := s.tryOpen(t.Context(), t, s.Message("", 0, 0, 1))
	require.NoError(t, err)
	require.NoError(t, stream.SendMsg(s.Message("", 0, 0, 2)))
	_, receipt := stream.finish(t)
	require.Equal(t, int64(3), receipt.Accepted)
	require.Equal(t, stream.hello.GetWorkId(), receipt.ProducerID)
	require.Positive(t, s.Stored(t.Context(), t, receipt.ProducerID, 2))
}

func namelessNumbers(t *testing.T, open func(testing.TB, string) *Service) {
	s := open(t, t.TempDir())
	stream, err := s.tryOpen(t.Context(), t, s.Message("", 0, 0, 0))
	require.NoError(t, err)
	stream.send(1, 1)
	failed := stream.failure(t)
	require.Equal(t, codes.InvalidArgument, failed.Code)
	require.Equal(t, "HEADER_MISSING", failed.Reason)
	require.Equal(t, "producer_id", failed.Field)
}

func newerEpoch(t *testing.T, open func(testing.TB, string) *Service) {
	s := open(t, t.TempDir())
	stream := s.open(t.Context(), t, "p", 1)
	stream.send(1, 1)
	stream.finish(t)
	_, receipt := s.open(t.Context(), t, "p", 2).finish(t)
	require.Zero(t, receipt.Total)
	require.Equal(t, int64(2), receipt.Epoch)
	require.Equal(t, int64(1), receipt.Position.GetDurable())
}

func takeover(t *testing.T, open func(testing.TB, string) *Service) {
	s := open(t, t.TempDir())
	first := s.open(t.Context(), t, "p", 1)
	first.send(1, 1)
	second := s.open(t.Context(), t, "p", 1)
	failed := first.failure(t)
	require.Equal(t, codes.Aborted, failed.Code)
	require.Equal(t, "FENCED", failed.Reason)
	next := second.hello.GetNext()
	require.Contains(t, []int64{1, 2}, next, "the first stream's frame is in it or not")
	second.send(next, 1)
	second.finish(t)
	require.Equal(t, int(next), s.Stored(t.Context(), t, "p", next))

	newer := s.open(t.Context(), t, "p", 2)
	_, err := s.tryOpen(t.Context(), t, s.Message("p", 1, 0, 0))
	require.Equal(t, "FENCED", rpctest.RefusalOf(t, err).Reason)
	newer.send(next+1, 1)
	_, receipt := newer.finish(t)
	require.Equal(t, int64(2), receipt.Epoch)
	require.Equal(t, int64(1), receipt.EpochAccepted, "an epoch counts anew")
}

// An instance of epoch 2 waits for the stream before it to settle, and the
// instance that it replaces comes back.
func olderEpoch(t *testing.T, open func(testing.TB, string) *Service) {
	s := open(t, t.TempDir())
	s.open(t.Context(), t, "p", 1).finish(t)
	release, err := s.Streams.Hold(t.Context(), ingest.WorkKey{
		Tenant: principal.Anonymous.Tenant, Subject: principal.Anonymous.Subject, WorkID: "p",
	}, errors.New("settling"))
	require.NoError(t, err)
	opened := make(chan error, 2)
	begin := func(epoch int64) {
		_, err := s.tryOpen(t.Context(), t, s.Message("p", epoch, 0, 0))
		opened <- err
	}
	go begin(2)
	time.Sleep(200 * time.Millisecond) //nolint:forbidigo // nothing tells that a claim waits
	go begin(1)
	time.Sleep(200 * time.Millisecond) //nolint:forbidigo // nothing tells that a claim waits
	release()
	require.Equal(t, "FENCED", rpctest.RefusalOf(t, <-opened).Reason, "epoch 1")
	require.NoError(t, <-opened, "epoch 2")
	position, err := s.GetPosition(t.Context(), "p")
	require.NoError(t, err)
	require.Equal(t, int64(2), position.GetEpoch())
}

func ownPosition(t *testing.T, open func(testing.TB, string) *Service) {
	s := open(t, t.TempDir())
	mine := rpctest.As(t.Context(), "acme", "me")
	stream := s.open(mine, t, "mine", 3)
	stream.send(1, 1)
	stream.finish(t)
	position, err := s.GetPosition(mine, "mine")
	require.NoError(t, err)
	require.Equal(t, int64(3), position.GetEpoch())
	require.True(t, proto.Equal(&streamv1.Position{Received: 1, Durable: 1}, position.GetPosition()))
	for _, other := range []context.Context{
		rpctest.As(t.Context(), "acme", "you"), rpctest.As(t.Context(), "other", "me"), t.Context(),
	} {
		_, err := s.GetPosition(other, "mine")
		failed := rpctest.RefusalOf(t, err)
		require.Equal(t, codes.NotFound, failed.Code)
		require.Equal(t, "PRODUCER_NOT_FOUND", failed.Reason)
	}
	_, err = s.GetPosition(mine, "")
	require.Equal(t, "FIELD_INVALID", rpctest.RefusalOf(t, err).Reason)
}

func watch(t *testing.T, open func(testing.TB, string) *Service) {
	s := open(t, t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	watch, err := s.WatchPosition(ctx, "p")
	require.NoError(t, err)
	first, err := watch()
	require.NoError(t, err)
	require.Zero(t, first.GetPosition().GetDurable())

	stream := s.open(t.Context(), t, "p", 1)
	for sequence := int64(1); sequence <= 3; sequence++ {
		stream.send(sequence, 1)
		await(t, watch, func(p *streamv1.ProducerPosition) bool { return p.GetPosition().GetDurable() == sequence })
	}
	await(t, watch, func(p *streamv1.ProducerPosition) bool { return p.GetApplied() == 3 })
	stream.finish(t)
}

// await reads a watch until a position is as wanted. A position never goes back.
func await(t *testing.T, watch Watch, wanted func(*streamv1.ProducerPosition) bool) {
	t.Helper()
	var last int64
	for {
		position, err := watch()
		require.NoError(t, err)
		require.GreaterOrEqual(t, position.GetPosition().GetDurable(), last)
		require.GreaterOrEqual(t, position.GetPosition().GetDurable(), position.GetApplied())
		require.GreaterOrEqual(t, position.GetPosition().GetReceived(), position.GetPosition().GetDurable())
		last = position.GetPosition().GetDurable()
		if wanted(position) {
			return
		}
	}
}
