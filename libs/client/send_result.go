package client

import (
	"strings"
	"time"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
)

// SendResult says that every point of one [StreamingClient.SendDataPoints] was
// taken in and that the accepted ones are durable.
//
// Its counts are of this call over all its attempts, whatever the producer sent
// before it. The SDK has compared them with what it read from the channel.
type SendResult struct {
	// TotalProcessed is the sum of the next three.
	TotalProcessed int64
	// Successful points were accepted.
	Successful int64
	// Errors is the number of rejected points.
	Errors int64
	// Duplicates were dropped because the server had their frames already, on
	// the last stream. The SDK sends no such frames.
	Duplicates int64
	// ByReason is the number of rejected points by reason, a name of
	// sluice.collector.v1.PointErrorReason without its prefix, such as
	// "TIMESTAMP_UNIT". Empty when none was rejected.
	ByReason map[string]int64
	// PointErrors are the first 100 points rejected on the last stream. Those of
	// streams that were cut are counted and not listed.
	PointErrors []PointError
	// Statistics of the samples accepted on the last stream, by metric in the
	// order of the names: the first 1,000 metrics. After a cut they lack what the
	// streams before brought.
	Statistics []MetricStatistics

	ProducerID string
	Epoch      int64
	// Position of the producer, in frames: its last frame, which is durable. A
	// query sees it once it waits for this sequence.
	Position Position

	// Frames that this call made.
	Frames int64
	// Attempts that this call made.
	Attempts int
	// Duration of this call.
	Duration time.Duration
	// Rate in points per second: the points of this call over its duration.
	Rate float64
	// ProcessingTime of the last stream, by the server's clock.
	ProcessingTime time.Duration
}

// PointError tells why one point was rejected.
type PointError struct {
	// Point is the place of the point in the order of the channel, from 0. It is
	// -1 where that is not known any more.
	Point int64
	// Sequence of the frame that carried the point, and Index of the point in
	// it, from 0.
	Sequence int64
	Index    int
	// Field at fault, such as `timestamp` or `metrics["cpu"]`.
	Field string
	// Reason is a name as in [SendResult.ByReason].
	Reason string
	// Description for people.
	Description string
}

// MetricStatistics sums up the accepted samples of one metric.
type MetricStatistics struct {
	Metric string
	Count  int64
	// Min, Max and Mean of the values.
	Min, Max, Mean float64
	// StandardDeviation of the population.
	StandardDeviation float64
}

// pointReasonPrefix is not told in the names of reasons.
const pointReasonPrefix = "POINT_ERROR_REASON_"

func newSendResult(s *sending[*collectorv1.CollectDataPointsResponse], done *sent[*collectorv1.CollectDataPointsResponse]) *SendResult {
	r := done.receipt
	if done.frames == 0 {
		// The receipt is that of an earlier call, or an empty one.
		r = &collectorv1.CollectDataPointsResponse{Position: r.GetPosition()}
	}
	return &SendResult{
		TotalProcessed: done.counts.total() + r.GetDuplicateCount(),
		Successful:     done.counts.accepted,
		Errors:         done.counts.rejected,
		Duplicates:     r.GetDuplicateCount(),
		ByReason:       done.counts.byReason,
		PointErrors:    pointErrors(r.GetErrors(), s.window),
		Statistics:     metricStatistics(r.GetStatistics()),
		ProducerID:     s.producerID,
		Epoch:          s.epoch,
		Position:       newPosition(r.GetPosition()),
		Frames:         done.frames,
		Attempts:       done.attempts,
		Duration:       done.duration,
		Rate:           perSecond(done.items, done.duration),
		ProcessingTime: r.GetProcessingTime().AsDuration(),
	}
}

func pointErrors(rejected []*collectorv1.PointError, w *window) []PointError {
	errs := make([]PointError, 0, len(rejected))
	for _, e := range rejected {
		errs = append(errs, PointError{
			Point:    w.place(e.GetSequence(), int(e.GetIndex())),
			Sequence: e.GetSequence(), Index: int(e.GetIndex()), Field: e.GetField(),
			Reason: strings.TrimPrefix(e.GetReason().String(), pointReasonPrefix), Description: e.GetDescription(),
		})
	}
	return errs
}

func metricStatistics(metrics []*collectorv1.MetricStatistics) []MetricStatistics {
	stats := make([]MetricStatistics, 0, len(metrics))
	for _, m := range metrics {
		stats = append(stats, MetricStatistics{
			Metric: m.GetMetric(), Count: m.GetCount(), Min: m.GetMin(), Max: m.GetMax(), Mean: m.GetMean(),
			StandardDeviation: m.GetStandardDeviation(),
		})
	}
	return stats
}
