package api

import (
	"context"

	"google.golang.org/grpc"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/services/logagg/internal/core"
)

// TailLogs implements logaggv1.LogAggregationServiceServer.
func (s *Service) TailLogs(request *logaggv1.TailLogsRequest, out grpc.ServerStreamingServer[logaggv1.TailLogsResponse]) error {
	f := request.GetFilter()
	if f != nil && (f.StartTime != nil || f.EndTime != nil) {
		return problem.InField(problem.FieldInvalid, "filter", "has a start or end time; leave them out, what comes is sent")
	}
	p := principal.From(out.Context())
	filter, err := core.ParseFilter(f, p.Grants.Applications)
	if err != nil {
		return err
	}
	return s.streams.UntilCut(out.Context(), func(ctx context.Context) error {
		ctx, stop := s.untilDrain(ctx)
		defer stop()
		tail, err := s.tails.Follow(p.Tenant, filter)
		if err != nil {
			return err
		}
		defer tail.Close()
		return follow(ctx, tail, out)
	})
}

// untilDrain returns a context that also ends when a drain begins: a tail has no
// end of its own that it could be given time for.
func (s *Service) untilDrain(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		select {
		case <-s.streams.DrainBegun():
			cancel(problem.New(problem.Draining, "the server is shutting down; follow again when it is back"))
		case <-ctx.Done():
		}
	}()
	return ctx, func() { cancel(nil) }
}

// follow sends what comes. What was missed came after the entries before it, so
// it is told with the next ones.
func follow(ctx context.Context, tail *core.Tail, out grpc.ServerStreamingServer[logaggv1.TailLogsResponse]) error {
	if err := out.Send(&logaggv1.TailLogsResponse{}); err != nil {
		return err
	}
	for {
		entries, missed, err := tail.Next(ctx)
		if err != nil {
			return err
		}
		if len(entries) > 0 {
			if err := out.Send(&logaggv1.TailLogsResponse{Entries: recordsOf(entries)}); err != nil {
				return err
			}
		}
		if missed > 0 {
			if err := out.Send(&logaggv1.TailLogsResponse{MissedCount: missed}); err != nil {
				return err
			}
		}
	}
}
