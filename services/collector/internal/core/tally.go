package core

import (
	"maps"
	"slices"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/services/collector/internal/frame"
)

// maxPointErrors is how many rejected points a receipt describes.
const maxPointErrors = 100

// tally counts what a stream brought.
type tally struct {
	accepted   int64
	duplicates int64
	rejected   map[collectorv1.PointErrorReason]int64
	errors     []*collectorv1.PointError
	statistics *MetricStats
}

func newTally() tally {
	return tally{rejected: map[collectorv1.PointErrorReason]int64{}, statistics: NewMetricStats()}
}

// accept counts points of a frame that was appended.
func (t *tally) accept(points []frame.Point) {
	t.accepted += int64(len(points))
	for i := range points {
		for j := range points[i].Metrics {
			t.statistics.Add(points[i].Metrics[j].Name, points[i].Metrics[j].Value)
		}
	}
}

// errorCounts are the rejected points by reason, in the order of the reasons.
func errorCounts(byReason map[collectorv1.PointErrorReason]int64) (total int64, counts []*collectorv1.PointErrorCount) {
	for _, reason := range slices.Sorted(maps.Keys(byReason)) {
		total += byReason[reason]
		counts = append(counts, &collectorv1.PointErrorCount{Reason: reason, Count: byReason[reason]})
	}
	return total, counts
}
