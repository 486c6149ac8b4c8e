package api_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/libs/ingest"
	"github.com/sluice-ingest/sluice/libs/ingest/frames/framestest"
)

// began is the timestamp of the first entry of a test.
var began = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).UnixNano()

func TestStreamsOfFrames(t *testing.T) {
	framestest.Run(t, func(t testing.TB, dir string) *framestest.Service {
		t.Helper()
		h := openHarness(t, dir)
		return &framestest.Service{
			Connection: h.connection, Streams: h.streams, Gate: h.gate,
			Collect: logaggv1.LogAggregationService_CollectLogs_FullMethodName,
			Items:   "entries", FrameItems: frameItems,
			Message: func(producerID string, epoch, sequence int64, items int) proto.Message {
				message := &logaggv1.CollectLogsRequest{ProducerId: producerID, Epoch: epoch, Sequence: sequence}
				for i := range items {
					message.Entries = append(message.Entries, entry(int64(i), "info", "ready"))
				}
				return message
			},
			NewReceipt: func() proto.Message { return &logaggv1.CollectLogsResponse{} },
			Read:       readReceipt,
			Stored: func(ctx context.Context, t testing.TB, producerID string, sequence int64) int {
				t.Helper()
				return len(h.search(ctx, t, &logaggv1.SearchLogsRequest{WaitFor: wait(producerID, sequence)}))
			},
			GetPosition: func(ctx context.Context, producerID string) (*streamv1.ProducerPosition, error) {
				response, err := h.logs.GetPosition(ctx, &logaggv1.GetPositionRequest{ProducerId: producerID})
				return response.GetPosition(), err
			},
			WatchPosition: func(ctx context.Context, producerID string) (framestest.Watch, error) {
				watch, err := h.logs.WatchPosition(ctx, &logaggv1.WatchPositionRequest{ProducerId: producerID})
				return func() (*streamv1.ProducerPosition, error) {
					response, err := watch.Recv()
					return response.GetPosition(), err
				}, err
			},
		}
	})
}

func readReceipt(m proto.Message) framestest.Receipt {
	r := m.(*logaggv1.CollectLogsResponse)
	return framestest.Receipt{
		Total: r.GetTotalReceived(), Accepted: r.GetIndexedCount(), Duplicates: r.GetDuplicateCount(),
		ProducerID: r.GetProducerId(), Position: r.GetPosition(),
		Epoch: r.GetEpochTotals().GetEpoch(), EpochAccepted: r.GetEpochTotals().GetIndexedCount(),
	}
}

// entry is an entry of the application a, so many seconds after the first one.
// fields are names and values in turn.
func entry(second int64, level, message string, fields ...string) *logaggv1.LogEntry {
	e := &logaggv1.LogEntry{
		Application: "a", Level: level, Timestamp: began + second*int64(time.Second), Message: message, Fields: map[string]string{},
	}
	for i := 0; i < len(fields); i += 2 {
		e.Fields[fields[i]] = fields[i+1]
	}
	return e
}

// collect sends frames of a producer on one stream and returns the receipt.
func (h *harness) collect(ctx context.Context, t testing.TB, producerID string, frames ...[]*logaggv1.LogEntry) *logaggv1.CollectLogsResponse {
	t.Helper()
	rpc, next := h.open(ctx, t, producerID)
	for i, entries := range frames {
		require.NoError(t, rpc.Send(&logaggv1.CollectLogsRequest{Sequence: next + int64(i), Entries: entries}))
	}
	receipt, err := rpc.CloseAndRecv()
	require.NoError(t, err)
	return receipt
}

type collectStream = grpc.ClientStreamingClient[logaggv1.CollectLogsRequest, logaggv1.CollectLogsResponse]

// open opens a stream, and returns the sequence to go on with.
func (h *harness) open(ctx context.Context, t testing.TB, producerID string) (rpc collectStream, next int64) {
	t.Helper()
	rpc, err := h.logs.CollectLogs(ctx)
	require.NoError(t, err)
	require.NoError(t, rpc.Send(&logaggv1.CollectLogsRequest{ProducerId: producerID}))
	header, err := rpc.Header()
	require.NoError(t, err)
	var hello streamv1.Hello
	require.NoError(t, proto.Unmarshal([]byte(header.Get(ingest.HelloKey)[0]), &hello))
	return rpc, hello.GetNext()
}

func wait(producerID string, sequence int64) *queryv1.WaitFor {
	return &queryv1.WaitFor{ProducerId: producerID, Sequence: sequence}
}

// search returns all that a search finds.
func (h *harness) search(ctx context.Context, t testing.TB, request *logaggv1.SearchLogsRequest) []*logaggv1.LogRecord {
	t.Helper()
	found, _, err := h.trySearch(ctx, t, request)
	require.NoError(t, err)
	return found
}

// trySearch also returns the last cursor.
func (h *harness) trySearch(
	ctx context.Context, t testing.TB, request *logaggv1.SearchLogsRequest,
) (found []*logaggv1.LogRecord, cursor string, err error) {
	t.Helper()
	answers, err := h.logs.SearchLogs(ctx, request)
	require.NoError(t, err)
	for {
		answer, err := answers.Recv()
		if errors.Is(err, io.EOF) {
			return found, cursor, nil
		}
		if err != nil {
			return found, cursor, err
		}
		found, cursor = append(found, answer.GetEntries()...), answer.GetNextCursor()
	}
}

func messages(records []*logaggv1.LogRecord) []string {
	var all []string
	for _, r := range records {
		all = append(all, r.GetMessage())
	}
	return all
}

// How long to wait for what happens soon.
const (
	waitTime = 10 * time.Second
	pollTime = time.Millisecond
)

// received is how far a producer has come.
func (h *harness) received(t testing.TB, producerID string) int64 {
	t.Helper()
	response, err := h.logs.GetPosition(t.Context(), &logaggv1.GetPositionRequest{ProducerId: producerID})
	require.NoError(t, err)
	return response.GetPosition().GetPosition().GetReceived()
}
