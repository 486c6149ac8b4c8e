package core

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/services/collector/internal/frame"
)

// batchBuilder makes batches of journal records. It keeps its memory from one
// batch to the next.
type batchBuilder struct {
	index     *Index
	producers *producer.Producers
	interval  time.Duration

	record frame.Record
	ids    []SeriesID

	batch  Batch
	states map[producer.Key]*producer.State
	// late are the places of samples that are not later than all before them in
	// their series, by series and timestamp: for each the last one.
	late map[SampleKey]int
	// deletion ends the batch, and is done after it.
	deletion *pendingDeletion

	// resolved tells that the batch was given to the store, which may have it:
	// nothing more may be added.
	resolved bool

	records int
	// bytes of the records bound what new series and producers take.
	bytes int
	dueAt time.Time
}

// maxBatchBytes is the size of the records at which a batch is applied at once,
// however few samples they have.
const maxBatchBytes = 64 << 20

// pendingDeletion is a deletion that the journal holds, or an expiry.
type pendingDeletion struct {
	tenant     string
	matchers   []Matcher
	start, end int64
	position   journal.Position
	// expired is where the number of samples of an expiry goes, which deletes
	// from series instead; nil otherwise.
	expired *int64
	series  []SeriesID
}

func newBatchBuilder(index *Index, producers *producer.Producers, interval time.Duration, position journal.Position) batchBuilder {
	return batchBuilder{
		index: index, producers: producers, interval: interval,
		batch: Batch{Position: position}, states: map[producer.Key]*producer.State{}, late: map[SampleKey]int{},
	}
}

func (b *batchBuilder) empty() bool { return b.records == 0 && b.deletion == nil }

// full tells whether nothing more may be added.
func (b *batchBuilder) full(samples int) bool {
	return b.resolved || b.deletion != nil || b.batch.Samples.Len() >= samples || b.bytes >= maxBatchBytes
}

// due tells whether the batch should be applied now.
func (b *batchBuilder) due(samples int, hurry bool, now time.Time) bool {
	return !b.empty() && (hurry || b.full(samples) || !now.Before(b.dueAt))
}

// errUnknownRecord says that the journal has a record of another version.
var errUnknownRecord = errors.New("the record has an entry that this version does not know: run the version that wrote it")

// add adds a record, or fails and changes nothing. The batch must not be full.
func (b *batchBuilder) add(ctx context.Context, record *journal.Record) error {
	if err := b.record.Decode(record.Data); err != nil {
		return err
	}
	switch b.record.Kind {
	case frame.KindNone:
		return errUnknownRecord
	case frame.KindDeletion:
		if err := b.delete(record.End); err != nil {
			return err
		}
	default:
		if err := b.advance(ctx, record.End); err != nil {
			return err
		}
		for i := range b.record.Points {
			b.point(&b.record.Points[i])
		}
		b.batch.Position = record.End
	}
	if b.records == 0 {
		b.dueAt = time.Now().Add(b.interval)
	}
	b.records++
	b.bytes += len(record.Data)
	return nil
}

// delete notes a deletion. The batch ends before it.
func (b *batchBuilder) delete(end journal.Position) error {
	deletion := b.record.Deletion
	matchers, err := ParseMatchers(deletion.GetMatchers())
	if err != nil {
		return fmt.Errorf("deletion: %w", err)
	}
	b.deletion = &pendingDeletion{
		tenant: b.record.Tenant, matchers: matchers,
		start: deletion.GetStartTime(), end: deletion.GetEndTime(), position: end,
	}
	return nil
}

// advance brings the record's producer past it.
func (b *batchBuilder) advance(ctx context.Context, end journal.Position) error {
	told := producerRecordOf(&b.record, end)
	state := b.states[told.Key]
	if state == nil {
		known, err := b.producers.Applied(ctx, told.Key)
		if err != nil {
			return err
		}
		state = &known
		b.states[told.Key] = state
	}
	state.Take(&told)
	return nil
}

// point adds the samples of a point.
func (b *batchBuilder) point(p *frame.Point) {
	b.ids, _ = b.index.Resolve(b.record.Tenant, p, math.MaxInt, b.ids[:0])
	samples := &b.batch.Samples
	for i, id := range b.ids {
		if !b.index.last.pass(id, p.Timestamp) {
			b.late[SampleKey{Time: p.Timestamp, Series: id}] = samples.Len()
		}
		samples.Series = append(samples.Series, id)
		samples.Timestamps = append(samples.Timestamps, p.Timestamp)
		samples.Values = append(samples.Values, p.Metrics[i].Value)
	}
}

// finish returns the batch as the store takes it, the same when it is called
// again.
func (b *batchBuilder) finish() *Batch {
	if b.resolved {
		return &b.batch
	}
	b.resolved = true
	b.resolveRepeats()
	b.batch.Series = b.index.Unpersisted(b.batch.Samples.Series)
	b.batch.Producers = nil // The states before are others' now.
	for _, state := range b.states {
		b.batch.Producers = append(b.batch.Producers, *state)
	}
	return &b.batch
}

// resolveRepeats leaves, of the samples with the same series and timestamp, the
// last one, and finds those that may be stored already.
func (b *batchBuilder) resolveRepeats() {
	if len(b.late) == 0 {
		return
	}
	samples := &b.batch.Samples
	kept := 0
	for i := range samples.Series {
		last, repeats := b.late[SampleKey{Time: samples.Timestamps[i], Series: samples.Series[i]}]
		if repeats && last != i {
			continue
		}
		if repeats {
			b.batch.Late = append(b.batch.Late, kept)
		}
		samples.Series[kept], samples.Timestamps[kept], samples.Values[kept] = samples.Series[i], samples.Timestamps[i], samples.Values[i]
		kept++
	}
	samples.truncate(kept)
	clear(b.late)
}

// reset empties the batch for what comes next.
func (b *batchBuilder) reset() {
	b.batch.Samples.truncate(0)
	b.batch.Late = b.batch.Late[:0]
	b.batch.Series = nil
	if b.deletion != nil {
		b.batch.Position = b.deletion.position
		b.deletion = nil
	}
	clear(b.states)
	b.records, b.bytes, b.resolved = 0, 0, false
}
