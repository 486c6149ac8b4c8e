package tests

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

// TestMemoryStaysBoundedUnderManySamples sends 2 million samples of 10,000
// series and reads them again, all as fast as it goes.
func TestMemoryStaysBoundedUnderManySamples(t *testing.T) {
	const producers, sources, metrics = 2, 500, 10
	timestamps := 200
	if testkit.RaceEnabled {
		timestamps = 20 // The race detector is slow, and takes memory of its own.
	}
	s := startCollector(t)
	ctx := bounded(t)
	var sending sync.WaitGroup
	for i := range producers {
		c := s.sdk(t)
		sending.Go(func() {
			result, err := c.SendDataPoints(ctx, manyPoints(ctx, fmt.Sprintf("many-%d", i), sources, metrics, timestamps),
				client.WithProducer(fmt.Sprintf("many-%d", i), 0), client.WithBatchSize(1000))
			if err != nil || result.Successful != int64(sources*timestamps) {
				t.Errorf("producer %d: %+v, %v", i, result, err)
			}
		})
	}
	sending.Wait()
	require.False(t, t.Failed())
	samples := int64(producers * sources * metrics * timestamps)
	for i := range producers {
		id := fmt.Sprintf("many-%d", i)
		s.requireQueried(ctx, t, stored{}, ofSource("nobody"), waitFor(id, s.mustPosition(ctx, t, id).GetPosition().GetDurable()))
	}
	require.Equal(t, samples, s.countSamples(ctx, t))
	rss, err := s.PeakRSS()
	require.NoError(t, err)
	t.Logf("the server's peak of resident memory was %d MiB for %d samples", rss>>20, samples)
	if !testkit.RaceEnabled {
		require.Less(t, rss, int64(512<<20))
	}
}

// countSamples reads all samples and counts them.
func (s *collector) countSamples(ctx context.Context, t *testing.T) (count int64) {
	t.Helper()
	request := &collectorv1.QueryDataPointsRequest{}
	err := s.queryParts(ctx, request, func(_ map[int64]seriesName, part *collectorv1.QueryDataPointsResponse) error {
		count += int64(len(part.GetValues()))
		return nil
	})
	require.NoError(t, err)
	return count
}

// manyPoints yields a point of each source for each timestamp.
func manyPoints(ctx context.Context, prefix string, sources, metrics, timestamps int) <-chan *client.DataPoint {
	channel := make(chan *client.DataPoint, 1000)
	begin := time.Now().Add(-time.Hour).UnixNano()
	go func() {
		defer close(channel)
		for i := range timestamps * sources {
			point := &collectorv1.DataPoint{
				Source: fmt.Sprintf("%s-%05d", prefix, i%sources), Metrics: make(map[string]float64, metrics),
				Timestamp: begin + int64(i/sources)*int64(10*time.Second),
			}
			for m := range metrics {
				point.Metrics[fmt.Sprintf("f%d", m)] = float64(i*m%10_000) / 100
			}
			select {
			case channel <- point:
			case <-ctx.Done():
				return
			}
		}
	}()
	return channel
}
