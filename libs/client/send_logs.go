package client

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
)

// ErrEntryRefused says that an entry can't be sent at all: it is nil, has a text
// that is not UTF-8 (strings.ToValidUTF8 makes it one), or is larger than a
// message may be. The error's text names the entry and quotes neither its
// message nor its fields' values. All entries before it were sent.
var ErrEntryRefused = errors.New("the entry can't be sent")

// SendLogs sends all entries that come out of the channel, in frames of
// [WithBatchSize] entries, until the channel is closed. It returns when all of
// them are taken in, the indexed ones are durable, and the server's receipt for
// them is there. An entry that a rule of the server filters or that is rejected
// is counted in the result and is no error.
//
// A stream that is cut is resumed as the client's [RetryPolicy] says, from the
// frame that the server names; no entry is lost and none counts twice. The
// frames that are not durable are kept for that, as [WithWindow] says; when they
// are too many the channel is not read.
//
// An entry that came out of the channel belongs to the call and must not be
// changed any more. It is encoded when its frame is filled, and no reference to
// it is kept behind that. When the call returns it reads the channel no more: a
// sender has to watch ctx, or whatever else tells it of the return.
//
// Every error but that of an unusable option holds an [Error] with the
// producer, its epoch, its durable position and the number of entries that are
// durable. They are the first that came out of the channel, so that another call
// can go on behind them with [WithProducer]. What was sent after them may have
// been taken in too; where it is sent again by another call it is stored twice.
// Errors: [ErrEntryRefused], after everything before the entry is durable;
// [ErrProducerDiffers]; [ErrReceiptDiffers], after everything is durable; and
// what the server or the connection refused. FENCED is never retried.
//
// Several calls may run at once on one client, each with its own producer.
func (c *StreamingClient) SendLogs(
	ctx context.Context, entries <-chan *LogEntry, opts ...SendOption,
) (*LogResult, error) {
	o := collectSendOptions(opts)
	if err := o.validate(); err != nil {
		return nil, fmt.Errorf("send logs: %w", err)
	}
	s := newSending(c, logService{c.logs}, &logEncoder{}, entries, &o)
	done, err := s.run(ctx)
	if err != nil {
		return nil, fmt.Errorf("send logs as producer %s: %w", o.producerID, err)
	}
	return newLogResult(s, done), nil
}

// logService is the log service.
type logService struct {
	client logaggv1.LogAggregationServiceClient
}

func (l logService) header(producerID string, epoch int64) proto.Message {
	return &logaggv1.CollectLogsRequest{ProducerId: producerID, Epoch: epoch}
}

func (l logService) collect(ctx context.Context, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	return l.client.CollectLogs(ctx, opts...)
}

func (l logService) watch(ctx context.Context, producerID string) (func() (*streamv1.ProducerPosition, error), error) {
	moves, err := l.client.WatchPosition(ctx, &logaggv1.WatchPositionRequest{ProducerId: producerID})
	if err != nil {
		return nil, err
	}
	return func() (*streamv1.ProducerPosition, error) {
		move, err := moves.Recv()
		return move.GetPosition(), err
	}, nil
}

func (l logService) newReceipt() *logaggv1.CollectLogsResponse {
	return &logaggv1.CollectLogsResponse{}
}

func (l logService) counts(r *logaggv1.CollectLogsResponse, epoch int64) *epochCounts {
	totals := r.GetEpochTotals()
	if totals.GetEpoch() != epoch {
		return &epochCounts{}
	}
	return &epochCounts{
		accepted: totals.GetIndexedCount(), filtered: totals.GetFilteredCount(), rejected: totals.GetRejectedCount(),
		redacted: totals.GetRedactedCount(), byReason: countReasons(totals.GetErrorCounts(), logReasonPrefix),
	}
}

func (l logService) items() string { return "entries" }

func (l logService) locate(e *Error, items int64) { e.DurableEntries = items }
