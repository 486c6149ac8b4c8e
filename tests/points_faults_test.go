package tests

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
)

// TestEachFaultOfAPointHasItsReason sends a point with each fault, beside good
// ones, to a server that finds them all.
func TestEachFaultOfAPointHasItsReason(t *testing.T) {
	s := startCollector(t, "--retention", "24h", "--max-series", "4")
	ctx := bounded(t)
	const source = "faulty"
	id := uuid.NewString()
	known := append(faults(), fault{
		"old", setTimestamp(time.Now().Add(-25 * time.Hour).UnixNano()),
		collectorv1.PointErrorReason_POINT_ERROR_REASON_TIMESTAMP_TOO_OLD, "timestamp",
	})
	// Each good point has two series, so only two sources find room.
	known = append(known, fault{
		"too_many_series", setSource("beyond"),
		collectorv1.PointErrorReason_POINT_ERROR_REASON_SERIES_LIMIT, "metrics",
	})
	points := []sentPoint{{DataPoint: tick(source, 0)}, {DataPoint: tick(source+"-too", 0)}}
	// The tests of tenancy have grants.
	seen := map[faultReason]bool{collectorv1.PointErrorReason_POINT_ERROR_REASON_PERMISSION_DENIED: true}
	for i := range known {
		bad := sentPoint{DataPoint: tick(source, int64(2*i+1)), fault: &known[i]}
		bad.fault.spoil(bad.DataPoint)
		points = append(points, bad, sentPoint{DataPoint: tick(source, int64(2*i+2))})
		seen[known[i].reason] = true
	}
	for reason := range collectorv1.PointErrorReason_name {
		require.True(t, reason == 0 || seen[faultReason(reason)], "no point has the fault %v", faultReason(reason))
	}
	told := newTally()
	told.take(1, points)
	receipt, err := s.deliver(ctx, producer(id, 0), numberedFrame(1, dataPoints(points)...))
	require.NoError(t, err)
	told.requireReceipt(t, receipt)
	s.requireGood(t, points, id)

	// Room is made by deleting a series.
	_, err = s.points.DeleteDataPoints(ctx, &collectorv1.DeleteDataPointsRequest{Matchers: ofSource(source + "-too").matchers})
	require.NoError(t, err)
	receipt, err = s.deliver(ctx, producer(id, 0), numberedFrame(2, tick("beyond", 1)))
	require.NoError(t, err)
	require.Equal(t, int64(1), receipt.GetSuccessfulCount())
}

// requireGood wants the points without a fault to be stored, and no other.
func (s *collector) requireGood(t *testing.T, points []sentPoint, id string) {
	t.Helper()
	want := stored{}
	for _, point := range points {
		if point.fault == nil {
			want.take(point.DataPoint)
		}
	}
	s.requireQueried(bounded(t), t, want, selection{}, waitFor(id, 1))
}

// TestPointsJustWithinTheLimitsAreTaken sends the largest of everything.
func TestPointsJustWithinTheLimitsAreTaken(t *testing.T) {
	s := startCollector(t)
	ctx := bounded(t)
	long := func(length int) string { return fmt.Sprintf("%0*d", length, 0) }
	point := &collectorv1.DataPoint{
		Source: long(255), Timestamp: time.Now().Add(9 * time.Minute).UnixNano(),
		Metrics: map[string]float64{"m" + long(254): 1}, Tags: map[string]string{"t" + long(127): long(255)},
	}
	for i := range 999 {
		point.Metrics[fmt.Sprintf("m%d", i)] = float64(i)
	}
	for i := range 31 {
		point.Tags[fmt.Sprintf("t%d", i)] = "ü"
	}
	oldest := &collectorv1.DataPoint{Source: "ä", Timestamp: 100_000_000_000_000_000, Metrics: map[string]float64{"_": -0.5}}
	id := fmt.Sprintf("%0128d", 1)
	receipt, err := s.deliver(ctx, producer(id, 1<<62), numberedFrame(1, point, oldest))
	require.NoError(t, err)
	require.Equal(t, int64(2), receipt.GetSuccessfulCount(), "%v", receipt.GetErrors())
	want := stored{}
	want.take(point, oldest)
	s.requireQueried(ctx, t, want, selection{}, waitFor(id, 1))
	s.Restart()
	s.requireQueried(ctx, t, want, selection{}, waitFor(id, 1))
}
