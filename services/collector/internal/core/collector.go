package core

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/libs/producer"
)

// Collector takes frames of points in. Safe for concurrent use.
type Collector struct {
	journal   Journal
	producers *producer.Producers
	index     *Index
	limits    Limits
	now       func() time.Time
}

// NewCollector returns a collector that appends to a journal.
func NewCollector(j Journal, producers *producer.Producers, index *Index, limits Limits, now func() time.Time) *Collector {
	return &Collector{journal: j, producers: producers, index: index, limits: limits, now: now}
}

// Opening is what the first message of a stream says.
type Opening struct {
	producer.Key

	Epoch int64
	// StartedAt is when the stream arrived.
	StartedAt time.Time
}

// maxProducerID is the length of a producer's name in bytes.
const maxProducerID = 128

// Open checks who opens a stream, without yet taking anything from whoever
// carries the producer. The caller closes the collection.
//
// A producer without a name gets one. Open fails with reason FIELD_INVALID for a
// name or an epoch that can't be, and with FENCED for an epoch that has ended.
func (c *Collector) Open(ctx context.Context, o Opening) (*Collection, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	named := o.ProducerID != ""
	if !named {
		o.ProducerID = uuid.Must(uuid.NewV7()).String()
	}
	p, err := c.producers.Acquire(ctx, o.Key)
	if err != nil {
		return nil, Failure(err)
	}
	if err := p.CheckEpoch(o.Epoch); err != nil {
		c.producers.Release(p)
		return nil, err
	}
	return newCollection(c, p, o, named), nil
}

func (o *Opening) check() error {
	if o.Epoch < 0 {
		return problem.InField(problem.FieldInvalid, "epoch", "is %d; must be 0 or more", o.Epoch)
	}
	if o.ProducerID == "" && o.Epoch != 0 {
		return errNameless("epoch", o.Epoch)
	}
	return checkProducerID(o.ProducerID)
}

func checkProducerID(id string) error {
	if len(id) > maxProducerID {
		return problem.InField(problem.FieldInvalid, "producer_id", "has %d bytes; at most %d are taken", len(id), maxProducerID)
	}
	for i := range len(id) {
		if !isProducerByte(id[i]) {
			return problem.InField(problem.FieldInvalid, "producer_id",
				"%s has a character that is not accepted; use letters, digits and _ . : -", problem.Echo(id))
		}
	}
	return nil
}

func isProducerByte(b byte) bool {
	switch {
	case b >= 'a' && b <= 'z', b >= 'A' && b <= 'Z', b >= '0' && b <= '9':
		return true
	default:
		return b == '_' || b == '.' || b == ':' || b == '-'
	}
}

// errNameless refuses what only a producer with a name can have: whoever sends it
// counts on being told apart from others.
func errNameless(field string, value int64) error {
	return problem.InField(problem.HeaderMissing, "producer_id",
		"is empty in the first message, but %s is %d; name the producer, or leave %s out", field, value, field)
}

// Find returns a producer that is known, which the caller releases, or reason
// PRODUCER_NOT_FOUND.
func (c *Collector) Find(ctx context.Context, key producer.Key) (*producer.Producer, error) {
	p, err := c.Watch(ctx, key)
	if err != nil {
		return nil, err
	}
	if !p.Known() {
		c.Release(p)
		return nil, errProducerNotFound(key)
	}
	return p, nil
}

// Watch returns a producer, known or not, which the caller releases.
func (c *Collector) Watch(ctx context.Context, key producer.Key) (*producer.Producer, error) {
	if key.ProducerID == "" {
		return nil, problem.InField(problem.FieldInvalid, "producer_id", "is empty; name the producer")
	}
	if err := checkProducerID(key.ProducerID); err != nil {
		return nil, err
	}
	p, err := c.producers.Acquire(ctx, key)
	return p, Failure(err)
}

// Release gives a producer back.
func (c *Collector) Release(p *producer.Producer) { c.producers.Release(p) }

func errProducerNotFound(key producer.Key) error {
	return problem.InField(problem.ProducerNotFound, "producer_id", "no producer %s is known here", problem.Echo(key.ProducerID))
}
