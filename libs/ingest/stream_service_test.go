package ingest_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/libs/ingest"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/libs/status"
)

// serve serves the stream service of a registry to a caller of tenant "t".
func serve(t *testing.T, r *ingest.Registry) streamv1.StreamServiceClient {
	t.Helper()
	caller := principal.Principal{Tenant: "t", Subject: "operator"}
	server := grpc.NewServer(
		grpc.UnaryInterceptor(func(ctx context.Context, request any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
			response, err := next(principal.With(ctx, caller), request)
			return response, status.From(err)
		}),
		grpc.StreamInterceptor(func(service any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) error {
			return status.From(next(service, asCaller{stream, caller}))
		}))
	streamv1.RegisterStreamServiceServer(server, ingest.NewStreamService(r))
	listener := bufconn.Listen(1 << 16)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	connection, err := grpc.NewClient("passthrough:///bufconn", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, connection.Close()) })
	return streamv1.NewStreamServiceClient(connection)
}

type asCaller struct {
	grpc.ServerStream
	caller principal.Principal
}

func (a asCaller) Context() context.Context {
	return principal.With(a.ServerStream.Context(), a.caller)
}

func TestStreamsAreListedInPagesOldestFirst(t *testing.T) {
	r := ingest.NewRegistry(nil)
	client := serve(t, r)
	var want []string
	for range 5 {
		s := open(t, r, "a")
		t.Cleanup(s.Close)
		want = append(want, s.ID)
	}
	other, err := r.Open(principal.With(t.Context(), principal.Principal{Tenant: "other"}), "/m")
	require.NoError(t, err)
	defer other.Close()

	var got []string
	cursor := ""
	for {
		list, err := client.ListStreams(t.Context(), &streamv1.ListStreamsRequest{PageSize: 2, Cursor: cursor})
		require.NoError(t, err)
		for _, s := range list.GetStreams() {
			got = append(got, s.GetStreamId())
		}
		if cursor = list.GetNextCursor(); cursor == "" {
			break
		}
	}
	require.Equal(t, want, got)
	_, err = client.GetStream(t.Context(), &streamv1.GetStreamRequest{StreamId: other.ID})
	require.ErrorContains(t, err, "no stream")
}

func TestBadRequestsAreRefused(t *testing.T) {
	r := ingest.NewRegistry(nil)
	client := serve(t, r)
	s := open(t, r, "a")
	defer s.Close()
	_, err := client.ListStreams(t.Context(), &streamv1.ListStreamsRequest{PageSize: 1001})
	require.ErrorContains(t, err, "page_size")
	_, err = client.ListStreams(t.Context(), &streamv1.ListStreamsRequest{Cursor: "?"})
	require.ErrorContains(t, err, "cursor")
	_, err = client.CancelStream(t.Context(), &streamv1.CancelStreamRequest{StreamId: s.ID, Reason: "a\nb"})
	require.ErrorContains(t, err, "reason")
	watch, err := client.WatchStreams(t.Context(), &streamv1.WatchStreamsRequest{IntervalMs: 99})
	require.NoError(t, err)
	_, err = watch.Recv()
	require.ErrorContains(t, err, "interval_ms")
	require.NoError(t, s.Context().Err())
}

func TestCancelWaitsForTheStreamToEnd(t *testing.T) {
	r := ingest.NewRegistry(nil)
	client := serve(t, r)
	s := open(t, r, "a")
	require.NoError(t, s.Claim("w"))
	s.Track(func() ingest.Position { return ingest.Position{Received: 7, Durable: 7} })
	context.AfterFunc(s.Context(), func() {
		<-time.After(10 * time.Millisecond)
		s.Close()
	})
	answer, err := client.CancelStream(t.Context(), &streamv1.CancelStreamRequest{StreamId: s.ID, Reason: "enough"})
	require.NoError(t, err)
	require.Equal(t, streamv1.StreamState_STREAM_STATE_ENDED, answer.GetStream().GetState())
	require.Equal(t, int64(7), answer.GetStream().GetPosition().GetDurable())
	require.Equal(t, problem.StreamCancelled, problem.ReasonOf(context.Cause(s.Context())))
}

func TestWatchTellsOfNewChangedAndEndedStreams(t *testing.T) {
	r := ingest.NewRegistry(nil)
	client := serve(t, r)
	s := open(t, r, "a")
	watch, err := client.WatchStreams(t.Context(), &streamv1.WatchStreamsRequest{IntervalMs: 100})
	require.NoError(t, err)
	seen, err := watch.Recv()
	require.NoError(t, err)
	require.Equal(t, s.ID, seen.GetStream().GetStreamId())
	s.Count(10)
	seen, err = watch.Recv()
	require.NoError(t, err)
	require.Equal(t, int64(10), seen.GetStream().GetByteCount())
	s.Close()
	seen, err = watch.Recv()
	require.NoError(t, err)
	require.Equal(t, streamv1.StreamState_STREAM_STATE_ENDED, seen.GetStream().GetState())
	r.Drain()
	_, err = watch.Recv()
	require.ErrorContains(t, err, "shutting down")
}

func TestADrainRefusesNewStreamsAndCutsOpenOnes(t *testing.T) {
	r := ingest.NewRegistry(nil)
	s := open(t, r, "a")
	r.Drain()
	_, err := r.Open(as("a"), "/m")
	require.Equal(t, problem.Draining, problem.ReasonOf(err))
	require.NoError(t, s.Context().Err(), "open streams go on")
	context.AfterFunc(s.Context(), s.Close)
	r.CutAll(t.Context())
	require.Equal(t, problem.Draining, problem.ReasonOf(context.Cause(s.Context())))
	require.Empty(t, r.Streams("t"))
}
