package core

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/services/collector/internal/frame"
)

// ReceiptExpiry is how long a receipt is kept for a retry.
const ReceiptExpiry = 24 * time.Hour

// Finish answers a stream that the client has ended, once everything that it
// counts is durable.
func (c *Collection) Finish(ctx context.Context) (*collectorv1.CollectDataPointsResponse, error) {
	if err := c.Settle(ctx); err != nil {
		return nil, err
	}
	state := c.producer.Snapshot()
	if known := c.knownReceipt(&state); known != nil {
		c.repeated = true
		return known, nil
	}
	receipt := c.receipt(&state)
	if c.named && c.appended {
		if err := c.keep(ctx, receipt, state.Sequence); err != nil {
			return nil, Failure(err)
		}
	}
	return receipt, nil
}

// knownReceipt is the answer to the last complete stream, when this one only
// asks for it again.
func (c *Collection) knownReceipt(state *producer.State) *collectorv1.CollectDataPointsResponse {
	known := state.Receipt
	asks := !c.appended && c.tally.duplicates == 0
	if known == nil || !asks || known.Sequence != state.Sequence || c.collector.now().Sub(known.Time) > ReceiptExpiry {
		return nil
	}
	receipt := &collectorv1.CollectDataPointsResponse{}
	if err := proto.Unmarshal(known.Answer, receipt); err != nil || receipt.GetEpochTotals().GetEpoch() != c.opening.Epoch {
		return nil // What can't be read, or was another life's answer, is not known.
	}
	return receipt
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
		ProcessingTime:  durationpb.New(c.processingTime()),
		Position:        &streamv1.Position{Received: state.Sequence, Durable: state.Sequence},
		Statistics:      t.statistics.Proto(),
		EpochTotals:     epochTotals(state),
		ProducerId:      c.opening.ProducerID,
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

// keep makes the receipt durable, for a client that does not get it.
func (c *Collection) keep(ctx context.Context, receipt *collectorv1.CollectDataPointsResponse, sequence int64) error {
	now := c.collector.now()
	answer, err := proto.Marshal(receipt)
	if err != nil {
		return fmt.Errorf("encode the receipt: %w", err)
	}
	kept := &producer.Receipt{Sequence: sequence, Time: now, Answer: answer}
	return c.producer.KeepReceipt(ctx, kept, func() (journal.Position, error) {
		return c.collector.journal.Append(ctx, frame.AppendReceipt(nil, c.header(now), answer))
	})
}
