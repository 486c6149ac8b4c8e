package core

import (
	"context"

	"google.golang.org/protobuf/types/known/durationpb"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/libs/ingest/frames"
	"github.com/sluice-ingest/sluice/libs/producer"
)

// Finish answers a stream that the client has ended, once everything that it
// counts is durable.
func (c *Collection) Finish(ctx context.Context) (*logaggv1.CollectLogsResponse, error) {
	return frames.Finish(ctx, c.Stream, frames.Answers[*logaggv1.CollectLogsResponse]{
		New:     func() *logaggv1.CollectLogsResponse { return &logaggv1.CollectLogsResponse{} },
		Epoch:   func(r *logaggv1.CollectLogsResponse) int64 { return r.GetEpochTotals().GetEpoch() },
		Compose: c.receipt,
	})
}

func (c *Collection) receipt(state *producer.State) *logaggv1.CollectLogsResponse {
	c.leaveRules()
	t := &c.tally
	rejected, counts := errorCounts(t.rejected)
	return &logaggv1.CollectLogsResponse{
		TotalReceived:  t.indexed + t.filtered + rejected + t.duplicates,
		IndexedCount:   t.indexed,
		FilteredCount:  t.filtered,
		RejectedCount:  rejected,
		DuplicateCount: t.duplicates,
		RedactedCount:  t.redacted,
		Errors:         t.errors,
		ErrorCounts:    counts,
		Status:         statusOf(rejected, t.indexed+t.filtered+t.duplicates),
		Position:       &streamv1.Position{Received: state.Sequence, Durable: state.Sequence},
		RuleCounts:     t.rules,
		ProcessingTime: durationpb.New(c.ProcessingTime()),
		EpochTotals:    epochTotals(state),
		ProducerId:     c.ProducerID(),
	}
}

func statusOf(rejected, others int64) logaggv1.CollectionStatus {
	switch {
	case rejected == 0:
		return logaggv1.CollectionStatus_COLLECTION_STATUS_COMPLETE
	case others == 0:
		return logaggv1.CollectionStatus_COLLECTION_STATUS_REJECTED
	default:
		return logaggv1.CollectionStatus_COLLECTION_STATUS_PARTIAL
	}
}

func epochTotals(state *producer.State) *logaggv1.EpochTotals {
	rejected := map[logaggv1.LogErrorReason]int64{}
	for outcome, count := range state.Counts {
		if outcome > outcomeIndexed && count != 0 {
			rejected[logaggv1.LogErrorReason(outcome)] = count
		}
	}
	total, counts := errorCounts(rejected)
	return &logaggv1.EpochTotals{
		Epoch:         state.Epoch,
		IndexedCount:  state.Counts[outcomeIndexed],
		FilteredCount: state.Counts[outcomeFiltered],
		RejectedCount: total,
		RedactedCount: state.Counts[outcomeRedacted],
		ErrorCounts:   counts,
	}
}
