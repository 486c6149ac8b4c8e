package api

import (
	"context"
	"time"

	"google.golang.org/grpc"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/libs/producer"
)

// drainPoll is how often a watch looks during a drain whether its producer's
// stream has ended.
const drainPoll = 100 * time.Millisecond

// watchPause is the shortest time between two messages of a watch. The journal
// may be synced thousands of times a second, and each message costs as much as
// a frame.
const watchPause = 2 * time.Millisecond

// GetPosition implements collectorv1.DataCollectionServiceServer.
func (s *Service) GetPosition(
	ctx context.Context, request *collectorv1.GetPositionRequest,
) (*collectorv1.GetPositionResponse, error) {
	key := keyOf(ctx, request.GetProducerId())
	p, err := s.collector.Find(ctx, key)
	if err != nil {
		return nil, err
	}
	defer s.collector.Release(p)
	return &collectorv1.GetPositionResponse{Position: positionOf(key, p.Position())}, nil
}

// WatchPosition implements collectorv1.DataCollectionServiceServer.
func (s *Service) WatchPosition(
	request *collectorv1.WatchPositionRequest, out grpc.ServerStreamingServer[collectorv1.WatchPositionResponse],
) error {
	return s.streams.UntilCut(out.Context(), func(ctx context.Context) error {
		key := keyOf(ctx, request.GetProducerId())
		p, err := s.collector.Watch(ctx, key)
		if err != nil {
			return err
		}
		defer s.collector.Release(p)
		return s.watch(ctx, key, p, out)
	})
}

// watch sends the position whenever it has moved.
func (s *Service) watch(
	ctx context.Context, key producer.Key, p *producer.Producer, out grpc.ServerStreamingServer[collectorv1.WatchPositionResponse],
) error {
	var sent *producer.Position
	for {
		own, journal := p.Changed()
		now := p.Position()
		if sent == nil || moved(now, *sent) {
			if err := out.Send(&collectorv1.WatchPositionResponse{Position: positionOf(key, now)}); err != nil {
				return err
			}
			sent = &now
			if err := pause(ctx, watchPause); err != nil {
				return err
			}
			continue
		}
		if err := s.awaitMove(ctx, key, own, journal); err != nil {
			return err
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// moved tells whether there is something to tell: what was received goes with
// the rest.
func moved(now, sent producer.Position) bool {
	return now.Durable != sent.Durable || now.Applied != sent.Applied || now.Epoch != sent.Epoch || now.Received < sent.Received
}

// awaitMove waits for the next change. During a drain it goes on as long as the
// producer's stream does, which needs it.
func (s *Service) awaitMove(ctx context.Context, key producer.Key, own, journal <-chan struct{}) error {
	drain := s.streams.DrainBegun()
	var poll <-chan time.Time
	for {
		select {
		case <-own:
			return nil
		case <-journal:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-drain:
		case <-poll:
		}
		if s.streams.Carrier(workKey(key)) == "" {
			return problem.New(problem.Draining, "the server is shutting down; watch again when it is back")
		}
		drain, poll = nil, time.After(drainPoll)
	}
}

func positionOf(key producer.Key, p producer.Position) *streamv1.ProducerPosition {
	return &streamv1.ProducerPosition{
		ProducerId: key.ProducerID,
		Epoch:      p.Epoch,
		Position:   &streamv1.Position{Received: p.Received, Durable: p.Durable},
		Applied:    p.Applied,
	}
}
