package bench

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc"

	"github.com/sluice-ingest/sluice/tools/internal/load"
)

// window is how many frames of a producer may be sent and not durable.
const window = 256

// rawProducer sends encoded frames over one stream and follows its position.
type rawProducer struct {
	id      string
	service frameService
	frames  []rawMessage
	// interval between two frames; 0 for none.
	interval time.Duration

	stream grpc.ClientStream
	// moved receives the durable position.
	moved func() (durable int64, err error)
	slots chan struct{}
	// sentAt in Unix nanoseconds, by frame.
	sentAt  []atomic.Int64
	latency []time.Duration
}

// openProducer opens the stream and the watch, so that neither is made while the clock
// runs. ctx ends both.
func openProducer(ctx context.Context, s frameService, frames []rawMessage, interval time.Duration) (*rawProducer, error) {
	p := &rawProducer{
		id: uuid.NewString(), service: s, frames: frames, interval: interval,
		slots: make(chan struct{}, window), sentAt: make([]atomic.Int64, len(frames)),
		latency: make([]time.Duration, 0, len(frames)),
	}
	stream, err := s.collect(ctx, grpc.ForceCodecV2(newRawCodec()))
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
	p.moved, err = s.watch(ctx, p.id)
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
		position, err := p.moved()
		if err != nil {
			return err
		}
		now := time.Now().UnixNano()
		for ; durable < int(position); durable++ {
			p.latency = append(p.latency, time.Duration(now-p.sentAt[durable].Load()))
			<-p.slots
		}
	}
	return nil
}

// receipt ends the stream and returns how many items were accepted.
func (p *rawProducer) receipt() (accepted int64, err error) {
	if err := p.stream.CloseSend(); err != nil {
		return 0, err
	}
	return p.service.answer(p.stream)
}

// broken is why a Send failed, which only says that the stream has ended.
func (p *rawProducer) broken(err error) error {
	if _, why := p.service.answer(p.stream); why != nil {
		return why
	}
	return err
}
