package tests

import (
	"context"
	"errors"
	"io"

	"github.com/stretchr/testify/require"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
)

type (
	logsRequest = logaggv1.CollectLogsRequest
	logsReceipt = logaggv1.CollectLogsResponse
	logStream   = frameStream[logsRequest, logsReceipt]
	logEntry    = logaggv1.LogEntry
	logRecord   = logaggv1.LogRecord
)

// logProducer is a first message without a frame.
func logProducer(id string, epoch int64) *logsRequest {
	return &logsRequest{ProducerId: id, Epoch: epoch}
}

func logFrame(sequence int64, entries ...*logEntry) *logsRequest {
	return &logsRequest{Sequence: sequence, Entries: entries}
}

// logTail is an open TailLogs. One goroutine uses it at a time.
type logTail struct {
	stream logaggv1.LogAggregationService_TailLogsClient
	cancel context.CancelFunc
}

// tail follows the selected entries. It returns when the server tells of all
// that comes from then on.
func (p logsPeer) tail(ctx context.Context, t tester, filter *logaggv1.LogFilter) *logTail {
	t.Helper()
	ctx, cancel := context.WithCancel(ctx)
	stream, err := p.logs.TailLogs(ctx, &logaggv1.TailLogsRequest{Filter: filter})
	require.NoError(t, err)
	first, err := stream.Recv()
	require.NoError(t, err)
	require.Empty(t, first.GetEntries())
	return &logTail{stream: stream, cancel: cancel}
}

// take reads on until so many entries have come or were missed.
func (l *logTail) take(count int) (entries []*logRecord, missed int64, err error) {
	for int64(len(entries))+missed < int64(count) {
		part, err := l.stream.Recv()
		if err != nil {
			return entries, missed, err
		}
		entries = append(entries, part.GetEntries()...)
		missed += part.GetMissedCount()
	}
	return entries, missed, nil
}

// ended reads until the server ends the tail, and returns why: nil for an end
// without an error.
func (l *logTail) ended() error {
	defer l.cancel()
	for {
		if _, err := l.stream.Recv(); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
}
