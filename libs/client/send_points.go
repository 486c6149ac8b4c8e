package client

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
)

// ErrPointRefused says that a point can't be sent at all: it is nil, has a text
// that is not UTF-8, or is larger than a message may be. The error's text names
// the point. All points before it were sent.
var ErrPointRefused = errors.New("the point can't be sent")

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
	s := newSending(c, pointService{c.points}, &pointEncoder{}, points, &o)
	done, err := s.run(ctx)
	if err != nil {
		return nil, fmt.Errorf("send data points as producer %s: %w", o.producerID, err)
	}
	return newSendResult(s, done), nil
}

// pointService is the collector.
type pointService struct {
	client collectorv1.DataCollectionServiceClient
}

func (p pointService) header(producerID string, epoch int64) proto.Message {
	return &collectorv1.CollectDataPointsRequest{ProducerId: producerID, Epoch: epoch}
}

func (p pointService) collect(ctx context.Context, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	return p.client.CollectDataPoints(ctx, opts...)
}

func (p pointService) watch(ctx context.Context, producerID string) (func() (*streamv1.ProducerPosition, error), error) {
	moves, err := p.client.WatchPosition(ctx, &collectorv1.WatchPositionRequest{ProducerId: producerID})
	if err != nil {
		return nil, err
	}
	return func() (*streamv1.ProducerPosition, error) {
		move, err := moves.Recv()
		return move.GetPosition(), err
	}, nil
}

func (p pointService) newReceipt() *collectorv1.CollectDataPointsResponse {
	return &collectorv1.CollectDataPointsResponse{}
}

func (p pointService) counts(r *collectorv1.CollectDataPointsResponse, epoch int64) *epochCounts {
	totals := r.GetEpochTotals()
	if totals.GetEpoch() != epoch {
		return &epochCounts{}
	}
	return &epochCounts{
		accepted: totals.GetSuccessfulCount(), rejected: totals.GetErrorCount(),
		byReason: countReasons(totals.GetErrorCounts(), pointReasonPrefix),
	}
}

func (p pointService) items() string { return "points" }

func (p pointService) locate(e *Error, items int64) { e.DurablePoints = items }
