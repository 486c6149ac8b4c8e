package core

import (
	"context"
	"math"

	"github.com/sluice-ingest/sluice/libs/apply"
	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/libs/quota"
	"github.com/sluice-ingest/sluice/libs/record"
	"github.com/sluice-ingest/sluice/services/collector/internal/frame"
)

// Writer writes what was journaled into the store and keeps the index in step:
// it is the [apply.Target] of points. It keeps its memory from one batch to the
// next.
type Writer struct {
	store Store
	index *Index

	frame  frame.Accepted
	counts []producer.Count
	ids    []SeriesID

	batch Batch
	// late are the places of samples that are not later than all before them in
	// their series, by series and timestamp: for each the last one.
	late map[SampleKey]int
	// resolved tells that the batch is as the store takes it.
	resolved bool
}

// NewWriter returns a writer into store. The index has all of the store's series.
func NewWriter(store Store, index *Index) *Writer {
	return &Writer{store: store, index: index, late: map[SampleKey]int{}}
}

// Read implements [apply.FrameReader].
func (w *Writer) Read(encoded []byte) (apply.Frame, error) {
	if err := w.frame.DecodeCounts(encoded); err != nil {
		return apply.Frame{}, err
	}
	return w.told(), nil
}

// Add implements [apply.Target].
func (w *Writer) Add(h *record.Header, encoded []byte, _ journal.Position) (apply.Frame, error) {
	if err := w.frame.Decode(encoded); err != nil {
		return apply.Frame{}, err
	}
	for i := range w.frame.Points {
		w.point(h.Tenant, &w.frame.Points[i])
	}
	return w.told(), nil
}

// told is what the decoded frame tells of its producer.
func (w *Writer) told() apply.Frame {
	w.counts = appendOutcomes(w.counts[:0], w.frame.PointCount, w.frame.Rejected)
	return apply.Frame{Sequence: w.frame.Sequence, Counts: w.counts}
}

// point adds the samples of a point.
func (w *Writer) point(tenant string, p *frame.Point) {
	w.ids, _ = w.index.Resolve(tenant, p, math.MaxInt, w.ids[:0])
	samples := &w.batch.Samples
	for i, id := range w.ids {
		if !w.index.last.pass(id, p.Timestamp) {
			w.late[SampleKey{Time: p.Timestamp, Series: id}] = samples.Len()
		}
		samples.Series = append(samples.Series, id)
		samples.Timestamps = append(samples.Timestamps, p.Timestamp)
		samples.Values = append(samples.Values, p.Metrics[i].Value)
	}
}

// Len implements [apply.Target].
func (w *Writer) Len() int { return w.batch.Samples.Len() }

// Apply implements [apply.Target].
func (w *Writer) Apply(
	ctx context.Context, upTo journal.Position, producers []producer.State, arrived []quota.Arrived,
) error {
	w.resolve()
	w.batch.Position, w.batch.Producers, w.batch.Arrived = upTo, producers, arrived
	if err := w.store.Apply(ctx, &w.batch); err != nil {
		return err
	}
	w.index.Persisted(w.batch.Series)
	return nil
}

// resolve makes the batch what the store takes, once.
func (w *Writer) resolve() {
	if w.resolved {
		return
	}
	w.resolved = true
	w.resolveRepeats()
	w.batch.Series = w.index.Unpersisted(w.batch.Samples.Series)
}

// resolveRepeats leaves, of the samples with the same series and timestamp, the
// last one, and finds those that may be stored already.
func (w *Writer) resolveRepeats() {
	if len(w.late) == 0 {
		return
	}
	samples := &w.batch.Samples
	kept := 0
	for i := range samples.Series {
		last, repeats := w.late[SampleKey{Time: samples.Timestamps[i], Series: samples.Series[i]}]
		if repeats && last != i {
			continue
		}
		if repeats {
			w.batch.Late = append(w.batch.Late, kept)
		}
		samples.Series[kept], samples.Timestamps[kept], samples.Values[kept] = samples.Series[i], samples.Timestamps[i], samples.Values[i]
		kept++
	}
	samples.truncate(kept)
	clear(w.late)
}

// Reset implements [apply.Target].
func (w *Writer) Reset() {
	w.batch.Samples.truncate(0)
	w.batch = Batch{Samples: w.batch.Samples, Late: w.batch.Late[:0]}
	w.resolved = false
}
