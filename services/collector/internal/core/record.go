package core

import (
	"slices"
	"time"

	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/services/collector/internal/frame"
)

// accepted is the outcome of an accepted point among a producer's counts. The
// outcome of a rejected one is its collectorv1.PointErrorReason.
const accepted int32 = 0

// header is what the records of a stream begin with.
func (c *Collection) header(at time.Time) *frame.Header {
	return &frame.Header{
		Time: at.UnixNano(), Tenant: c.opening.Tenant, Subject: c.opening.Subject,
		ProducerID: c.opening.ProducerID, Epoch: c.opening.Epoch,
	}
}

// outcomes are the counts of a frame.
func outcomes(points int, rejected []frame.RejectedCount) []producer.Count {
	counts := make([]producer.Count, 0, 1+len(rejected))
	counts = append(counts, producer.Count{Outcome: accepted, Items: int64(points)})
	for _, r := range rejected {
		counts = append(counts, producer.Count{Outcome: int32(r.Reason), Items: r.Count})
	}
	return counts
}

// producerRecordOf is what a record says of its producer.
func producerRecordOf(r *frame.Record, end journal.Position) producer.Record {
	told := producer.Record{
		Key:   producer.Key{Tenant: r.Tenant, Subject: r.Subject, ProducerID: r.ProducerID},
		Epoch: r.Epoch, Time: time.Unix(0, r.Time), End: end,
	}
	switch r.Kind {
	case frame.KindFrame:
		told.Sequence = r.Sequence
		told.Counts = outcomes(r.PointCount, r.Rejected)
	case frame.KindReceipt:
		told.Receipt = &producer.Receipt{Time: told.Time, Answer: slices.Clone(r.Receipt)}
	case frame.KindNone, frame.KindEpochOpened, frame.KindDeletion:
	}
	return told
}
