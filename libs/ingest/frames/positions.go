package frames

import (
	"context"
	"time"

	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/libs/ingest"
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

// Positions tell how far producers have come. Safe for concurrent use.
type Positions struct {
	Intake  *Intake
	Streams *ingest.Registry
}

// Get returns where a producer of the caller stands, or reason
// PRODUCER_NOT_FOUND.
func (p *Positions) Get(ctx context.Context, producerID string) (*streamv1.ProducerPosition, error) {
	key := KeyOf(ctx, producerID)
	known, err := p.Intake.find(ctx, key)
	if err != nil {
		return nil, err
	}
	defer p.Intake.producers.Release(known)
	return positionOf(key, known.Position()), nil
}

// Watch sends where a producer of the caller stands, at once and whenever that
// has moved, until ctx is done or the server drains.
func (p *Positions) Watch(ctx context.Context, producerID string, send func(*streamv1.ProducerPosition) error) error {
	return p.Streams.UntilCut(ctx, func(ctx context.Context) error {
		key := KeyOf(ctx, producerID)
		watched, err := p.Intake.watch(ctx, key)
		if err != nil {
			return err
		}
		defer p.Intake.producers.Release(watched)
		return p.tell(ctx, key, watched, send)
	})
}

// tell sends the position whenever it has moved.
func (p *Positions) tell(
	ctx context.Context, key producer.Key, watched *producer.Producer, send func(*streamv1.ProducerPosition) error,
) error {
	var sent *producer.Position
	for {
		own, journal := watched.Changed()
		now := watched.Position()
		if sent == nil || moved(now, *sent) {
			if err := send(positionOf(key, now)); err != nil {
				return err
			}
			sent = &now
			if err := pause(ctx, watchPause); err != nil {
				return err
			}
			continue
		}
		if err := p.awaitMove(ctx, key, own, journal); err != nil {
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
func (p *Positions) awaitMove(ctx context.Context, key producer.Key, own, journal <-chan struct{}) error {
	drain := p.Streams.DrainBegun()
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
		if p.Streams.Carrier(workKey(key)) == "" {
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
