package tests

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

func TestOpenStreamsAreShownAndCanBeCancelled(t *testing.T) {
	s := startServer(t)
	ctx := bounded(t)
	content := testkit.NewContent(61, 8*chunkSize)
	id := uuid.NewString()
	watch, err := s.streams.WatchStreams(ctx, &streamv1.WatchStreamsRequest{IntervalMs: 100})
	require.NoError(t, err)
	u := s.mustBegin(ctx, t, header("streams.bin", id, content.Size()))
	hello, err := u.hello()
	require.NoError(t, err)
	require.NoError(t, u.sendFrom(content, 0, 5*chunkSize))
	s.awaitUpload(ctx, t, id, receivedAtLeast(5*chunkSize))

	told, err := watch.Recv()
	require.NoError(t, err)
	require.Equal(t, hello.GetStreamId(), told.GetStream().GetStreamId())

	t.Run("list", func(t *testing.T) {
		list, err := s.streams.ListStreams(ctx, &streamv1.ListStreamsRequest{})
		require.NoError(t, err)
		require.Len(t, list.GetStreams(), 1)
		requireOpenStream(t, hello, id, list.GetStreams()[0])
	})
	t.Run("get", func(t *testing.T) {
		one, err := s.streams.GetStream(ctx, &streamv1.GetStreamRequest{StreamId: hello.GetStreamId()})
		require.NoError(t, err)
		requireOpenStream(t, hello, id, one.GetStream())
		_, err = s.streams.GetStream(ctx, &streamv1.GetStreamRequest{StreamId: uuid.NewString()})
		requireRefused(t, err, codes.NotFound, "STREAM_NOT_FOUND")
	})
	t.Run("cancel", func(t *testing.T) {
		answer, err := s.streams.CancelStream(ctx, &streamv1.CancelStreamRequest{
			StreamId: hello.GetStreamId(), Reason: "the operator wants it",
		})
		require.NoError(t, err)
		require.Equal(t, int64(5*chunkSize), answer.GetStream().GetPosition().GetDurable())
		r := requireRefused(t, u.ended(), codes.Canceled, "STREAM_CANCELLED")
		require.Contains(t, r.text, "the operator wants it")
		require.Equal(t, int64(5*chunkSize), r.cut.GetPosition().GetDurable())
		_, err = s.streams.CancelStream(ctx, &streamv1.CancelStreamRequest{StreamId: hello.GetStreamId()})
		requireRefused(t, err, codes.NotFound, "STREAM_NOT_FOUND")
	})
	t.Run("watch", func(t *testing.T) { requireWatchedToItsEnd(t, watch, hello.GetStreamId()) })
	t.Run("resume", func(t *testing.T) {
		resumed, _ := s.mustResume(ctx, t, "streams.bin", id, content)
		require.Equal(t, int64(5*chunkSize), resumed.GetNext())
		require.NotEqual(t, hello.GetStreamId(), resumed.GetStreamId())
	})
}

func requireOpenStream(t *testing.T, hello *streamv1.Hello, uploadID string, got *streamv1.Stream) {
	t.Helper()
	require.Equal(t, hello.GetStreamId(), got.GetStreamId())
	require.Equal(t, fileuploadv1.FileUploadService_UploadFile_FullMethodName, got.GetMethod())
	require.Equal(t, uploadID, got.GetWorkId())
	require.Equal(t, uploadID, hello.GetWorkId())
	require.Equal(t, "default", got.GetTenant())
	require.Equal(t, "anonymous", got.GetSubject())
	require.Contains(t, got.GetPeer(), "127.0.0.1:")
	require.Equal(t, streamv1.StreamState_STREAM_STATE_RECEIVING, got.GetState())
	require.Equal(t, int64(6), got.GetMessageCount())
	require.Equal(t, int64(5*chunkSize), got.GetByteCount())
	require.Equal(t, int64(5*chunkSize), got.GetPosition().GetReceived())
	require.False(t, got.GetLastMessageTime().AsTime().Before(got.GetStartTime().AsTime()))
}

func requireWatchedToItsEnd(t *testing.T, watch streamv1.StreamService_WatchStreamsClient, streamID string) {
	t.Helper()
	for {
		message, err := watch.Recv()
		require.NoError(t, err)
		require.Equal(t, streamID, message.GetStream().GetStreamId())
		if message.GetStream().GetState() == streamv1.StreamState_STREAM_STATE_ENDED {
			require.Equal(t, int64(5*chunkSize), message.GetStream().GetPosition().GetDurable())
			return
		}
	}
}
