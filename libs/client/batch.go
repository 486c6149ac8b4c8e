package client

import (
	"context"
	"errors"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// errNoRoom refuses an item that is larger than a frame may be.
var errNoRoom = errors.New("it is too large")

// batch is the frame that is being filled, and what the frames before it count.
// It hands full frames over to the window.
type batch struct {
	window *window
	pool   *framePool
	// size is the number of items of a full frame.
	size int
	// delay is how long a frame waits for further items.
	delay time.Duration
	// timer runs while the frame has items. The frame goes when it fires.
	timer *time.Timer

	// buffer is nil when no frame is begun.
	buffer   *[]byte
	count    int
	limits   frameLimits
	sequence int64
	// total is the number of items in the frames before.
	total int64
}

// next is the place in the call of the item that is added next.
func (b *batch) next() int64 { return b.total + int64(b.count) }

// add appends an encoded item to the frame, or to the next one if it has no
// room. An item that no frame can take fails with errNoRoom.
func (b *batch) add(ctx context.Context, item []byte) error {
	size := protowire.SizeTag(fieldItems) + protowire.SizeBytes(len(item))
	if b.buffer != nil && len(*b.buffer)+size > b.limits.bytes {
		if err := b.flush(ctx); err != nil {
			return err
		}
	}
	if b.buffer == nil {
		b.begin()
	}
	if len(*b.buffer)+size > b.limits.bytes {
		return errNoRoom
	}
	buffer := protowire.AppendTag(*b.buffer, fieldItems, protowire.BytesType)
	*b.buffer = protowire.AppendBytes(buffer, item)
	b.count++
	if b.count >= min(b.size, b.limits.items) {
		return b.flush(ctx)
	}
	return nil
}

// begin starts a frame.
func (b *batch) begin() {
	b.limits = b.window.frameLimits()
	b.buffer = b.pool.Get(0)
	buffer := protowire.AppendTag(*b.buffer, fieldSequence, protowire.VarintType)
	*b.buffer = protowire.AppendVarint(buffer, uint64(b.sequence))
	b.timer.Reset(b.delay)
}

// flush hands the frame over to the window as soon as that has room.
func (b *batch) flush(ctx context.Context) error {
	if b.count == 0 {
		return nil
	}
	b.timer.Stop()
	b.total += int64(b.count)
	f := newFrame(b.sequence, b.count, b.total, b.buffer, b.pool)
	b.buffer, b.count = nil, 0
	b.sequence++
	return b.window.push(ctx, f)
}
