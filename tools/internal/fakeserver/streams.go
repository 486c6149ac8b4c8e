package fakeserver

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
)

// ListStreams returns a page of the streams.
func (s *Server) ListStreams(_ context.Context, r *streamv1.ListStreamsRequest) (*streamv1.ListStreamsResponse, error) {
	page, next := cutPage(s.Streams, r.GetCursor(), r.GetPageSize())
	return &streamv1.ListStreamsResponse{Streams: page, NextCursor: next}, nil
}

// WatchStreams tells of each stream once and ends.
func (s *Server) WatchStreams(
	_ *streamv1.WatchStreamsRequest, watch grpc.ServerStreamingServer[streamv1.WatchStreamsResponse],
) error {
	for _, stream := range s.Streams {
		if err := watch.Send(&streamv1.WatchStreamsResponse{Stream: stream}); err != nil {
			return err
		}
	}
	return nil
}

// CancelStream finds the stream or not.
func (s *Server) CancelStream(_ context.Context, r *streamv1.CancelStreamRequest) (*streamv1.CancelStreamResponse, error) {
	for _, stream := range s.Streams {
		if stream.GetStreamId() == r.GetStreamId() {
			return &streamv1.CancelStreamResponse{Stream: stream}, nil
		}
	}
	return nil, Problem(codes.NotFound, "STREAM_NOT_FOUND", "stream_id", "there is no such stream")
}
