package bench

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/tools/internal/load"
)

// window is how many frames of a producer may be sent and not durable.
const window = 256

// rawProducer sends encoded frames over one stream and follows its position.
type rawProducer struct {
	id     string
	client collectorv1.DataCollectionServiceClient
	frames []rawMessage
	// interval between two frames; 0 for none.
	interval time.Duration

	stream grpc.ClientStream
	watch  grpc.ServerStreamingClient[collectorv1.WatchPositionResponse]
	slots  chan struct{}
	// sentAt in Unix nanoseconds, by frame.
	sentAt  []atomic.Int64
	latency []time.Duration
}

// openProducer opens the stream and the watch, so that neither is made while the clock
// runs. ctx ends both.
func openProducer(
	ctx context.Context, c collectorv1.DataCollectionServiceClient, frames []rawMessage, interval time.Duration,
) (*rawProducer, error) {
	p := &rawProducer{
		id: uuid.NewString(), client: c, frames: frames, interval: interval,
		slots: make(chan struct{}, window), sentAt: make([]atomic.Int64, len(frames)),
		latency: make([]time.Duration, 0, len(frames)),
	}
	stream, err := c.CollectDataPoints(ctx, grpc.ForceCodecV2(newRawCodec()))
	if err != nil {
		return nil, err
	}
	p.stream = stream
	if err := stream.SendMsg(rawMessage(load.Opening(p.id, 1))); err != nil {
		return nil, p.broken(err)
	}
	if _, err := stream.Header(); err != nil {
		return nil, p.broken(err)
	}
	p.watch, err = c.WatchPosition(ctx, &collectorv1.WatchPositionRequest{ProducerId: p.id})
	return p, err
}

// send sends all frames, at most a window ahead of the durable position.
func (p *rawProducer) send(ctx context.Context) error {
	begun := time.Now()
	for i, frame := range p.frames {
		select {
		case p.slots <- struct{}{}:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if err := until(ctx, begun.Add(time.Duration(i)*p.interval)); err != nil {
			return err
		}
		p.sentAt[i].Store(time.Now().UnixNano())
		if err := p.stream.SendMsg(frame); err != nil {
			return p.broken(err)
		}
	}
	return nil
}

// until waits for a moment that may have passed.
func until(ctx context.Context, at time.Time) error {
	wait := time.Until(at)
	if wait <= 0 {
		return nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// follow returns when the last frame is durable.
func (p *rawProducer) follow() error {
	for durable := 0; durable < len(p.frames); {
		moved, err := p.watch.Recv()
		if err != nil {
			return err
		}
		now := time.Now().UnixNano()
		for ; durable < int(moved.GetPosition().GetPosition().GetDurable()); durable++ {
			p.latency = append(p.latency, time.Duration(now-p.sentAt[durable].Load()))
			<-p.slots
		}
	}
	return nil
}

// receipt ends the stream and returns how many points were accepted.
func (p *rawProducer) receipt() (accepted int64, err error) {
	if err := p.stream.CloseSend(); err != nil {
		return 0, err
	}
	var answer collectorv1.CollectDataPointsResponse
	err = p.stream.RecvMsg(&answer)
	return answer.GetSuccessfulCount(), err
}

// broken is why a Send failed, which only says that the stream has ended.
func (p *rawProducer) broken(err error) error {
	var answer collectorv1.CollectDataPointsResponse
	if why := p.stream.RecvMsg(&answer); why != nil {
		return why
	}
	return err
}
