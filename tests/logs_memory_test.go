package tests

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

// mostMemory is what the service may have in memory at any time.
const mostMemory = 512 << 20

// TestMemoryStaysBoundedUnderManyEntries sends many small entries and many large
// ones, all as fast as it goes, and reads them again, beside a tail that does not
// read.
func TestMemoryStaysBoundedUnderManyEntries(t *testing.T) {
	tests := map[string]struct{ entries, bytes, batch int }{
		"small": {400_000, 150, 1000},
		"large": {4_000, 200 << 10, 100},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if testkit.RaceEnabled {
				tt.entries /= 20 // The race detector is slow, and takes memory of its own.
			}
			testMemory(t, tt.entries, tt.bytes, tt.batch)
		})
	}
}

func testMemory(t *testing.T, entries, bytes, batch int) {
	t.Helper()
	const producers = 2
	s := startLogs(t)
	ctx := bounded(t)
	lazy := s.tail(ctx, t, nil)
	defer lazy.cancel()
	var sending sync.WaitGroup
	for i := range producers {
		c := s.sdk(t)
		sending.Go(func() {
			id := fmt.Sprintf("many-%d", i)
			result, err := c.SendLogs(ctx, manyLogs(ctx, id, entries/producers, bytes), client.WithProducer(id, 0), client.WithBatchSize(batch))
			if err != nil || result.Indexed != int64(entries/producers) {
				t.Errorf("producer %d: %+v, %v", i, result, err)
			}
		})
	}
	sending.Wait()
	require.False(t, t.Failed())
	_, err := s.logs.FlushLogs(ctx, &logaggv1.FlushLogsRequest{})
	require.NoError(t, err)
	for _, order := range []logaggv1.SearchOrder{
		logaggv1.SearchOrder_SEARCH_ORDER_OLDEST_FIRST, logaggv1.SearchOrder_SEARCH_ORDER_NEWEST_FIRST,
	} {
		count := 0
		require.NoError(t, s.searchParts(ctx, &logaggv1.SearchLogsRequest{Order: order}, func(part *logaggv1.SearchLogsResponse) error {
			count += len(part.GetEntries())
			return nil
		}))
		require.Equal(t, entries, count)
	}
	statistics, err := s.logs.GetLogStatistics(ctx, &logaggv1.GetLogStatisticsRequest{ByLevel: true, ByFields: []string{"host"}})
	require.NoError(t, err)
	require.Len(t, statistics.GetStatistics(), 50)
	rss, err := s.PeakRSS()
	require.NoError(t, err)
	t.Logf("the server's peak of resident memory was %d MiB for %d entries of %d bytes", rss>>20, entries, bytes)
	if !testkit.RaceEnabled {
		require.Less(t, rss, int64(mostMemory))
	}
}

// manyLogs yields entries with a message of so many bytes.
func manyLogs(ctx context.Context, application string, count, bytes int) <-chan *client.LogEntry {
	channel := make(chan *client.LogEntry, 100)
	text := strings.Repeat("something went on and on; ", bytes/26+1)[:bytes]
	go func() {
		defer close(channel)
		for i := range count {
			e := sdkEntry(plainLog(application, int64(i)).logEntry)
			e.Message = fmt.Sprintf("%d %s", i, text)
			e.Fields = map[string]string{"host": fmt.Sprintf("host-%02d", i%50), "request_id": fmt.Sprintf("%032x", i)}
			select {
			case channel <- e:
			case <-ctx.Done():
				return
			}
		}
	}()
	return channel
}
