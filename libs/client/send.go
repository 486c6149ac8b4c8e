package client

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
)

// ErrReceiptDiffers says that the server's receipt counts other points than the
// call has sent. Compare what is stored with what should be.
var ErrReceiptDiffers = errors.New("the server's receipt does not count the points that were sent")

// SendDataPoints sends all points that come out of the channel, in frames of
// [WithBatchSize] points, until the channel is closed. It returns when all of
// them are taken in, the accepted ones are durable, and the server's receipt for
// them is there. A rejected point is counted in the result and is no error.
//
// A stream that is cut is resumed as the client's [RetryPolicy] says, from the
// frame that the server names; no point is lost and none counts twice. The
// frames that are not durable are kept for that, as [WithWindow] says; when they
// are too many the channel is not read.
//
// A point that came out of the channel belongs to the call and must not be
// changed any more. It is encoded when its frame is filled, and no reference to
// it is kept behind that. When the call returns it reads the channel no more: a
// sender has to watch ctx, or whatever else tells it of the return.
//
// Every error but that of an unusable option holds an [Error] with the
// producer, its epoch, its durable position and the number of points that are
// durable. They are the first that came out of the channel, so that another call
// can go on behind them with [WithProducer]. What was sent after them may have
// been taken in too; where it is sent again by another call its samples are
// stored once, since the last one of equal series and timestamp holds, and
// counted twice. Errors: [ErrPointRefused], after everything before the point
// is durable; [ErrProducerDiffers]; [ErrReceiptDiffers], after everything is
// durable; and what the server or the connection refused. FENCED is never
// retried.
//
// Several calls may run at once on one client, each with its own producer.
func (c *StreamingClient) SendDataPoints(
	ctx context.Context, points <-chan *DataPoint, opts ...SendOption,
) (*SendResult, error) {
	o := collectSendOptions(opts)
	if err := o.validate(); err != nil {
		return nil, fmt.Errorf("send data points: %w", err)
	}
	result, err := c.newSending(points, o).run(ctx)
	if err != nil {
		return nil, fmt.Errorf("send data points as producer %s: %w", o.producerID, err)
	}
	return result, nil
}

// sending is the work of one SendDataPoints over all its attempts.
type sending struct {
	client *StreamingClient
	header *collectorv1.CollectDataPointsRequest
	window *window
	packer *packer
	meter  *sendMeter

	// earlier is what the epoch counted before this call; nil until it is known.
	earlier *pointCounts
	// first sequence of this call; 0 until the first frame's place is known.
	first    int64
	attempts int
	// idled counts the streams that were cut when they had nothing left to do.
	idled    int64
	response *collectorv1.CollectDataPointsResponse
	// packing is the packer's goroutine, which packingCtx ends.
	packing    sync.WaitGroup
	packingCtx context.Context
}

func (c *StreamingClient) newSending(points <-chan *DataPoint, o sendOptions) *sending {
	w := newWindow(o.window)
	return &sending{
		client: c,
		header: &collectorv1.CollectDataPointsRequest{ProducerId: o.producerID, Epoch: o.epoch},
		window: w,
		packer: &packer{points: points, window: w, pool: c.frames, size: o.batchSize, delay: o.batchDelay},
		meter:  newSendMeter(o),
	}
}

// run does the work and reports its progress.
func (s *sending) run(ctx context.Context) (result *SendResult, err error) {
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
	result = s.result(time.Since(begun))
	if sent := s.packer.total; result.Successful+result.Errors != sent {
		return nil, s.refusal(codes.DataLoss, fmt.Errorf("%w: %d accepted and %d rejected of %d points",
			ErrReceiptDiffers, result.Successful, result.Errors, sent))
	}
	return result, nil
}

// reached is what failures are counted from: the durable position, and the cuts
// while there was nothing to do.
func (s *sending) reached() int64 {
	sequence, _ := s.window.position()
	return sequence + s.idled
}

// adopt takes over what the Hello of a stream says, and begins to pack with the
// first one.
func (s *sending) adopt(hello *streamv1.Hello) error {
	if s.first == 0 {
		s.window.begin(hello.GetNext() - 1)
	}
	s.settle(hello.GetPosition().GetDurable())
	if err := s.window.rewind(hello.GetNext(), newFrameLimits(hello)); err != nil {
		return s.refusal(codes.FailedPrecondition, err)
	}
	if s.first == 0 {
		s.first = hello.GetNext()
		s.packing.Go(func() { s.packer.run(s.packingCtx, s.first) })
	}
	return nil
}

// settle takes in a durable position.
func (s *sending) settle(durable int64) {
	s.window.release(durable)
	sequence, points := s.window.position()
	if s.first > 0 {
		s.meter.durable(sequence-s.first+1, points)
	}
}

// fail turns the end of a call into an [Error] and learns from it.
func (s *sending) fail(ctx context.Context, err error) error {
	return s.located(ctx, s.client.callError(ctx, err))
}

// located tells in the error where the producer stands. A bare context error
// becomes an [Error].
func (s *sending) located(ctx context.Context, err error) error {
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
func (s *sending) refusal(code codes.Code, cause error) *Error {
	e := &Error{Code: code, Message: cause.Error(), status: status.New(code, cause.Error()), cause: cause}
	s.locate(e)
	return e
}

func (s *sending) locate(e *Error) {
	durable, points := s.window.position()
	e.UploadID = ""
	e.ProducerID, e.Epoch = s.header.GetProducerId(), s.header.GetEpoch()
	e.Position = Position{Received: max(durable, e.Position.Received), Durable: durable}
	e.DurablePoints = points
}
