package apply

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/libs/quota"
	"github.com/sluice-ingest/sluice/libs/record"
)

// errUnknownRecord says that the journal has a record of another version.
var errUnknownRecord = errors.New("the record has an entry that this version does not know: run the version that wrote it")

// add adds a record to the batch, or fails and changes nothing. The batch must
// not be full.
func (a *Applier) add(ctx context.Context, next *journal.Record) error {
	if err := a.addDecoded(ctx, next); err != nil {
		return err
	}
	a.batch.count(len(next.Data), a.config.Interval)
	return nil
}

func (a *Applier) addDecoded(ctx context.Context, next *journal.Record) error {
	if err := a.record.Decode(next.Data); err != nil {
		return err
	}
	switch a.record.Kind {
	case record.Frame, record.EpochOpened, record.Receipt:
		return a.advance(ctx, next.End)
	case record.Deletion:
		return a.delete(next.End)
	case record.None:
	}
	return errUnknownRecord
}

// delete notes a deletion. The batch ends before it.
func (a *Applier) delete(end journal.Position) error {
	do, err := a.target.Deletion(&a.record.Header, a.record.Entry)
	if err != nil {
		return err
	}
	a.batch.change = &pendingChange{do: do, position: end, settled: func(rows int64) { a.deletions.tell(end, rows) }}
	return nil
}

// advance brings the record's producer past it, and adds its frame if it has
// one.
func (a *Applier) advance(ctx context.Context, end journal.Position) error {
	told := producerRecordOf(&a.record, end)
	state, fresh, err := a.state(ctx, told.Key)
	if err != nil {
		return err
	}
	if a.record.Kind == record.Frame {
		frame, err := a.target.Add(&a.record.Header, a.record.Entry, end)
		if err != nil {
			return err
		}
		told.Sequence, told.Counts = frame.Sequence, frame.Counts
		a.batch.tally.Add(told.Key.Tenant, quota.DayOf(told.Time), producer.Taken(frame.Counts))
	}
	if fresh {
		a.batch.states[told.Key] = state
	}
	state.Take(&told)
	a.batch.end = end
	return nil
}

// state is that of a producer after the batch. It is fresh when the batch has
// nothing of the producer yet.
func (a *Applier) state(ctx context.Context, key producer.Key) (_ *producer.State, fresh bool, err error) {
	if state := a.batch.states[key]; state != nil {
		return state, false, nil
	}
	state, err := a.producers.Applied(ctx, key)
	return &state, true, err
}

// producerRecordOf is what a record says of its producer, without its frame.
func producerRecordOf(r *record.Record, end journal.Position) producer.Record {
	told := producer.Record{
		Key:   producer.Key{Tenant: r.Tenant, Subject: r.Subject, ProducerID: r.ProducerID},
		Epoch: r.Epoch, Time: time.Unix(0, r.Time), End: end,
	}
	if r.Kind == record.Receipt {
		told.Receipt = &producer.Receipt{Time: told.Time, Answer: slices.Clone(r.Entry)}
	}
	return told
}
