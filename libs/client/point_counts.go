package client

import (
	"strings"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
)

// pointCounts are the points of a producer's epoch by outcome.
type pointCounts struct {
	successful, errors int64
	byReason           map[string]int64
}

// newPointCounts takes over the totals if they are of the epoch. Those of an
// older one say nothing of it.
func newPointCounts(totals *collectorv1.EpochTotals, epoch int64) *pointCounts {
	counts := &pointCounts{byReason: map[string]int64{}}
	if totals.GetEpoch() != epoch {
		return counts
	}
	counts.successful, counts.errors = totals.GetSuccessfulCount(), totals.GetErrorCount()
	for _, c := range totals.GetErrorCounts() {
		counts.byReason[reasonName(c.GetReason())] += c.GetCount()
	}
	return counts
}

// since returns what came to the counts after earlier ones.
func (c *pointCounts) since(earlier *pointCounts) *pointCounts {
	news := &pointCounts{
		successful: c.successful - earlier.successful,
		errors:     c.errors - earlier.errors,
		byReason:   map[string]int64{},
	}
	for reason, count := range c.byReason {
		if more := count - earlier.byReason[reason]; more != 0 {
			news.byReason[reason] = more
		}
	}
	return news
}

// reasonName is the name of a reason without its prefix.
func reasonName(reason collectorv1.PointErrorReason) string {
	return strings.TrimPrefix(reason.String(), "POINT_ERROR_REASON_")
}
