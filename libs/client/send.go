package client

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
)

// ErrReceiptDiffers says that the server's receipt counts something else than
// what the call has sent. Compare what is stored with what should be.
var ErrReceiptDiffers = errors.New("the server's receipt does not count what was sent")

// sending is the work of one call that sends frames, over all its attempts. It
// does not know what the frames hold.
type sending[R receipt] struct {
	client     *StreamingClient
	service    frameService[R]
	producerID string
	epoch      int64
	window     *window
	meter      *sendMeter

	// batch counts what pack has put into frames. pack begins with the frame of
	// the given sequence.
	batch *batch
	pack  func(ctx context.Context, sequence int64)
	// packing is the goroutine of pack, which packingCtx ends.
	packing    sync.WaitGroup
	packingCtx context.Context

	// earlier is what the epoch counted before this call; nil until it is known.
	earlier *epochCounts
	// first sequence of this call; 0 until the first frame's place is known.
	first    int64
	attempts int
	// idled counts the streams that were cut when they had nothing left to do.
	idled int64
	// rests is set when the server does not want a stream as long as nothing is
	// to be sent.
	rests bool
	// receipt is set once an attempt has succeeded.
	receipt R
}

// newSending returns the work of sending what comes out of the channel.
func newSending[T any, R receipt](
	c *StreamingClient, service frameService[R], encoder itemEncoder[T], items <-chan T, o *sendOptions,
) *sending[R] {
	w := newWindow(o.window)
	p := &packer[T]{
		batch: batch{window: w, pool: c.frames, size: o.batchSize, delay: o.batchDelay},
		items: items, encoder: encoder,
	}
	return &sending[R]{
		client: c, service: service, producerID: o.producerID, epoch: o.epoch,
		window: w, meter: newSendMeter(o), batch: &p.batch, pack: p.run,
	}
}

// sent is what a sending has done.
type sent[R receipt] struct {
	// receipt of the last stream. Without frames it may be that of an earlier
	// call.
	receipt R
	// counts are the items of the call.
	counts   *epochCounts
	items    int64
	frames   int64
	attempts int
	duration time.Duration
}

// run does the work and reports its progress.
func (s *sending[R]) run(ctx context.Context) (done *sent[R], err error) {
	s.meter.start()
	defer func() { s.meter.finish(err) }()
	packingCtx, stopPacking := context.WithCancel(ctx)
	s.packingCtx = packingCtx
	defer s.window.clear()
	defer s.packing.Wait()
	defer stopPacking()

	begun := time.Now()
	err = s.client.try(ctx, trial{attempt: s.attempt, again: retryable, reached: s.reached, waiting: s.meter.wait})
	if err != nil {
		return nil, s.located(ctx, err)
	}
	if _, refused := s.window.ended(); refused != nil {
		return nil, s.refusal(codes.InvalidArgument, refused)
	}
	done = s.done(time.Since(begun))
	if counted := done.counts.total(); counted != done.items {
		return nil, s.refusal(codes.DataLoss,
			fmt.Errorf("%w: %d of %d %s", ErrReceiptDiffers, counted, done.items, s.service.items()))
	}
	return done, nil
}

func (s *sending[R]) done(duration time.Duration) *sent[R] {
	return &sent[R]{
		receipt:  s.receipt,
		counts:   s.service.counts(s.receipt, s.epoch).since(s.earlier),
		items:    s.batch.total,
		frames:   s.batch.sequence - s.first,
		attempts: s.attempts,
		duration: duration,
	}
}

// reached is what failures are counted from: the durable position, and the cuts
// while there was nothing to do.
func (s *sending[R]) reached() int64 {
	sequence, _ := s.window.position()
	return sequence + s.idled
}

// adopt takes over what the Hello of a stream says, and begins to pack with the
// first one.
func (s *sending[R]) adopt(hello *streamv1.Hello) error {
	if s.first == 0 {
		s.window.begin(hello.GetNext() - 1)
	}
	s.settle(hello.GetPosition().GetDurable())
	if err := s.window.rewind(hello.GetNext(), newFrameLimits(hello)); err != nil {
		return s.refusal(codes.FailedPrecondition, err)
	}
	if s.first == 0 {
		s.first = hello.GetNext()
		s.packing.Go(func() { s.pack(s.packingCtx, s.first) })
	}
	return nil
}

// settle takes in a durable position.
func (s *sending[R]) settle(durable int64) {
	s.window.release(durable)
	sequence, items := s.window.position()
	if s.first > 0 {
		s.meter.durable(sequence-s.first+1, items)
	}
}

// fail turns the end of a call into an [Error] and learns from it.
func (s *sending[R]) fail(ctx context.Context, err error) error {
	return s.located(ctx, s.client.callError(ctx, err))
}

// located tells in the error where the producer stands. A bare context error
// becomes an [Error].
func (s *sending[R]) located(ctx context.Context, err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		located := s.refusal(status.FromContextError(err).Code(), err)
		located.local = ctx.Err() != nil
		return located
	}
	s.settle(e.Position.Durable)
	s.locate(e)
	return err
}

// refusal is a failure that the SDK has found itself.
func (s *sending[R]) refusal(code codes.Code, cause error) *Error {
	e := &Error{Code: code, Message: cause.Error(), status: status.New(code, cause.Error()), cause: cause}
	s.locate(e)
	return e
}

func (s *sending[R]) locate(e *Error) {
	durable, items := s.window.position()
	e.UploadID = ""
	e.ProducerID, e.Epoch = s.producerID, s.epoch
	e.Position = Position{Received: max(durable, e.Position.Received), Durable: durable}
	s.service.locate(e, items)
}
