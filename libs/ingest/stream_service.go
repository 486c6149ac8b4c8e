package ingest

import (
	"context"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"google.golang.org/grpc"

	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/libs/page"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
)

// StreamService shows and ends the streams of a registry over gRPC.
type StreamService struct {
	streamv1.UnimplementedStreamServiceServer
	registry *Registry
}

// NewStreamService returns the service for a registry's streams.
func NewStreamService(registry *Registry) *StreamService {
	return &StreamService{registry: registry}
}

// ListStreams implements streamv1.StreamServiceServer.
func (s *StreamService) ListStreams(ctx context.Context, request *streamv1.ListStreamsRequest) (*streamv1.ListStreamsResponse, error) {
	size, err := page.Size(request.GetPageSize())
	if err != nil {
		return nil, err
	}
	after := ""
	if err := page.Decode("streams", request.GetCursor(), &after); err != nil {
		return nil, err
	}
	response := &streamv1.ListStreamsResponse{}
	for _, stream := range s.registry.Streams(principal.From(ctx).Tenant) {
		if stream.ID <= after {
			continue
		}
		if len(response.GetStreams()) == size {
			response.NextCursor = page.Encode("streams", response.GetStreams()[size-1].GetStreamId())
			break
		}
		response.Streams = append(response.Streams, stream.Proto())
	}
	return response, nil
}

// GetStream implements streamv1.StreamServiceServer.
func (s *StreamService) GetStream(ctx context.Context, request *streamv1.GetStreamRequest) (*streamv1.GetStreamResponse, error) {
	stream, err := s.registry.Find(principal.From(ctx).Tenant, request.GetStreamId())
	if err != nil {
		return nil, err
	}
	return &streamv1.GetStreamResponse{Stream: stream.Proto()}, nil
}

// CancelStream implements streamv1.StreamServiceServer.
func (s *StreamService) CancelStream(ctx context.Context, request *streamv1.CancelStreamRequest) (*streamv1.CancelStreamResponse, error) {
	stream, err := s.registry.Find(principal.From(ctx).Tenant, request.GetStreamId())
	if err != nil {
		return nil, err
	}
	cause, err := cancelled(request.GetReason())
	if err != nil {
		return nil, err
	}
	stream.Cut(cause)
	select {
	case <-stream.Ended():
		return &streamv1.CancelStreamResponse{Stream: stream.Proto()}, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

const maxReason = 200

func cancelled(reason string) (*problem.Error, error) {
	if utf8.RuneCountInString(reason) > maxReason || strings.ContainsFunc(reason, unicode.IsControl) {
		return nil, problem.InField(problem.FieldInvalid, "reason",
			"must be at most %d characters without control characters", maxReason)
	}
	if reason == "" {
		reason = "no reason given"
	}
	return problem.New(problem.StreamCancelled, "the stream was cancelled: %s", reason), nil
}

const (
	defaultWatchInterval = time.Second
	minWatchInterval     = 100 * time.Millisecond
	maxWatchInterval     = time.Minute
)

// WatchStreams implements streamv1.StreamServiceServer.
func (s *StreamService) WatchStreams(request *streamv1.WatchStreamsRequest, out grpc.ServerStreamingServer[streamv1.WatchStreamsResponse]) error {
	interval, err := watchInterval(request.GetIntervalMs())
	if err != nil {
		return err
	}
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	w := watch{registry: s.registry, tenant: principal.From(out.Context()).Tenant, sent: map[string]*sentStream{}}
	for {
		if err := w.tell(out); err != nil {
			return err
		}
		select {
		case <-ticker.C:
		case <-s.registry.DrainBegun():
			return errDraining
		case <-out.Context().Done():
			return context.Cause(out.Context())
		}
	}
}

func watchInterval(ms int32) (time.Duration, error) {
	if ms == 0 {
		return defaultWatchInterval, nil
	}
	interval := time.Duration(ms) * time.Millisecond
	if interval < minWatchInterval || interval > maxWatchInterval {
		return 0, problem.InField(problem.FieldInvalid, "interval_ms", "is %d; must be 100 to 60000, or 0 for 1000", ms)
	}
	return interval, nil
}
