package client

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// errPacked ends the packing of a call whose channel was closed.
var errPacked = errors.New("the channel is closed")

// itemEncoder encodes what frames hold. It is used by one goroutine.
type itemEncoder[T any] interface {
	// encode appends the fields of the item. It fails when the item can't be
	// sent.
	encode(b []byte, item T) ([]byte, error)
	// refuse names an item that can't be sent, by its place in the call too.
	refuse(item T, place int64, why error) error
}

// packer puts the items of a channel into frames and these into the window,
// over all attempts of a call.
type packer[T any] struct {
	batch

	items   <-chan T
	encoder itemEncoder[T]
	// scratch holds one encoded item.
	scratch []byte
}

// run packs until the channel is closed, an item is refused, or ctx ends. It
// begins with the frame of the given sequence.
func (p *packer[T]) run(ctx context.Context, sequence int64) {
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

func (p *packer[T]) pack(ctx context.Context) error {
	for {
		item, err := p.receive(ctx)
		if err != nil {
			return err
		}
		if err := p.put(ctx, item); err != nil {
			return err
		}
	}
}

// receive returns the next item, and sends the frame meanwhile when its time
// has come.
func (p *packer[T]) receive(ctx context.Context) (T, error) {
	for {
		select { // costs a fraction of the one below
		case item, ok := <-p.items:
			return received(item, ok)
		default:
		}
		select {
		case item, ok := <-p.items:
			return received(item, ok)
		case <-p.timer.C:
			if err := p.flush(ctx); err != nil {
				return *new(T), err
			}
		case <-ctx.Done():
			return *new(T), context.Cause(ctx)
		}
	}
}

func received[T any](item T, ok bool) (T, error) {
	if !ok {
		return item, errPacked
	}
	return item, nil
}

// put encodes the item into a frame.
func (p *packer[T]) put(ctx context.Context, item T) (err error) {
	p.scratch, err = p.encoder.encode(p.scratch[:0], item)
	if err != nil {
		return p.encoder.refuse(item, p.next(), err)
	}
	err = p.add(ctx, p.scratch)
	if errors.Is(err, errNoRoom) {
		return p.encoder.refuse(item, p.next(),
			fmt.Errorf("it has %d bytes, more than a message of %d bytes can take", len(p.scratch), p.limits.bytes))
	}
	return err
}
