package client

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// ErrPointRefused says that a point can't be sent at all: it is nil, has a text
// that is not UTF-8, or is larger than a message may be. The error's text names
// the point. All points before it were sent.
var ErrPointRefused = errors.New("the point can't be sent")

// errPacked ends the packing of a call whose channel was closed.
var errPacked = errors.New("the channel is closed")

// packer puts the points of a channel into frames and these into the window,
// over all attempts of a call.
type packer struct {
	points <-chan *DataPoint
	window *window
	pool   *framePool
	size   int
	delay  time.Duration

	encoder pointEncoder
	// scratch holds one encoded point.
	scratch []byte
	// timer runs while the frame has points. The frame goes when it fires.
	timer *time.Timer

	// The frame that is being filled; buffer is nil when there is none.
	buffer   *[]byte
	count    int
	limits   frameLimits
	sequence int64
	// total is the number of points in frames.
	total int64
}

// run packs until the channel is closed, a point is refused, or ctx ends. It
// begins with the frame of the given sequence.
func (p *packer) run(ctx context.Context, sequence int64) {
	p.sequence = sequence
	p.timer = time.NewTimer(p.delay)
	defer p.timer.Stop()
	p.timer.Stop()
	err := p.pack(ctx)
	if p.flush(ctx) != nil || ctx.Err() != nil {
		return // the call ends too, and nothing must look like its complete end
	}
	if errors.Is(err, errPacked) {
		err = nil
	}
	p.window.close(err)
}

func (p *packer) pack(ctx context.Context) error {
	for {
		point, err := p.next(ctx)
		if err != nil {
			return err
		}
		if err := p.add(ctx, point); err != nil {
			return err
		}
	}
}

// next returns the next point, and sends the frame meanwhile when its time has
// come.
func (p *packer) next(ctx context.Context) (*DataPoint, error) {
	for {
		select { // costs a fraction of the one below
		case point, ok := <-p.points:
			return received(point, ok)
		default:
		}
		select {
		case point, ok := <-p.points:
			return received(point, ok)
		case <-p.timer.C:
			if err := p.flush(ctx); err != nil {
				return nil, err
			}
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

func received(point *DataPoint, ok bool) (*DataPoint, error) {
	if !ok {
		return nil, errPacked
	}
	return point, nil
}

// add appends the point to the frame, or to the next one if it has no room.
func (p *packer) add(ctx context.Context, point *DataPoint) error {
	if err := p.encode(point); err != nil {
		return p.refuse(point, err)
	}
	size := protowire.SizeTag(fieldPoints) + protowire.SizeBytes(len(p.scratch))
	if p.buffer != nil && len(*p.buffer)+size > p.limits.bytes {
		if err := p.flush(ctx); err != nil {
			return err
		}
	}
	if p.buffer == nil {
		p.begin()
	}
	if len(*p.buffer)+size > p.limits.bytes {
		return p.refuse(point, fmt.Errorf("it has %d bytes, more than a message of %d bytes can take", len(p.scratch), p.limits.bytes))
	}
	b := protowire.AppendTag(*p.buffer, fieldPoints, protowire.BytesType)
	*p.buffer = protowire.AppendBytes(b, p.scratch)
	p.count++
	if p.count >= min(p.size, p.limits.items) {
		return p.flush(ctx)
	}
	return nil
}

func (p *packer) encode(point *DataPoint) (err error) {
	if point == nil {
		return errors.New("it is nil")
	}
	p.scratch, err = p.encoder.appendPoint(p.scratch[:0], point)
	return err
}

// refuse names the point.
func (p *packer) refuse(point *DataPoint, why error) error {
	return fmt.Errorf("%w: point %d, of source %.100q at %d: %w",
		ErrPointRefused, p.total+int64(p.count), point.GetSource(), point.GetTimestamp(), why)
}

// begin starts a frame.
func (p *packer) begin() {
	p.limits = p.window.frameLimits()
	p.buffer = p.pool.Get(0)
	b := protowire.AppendTag(*p.buffer, fieldSequence, protowire.VarintType)
	*p.buffer = protowire.AppendVarint(b, uint64(p.sequence))
	p.timer.Reset(p.delay)
}

// flush hands the frame over to the window as soon as that has room.
func (p *packer) flush(ctx context.Context) error {
	if p.count == 0 {
		return nil
	}
	p.timer.Stop()
	p.total += int64(p.count)
	f := newFrame(p.sequence, p.count, p.total, p.buffer, p.pool)
	p.buffer, p.count = nil, 0
	p.sequence++
	return p.window.push(ctx, f)
}
