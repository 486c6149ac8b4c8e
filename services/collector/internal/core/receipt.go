package core

import (
	"context"

	"google.golang.org/protobuf/types/known/durationpb"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/libs/ingest/frames"
	"github.com/sluice-ingest/sluice/libs/producer"
)

// Finish answers a stream that the client has ended, once everything that it
// counts is durable.
func (c *Collection) Finish(ctx context.Context) (*collectorv1.CollectDataPointsResponse, error) {
	return frames.Finish(ctx, c.Stream, frames.Answers[*collectorv1.CollectDataPointsResponse]{
		New: func() *collectorv1.CollectDataPointsResponse { return &collectorv1.CollectDataPointsResponse{} },
		Epoch: func(r *collectorv1.CollectDataPointsResponse) int64 {
			return r.GetEpochTotals().GetEpoch()
		},
		Compose: c.receipt,
	})
}

func (c *Collection) receipt(state *producer.State) *collectorv1.CollectDataPointsResponse {
	t := &c.tally
	rejected, counts := errorCounts(t.rejected)
	return &collectorv1.CollectDataPointsResponse{
		TotalProcessed:  t.accepted + rejected + t.duplicates,
		SuccessfulCount: t.accepted,
		ErrorCount:      rejected,
		DuplicateCount:  t.duplicates,
		Errors:          t.errors,
		ErrorCounts:     counts,
		ProcessingTime:  durationpb.New(c.ProcessingTime()),
		Position:        &streamv1.Position{Received: state.Sequence, Durable: state.Sequence},
		Statistics:      t.statistics.Proto(),
		EpochTotals:     epochTotals(state),
		ProducerId:      c.ProducerID(),
	}
}

func epochTotals(state *producer.State) *collectorv1.EpochTotals {
	rejected := map[collectorv1.PointErrorReason]int64{}
	for outcome, count := range state.Counts {
		if outcome != accepted && count != 0 {
			rejected[collectorv1.PointErrorReason(outcome)] = count
		}
	}
	total, counts := errorCounts(rejected)
	return &collectorv1.EpochTotals{
		Epoch: state.Epoch, SuccessfulCount: state.Counts[accepted], ErrorCount: total, ErrorCounts: counts,
	}
}
