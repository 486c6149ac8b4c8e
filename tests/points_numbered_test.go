package tests

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
)

// numberedPoint is point i of a source whose points are one series: the values
// count from 0, and the timestamps go with them.
func numberedPoint(source string, i int64) *collectorv1.DataPoint {
	return &collectorv1.DataPoint{
		Source: source, Timestamp: numberedStart + i*int64(time.Millisecond), Metrics: map[string]float64{"n": float64(i)},
	}
}

// numberedStart leaves room for two hours of points.
var numberedStart = time.Now().Add(-2 * time.Hour).UnixNano()

// numberedPoints are the points from one up to before another.
func numberedPoints(source string, from, to int64) []*collectorv1.DataPoint {
	points := make([]*collectorv1.DataPoint, 0, to-from)
	for i := from; i < to; i++ {
		points = append(points, numberedPoint(source, i))
	}
	return points
}

// requireNumbered wants a source to have exactly its first points, each once.
func (p pointsPeer) requireNumbered(ctx context.Context, t *testing.T, source string, count int64, wait *queryv1.WaitFor) {
	t.Helper()
	request := ofSource(source).request()
	request.WaitFor = wait
	var next int64
	err := p.queryParts(ctx, request, func(_ map[int64]seriesName, part *collectorv1.QueryDataPointsResponse) error {
		for i, value := range part.GetValues() {
			want := numberedPoint(source, next)
			if part.GetTimestamps()[i] != want.GetTimestamp() || value != want.GetMetrics()["n"] {
				return fmt.Errorf("point %d of %s is %v at %d", next, source, value, part.GetTimestamps()[i]-numberedStart)
			}
			next++
		}
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, count, next, "points of %s", source)
}
