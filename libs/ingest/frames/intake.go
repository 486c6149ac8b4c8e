package frames

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/libs/storage"
)

// Journal is what frames are appended to. Safe for concurrent use.
type Journal interface {
	// Append adds one record, the parts one after the other, and returns where it
	// ends. It does not wait until the record is durable.
	Append(ctx context.Context, parts ...[]byte) (journal.Position, error)
}

// Intake opens streams. Safe for concurrent use.
type Intake struct {
	journal   Journal
	producers *producer.Producers
	now       func() time.Time
}

// NewIntake returns an intake whose frames go to a journal.
func NewIntake(j Journal, producers *producer.Producers, now func() time.Time) *Intake {
	return &Intake{journal: j, producers: producers, now: now}
}

// Opening is what the first message of a stream says.
type Opening struct {
	producer.Key

	Epoch int64
	// StartedAt is when the stream arrived.
	StartedAt time.Time
}

// Open checks who opens a stream, without yet taking anything from whoever
// carries the producer. The caller closes the stream.
//
// A producer without a name gets one. Open fails with reason FIELD_INVALID for a
// name or an epoch that can't be, with FENCED for an epoch that has ended, and
// with QUOTA_EXCEEDED for a new producer whose tenant may bring nothing more
// today.
func (i *Intake) Open(ctx context.Context, o Opening) (*Stream, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	named := o.ProducerID != ""
	if !named {
		o.ProducerID = uuid.Must(uuid.NewV7()).String()
	}
	p, err := i.producers.Acquire(ctx, o.Key)
	if err != nil {
		return nil, storage.Failure(err)
	}
	if err := i.checkOpening(p, &o); err != nil {
		i.producers.Release(p)
		return nil, err
	}
	return &Stream{intake: i, producer: p, opening: o, named: named}, nil
}

// checkOpening lets a known producer in whose tenant may bring nothing more: it
// may want its receipt again.
func (i *Intake) checkOpening(p *producer.Producer, o *Opening) error {
	if !p.Known() {
		if err := i.producers.CheckTenant(o.Tenant); err != nil {
			return err
		}
	}
	return p.CheckEpoch(o.Epoch)
}

func (o *Opening) check() error {
	if o.Epoch < 0 {
		return problem.InField(problem.FieldInvalid, "epoch", "is %d; must be 0 or more", o.Epoch)
	}
	if o.ProducerID == "" && o.Epoch != 0 {
		return errNameless("epoch", o.Epoch)
	}
	return producer.CheckID(o.ProducerID)
}

// errNameless refuses what only a producer with a name can have: whoever sends it
// counts on being told apart from others.
func errNameless(field string, value int64) error {
	return problem.InField(problem.HeaderMissing, "producer_id",
		"is empty in the first message, but %s is %d; name the producer, or leave %s out", field, value, field)
}

// find returns a producer that is known, which the caller releases, or reason
// PRODUCER_NOT_FOUND.
func (i *Intake) find(ctx context.Context, key producer.Key) (*producer.Producer, error) {
	p, err := i.watch(ctx, key)
	if err != nil {
		return nil, err
	}
	if !p.Known() {
		i.producers.Release(p)
		return nil, producer.NotFound(key)
	}
	return p, nil
}

// watch returns a producer, known or not, which the caller releases.
func (i *Intake) watch(ctx context.Context, key producer.Key) (*producer.Producer, error) {
	if key.ProducerID == "" {
		return nil, problem.InField(problem.FieldInvalid, "producer_id", "is empty; name the producer")
	}
	if err := producer.CheckID(key.ProducerID); err != nil {
		return nil, err
	}
	p, err := i.producers.Acquire(ctx, key)
	return p, storage.Failure(err)
}

// Now is the intake's clock.
func (i *Intake) Now() time.Time { return i.now() }
