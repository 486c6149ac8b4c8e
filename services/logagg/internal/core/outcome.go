package core

import (
	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/services/logagg/internal/frame"
)

// Outcomes among a producer's counts. That of a rejected entry is its
// logaggv1.LogErrorReason, which is above 0.
const (
	outcomeIndexed        = producer.Accepted
	outcomeFiltered int32 = -1
	// outcomeRedacted counts some of the indexed ones once more.
	outcomeRedacted int32 = -2
)

// outcomes are the counts of a frame.
func outcomes(n *frame.Counts) []producer.Count {
	counts := make([]producer.Count, 0, 3+len(n.Rejected))
	counts = append(counts,
		producer.Count{Outcome: outcomeIndexed, Items: n.Indexed},
		producer.Count{Outcome: outcomeFiltered, Items: n.Filtered},
		producer.Count{Outcome: outcomeRedacted, Items: n.Redacted})
	for _, r := range n.Rejected {
		counts = append(counts, producer.Count{Outcome: int32(r.Reason), Items: r.Count})
	}
	return counts
}
