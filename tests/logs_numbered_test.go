package tests

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
	"github.com/sluice-ingest/sluice/libs/client"
)

// plainLog is entry i of an application, with nothing that the default rules
// change.
func plainLog(application string, i int64) sentEntry {
	e := &logEntry{
		Application: application, Level: "info", Timestamp: logStart + i*int64(time.Millisecond),
		Message: fmt.Sprintf("entry %d of %s", i, application),
	}
	return sentEntry{logEntry: e, want: &logRecord{
		Application: application, Level: logaggv1.Level_LEVEL_INFO, Timestamp: e.GetTimestamp(), Message: e.GetMessage(),
	}}
}

// plainLogs are the entries from one up to before another.
func plainLogs(application string, from, to int64) (entries []sentEntry) {
	for i := from; i < to; i++ {
		entries = append(entries, plainLog(application, i))
	}
	return entries
}

// requireNumbered wants an application to have exactly its first entries, each
// once and in the order in which they were sent.
func (p logsPeer) requireNumbered(ctx context.Context, t *testing.T, application string, count int64, wait *queryv1.WaitFor) {
	t.Helper()
	request := oldestFirst(ofApplication(application))
	request.WaitFor = wait
	var next, last int64
	err := p.searchParts(ctx, request, func(part *logaggv1.SearchLogsResponse) error {
		for _, r := range part.GetEntries() {
			if want := textOf(plainLog(application, next).want); want != textOf(r) || r.GetEntryId() <= last {
				return fmt.Errorf("entry %d is %v, behind the id %d; want %s", next, r, last, want)
			}
			last = r.GetEntryId()
			next++
		}
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, count, next, "entries of %s", application)
	statistics, err := p.logs.GetLogStatistics(ctx, &logaggv1.GetLogStatisticsRequest{Filter: ofApplication(application)})
	require.NoError(t, err)
	require.Equal(t, count, statistics.GetStatistics()[0].GetCount())
}

func (p logsPeer) begin(ctx context.Context, id string) (*loadStream, error) {
	frame := func(sequence int64) *logsRequest {
		return logFrame(sequence, logEntries(plainLogs(id, (sequence-1)*frameItems, sequence*frameItems))...)
	}
	accepted := func(r *logsReceipt) int64 { return r.GetEpochTotals().GetIndexedCount() }
	return beginStream(ctx, p.framesPeer, logProducer(id, 0), frame, accepted)
}

func (s *logServer) startLoad(ctx context.Context, t *testing.T, id string, stop <-chan struct{}) *sdkLoad {
	t.Helper()
	return logLoad(ctx, s.sdk(t, client.WithRetry(relentless)), id, stop)
}

// logLoad sends numbered entries of an application by the SDK.
func logLoad(ctx context.Context, c *client.StreamingClient, id string, stop <-chan struct{}) *sdkLoad {
	entry := func(i int64) *client.LogEntry { return sdkEntry(plainLog(id, i).logEntry) }
	return runLoad(ctx, id, stop, entry,
		func(ctx context.Context, entries <-chan *client.LogEntry, opts ...client.SendOption) (sdkResult, error) {
			r, err := c.SendLogs(ctx, entries, opts...)
			if err != nil {
				return sdkResult{}, err
			}
			return sdkResult{accepted: r.Indexed, others: r.Filtered + r.Rejected, frames: r.Frames, attempts: r.Attempts}, nil
		})
}

func TestEveryEntryIsThereOnceAfterManyKills(t *testing.T) {
	testManyKills(t, startLogs(t, "--store-batch-interval", "50ms"))
}

func TestEveryAcknowledgedEntrySurvivesAPowerCut(t *testing.T) {
	testPowerCuts(t, func(dataDir string) loadServer {
		return startLogsIn(t, dataDir, "--store-batch-interval", "50ms")
	})
}
