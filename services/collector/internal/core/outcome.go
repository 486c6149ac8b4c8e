package core

import (
	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/services/collector/internal/frame"
)

// accepted is the outcome of an accepted point among a producer's counts. The
// outcome of a rejected one is its collectorv1.PointErrorReason.
const accepted = producer.Accepted

// outcomes are the counts of a frame.
func outcomes(points int, rejected []frame.RejectedCount) []producer.Count {
	return appendOutcomes(make([]producer.Count, 0, 1+len(rejected)), points, rejected)
}

func appendOutcomes(dst []producer.Count, points int, rejected []frame.RejectedCount) []producer.Count {
	dst = append(dst, producer.Count{Outcome: accepted, Items: int64(points)})
	for _, r := range rejected {
		dst = append(dst, producer.Count{Outcome: int32(r.Reason), Items: r.Count})
	}
	return dst
}
