package client

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// windowBytes bounds the frames of a window together, unless there is only one.
const windowBytes = 8 << 20

// ErrProducerDiffers says that the server and the call disagree about the
// producer's frames: something else sends as the same producer, or the server
// has lost what it had called durable. Send as another producer, or with a newer
// epoch after checking what is stored.
var ErrProducerDiffers = errors.New("the server's position does not fit this producer's frames")

// window holds the frames of a call that are not durable yet, in the order of
// their sequences. A packer pushes, a sender takes, and what the server tells of
// its position releases them. Each of the two waits in one goroutine at most.
type window struct {
	maxFrames int
	// space and work are signals: a token tells that it is worth looking again.
	space, work chan struct{}

	// mu guards what follows.
	mu     sync.Mutex
	frames []*frame
	// sent is the number of frames that the present stream need not send: it
	// has, or the server has received them.
	sent  int
	bytes int
	// closed is set when no frame will be pushed any more, and err is why if
	// that was not the channel's end.
	closed bool
	err    error
	limits frameLimits
	places framePlaces
	// durable is the last frame released; last is the newest one pushed.
	durable, last int64
	// durableItems is the number of items up to the last frame released.
	durableItems int64
}

func newWindow(frames int) *window {
	return &window{maxFrames: frames, space: make(chan struct{}, 1), work: make(chan struct{}, 1)}
}

// begin sets the place behind which the frames of the call begin.
func (w *window) begin(before int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.durable, w.last = before, before
}

// push adds a frame as soon as there is room. The window frees it.
func (w *window) push(ctx context.Context, f *frame) error {
	for !w.offer(f) {
		select {
		case <-w.space:
		case <-ctx.Done():
			f.buffer.Free()
			return context.Cause(ctx)
		}
	}
	signal(w.work)
	return nil
}

func (w *window) offer(f *frame) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.frames) >= w.maxFrames || (len(w.frames) > 0 && w.bytes+f.size > windowBytes) {
		return false
	}
	w.frames = append(w.frames, f)
	w.bytes += f.size
	w.last = f.sequence
	w.places.add(f)
	return true
}

// close tells that no frame follows.
func (w *window) close(err error) {
	w.mu.Lock()
	w.closed, w.err = true, err
	w.mu.Unlock()
	signal(w.work)
}

// next returns the next frame to send with a reference for the caller, or nil
// when all were sent and the window is closed.
func (w *window) next(ctx context.Context) (*frame, error) {
	for {
		f, done := w.take()
		if f != nil || done {
			return f, nil
		}
		select {
		case <-w.work:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// awaitWork waits until a frame is there or none will come.
func (w *window) awaitWork(ctx context.Context) error {
	for w.idle() {
		select {
		case <-w.work:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func (w *window) take() (f *frame, done bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.sent == len(w.frames) {
		return nil, w.closed
	}
	f = w.frames[w.sent]
	f.buffer.Ref()
	w.sent++
	return f, false
}

// release lets go of the frames up to the given sequence that were sent.
func (w *window) release(durable int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for n < w.sent && w.frames[n].sequence <= durable {
		w.drop(w.frames[n])
		n++
	}
	w.frames = slices.Delete(w.frames, 0, n)
	w.sent -= n
	if n > 0 {
		signal(w.space)
	}
}

func (w *window) drop(f *frame) {
	w.durable, w.durableItems = f.sequence, f.end
	w.bytes -= f.size
	f.buffer.Free()
}

// position returns the last frame released and the number of items up to it.
func (w *window) position() (sequence, items int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.durable, w.durableItems
}

// rewind makes the frame of the given sequence the next one to send. The frames
// before it, which the server has received, stay until they are durable.
func (w *window) rewind(next int64, limits frameLimits) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.limits = limits
	if next <= w.durable || next > w.last+1 {
		return fmt.Errorf("%w: it goes on at frame %d; of this call %d is durable and %d the newest",
			ErrProducerDiffers, next, w.durable, w.last)
	}
	w.sent = len(w.frames) - int(w.last+1-next)
	if w.places.full() {
		// The next receipt is of the frames that this stream brings.
		w.places = framePlaces{}
		for _, f := range w.frames[w.sent:] {
			w.places.add(f)
		}
	}
	return nil
}

// place is the place in the call of an item of a frame, or -1.
func (w *window) place(sequence int64, index int) int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.places.place(sequence, index)
}

func (w *window) frameLimits() frameLimits {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.limits
}

// idle tells that nothing is left to send or to become durable, and more may
// come.
func (w *window) idle() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.frames) == 0 && !w.closed
}

// ended tells whether the window is closed with everything durable, and why if
// that was not the channel's end.
func (w *window) ended() (bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.closed && len(w.frames) == 0, w.err
}

// clear frees what is left.
func (w *window) clear() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.frames {
		f.buffer.Free()
	}
	w.frames, w.sent, w.bytes = nil, 0, 0
}

// signal leaves a token if there is none.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
