package core

import (
	"context"
	"time"

	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/services/collector/internal/frame"
)

// Collection is one stream of frames. Position may be called at any time;
// everything else is for one goroutine, the stream's handler.
type Collection struct {
	collector *Collector
	producer  *producer.Producer
	opening   Opening
	// named tells whether the producer can come back.
	named bool

	frame    frame.Frame
	ids      []SeriesID
	rejected []frame.RejectedCount
	encoded  []byte
	tally    tally
	// appended tells whether this stream has brought a new frame.
	appended bool
	// repeated tells whether the answer is that of an earlier stream.
	repeated bool
	// carries tells whether the stream has begun: until then the producer is
	// another's.
	carries bool
}

func newCollection(c *Collector, p *producer.Producer, o Opening, named bool) *Collection {
	return &Collection{
		collector: c, producer: p, opening: o, named: named,
		frame: c.newFrame(), tally: newTally(),
	}
}

// ProducerID is the producer's name, which the server made if it had none.
func (c *Collection) ProducerID() string { return c.opening.ProducerID }

// Repeated tells whether Finish has given the answer of an earlier stream.
func (c *Collection) Repeated() bool { return c.repeated }

// Epoch is the stream's epoch.
func (c *Collection) Epoch() int64 { return c.opening.Epoch }

// Position returns how far the producer has come.
func (c *Collection) Position() producer.Position { return c.producer.Position() }

// Begin begins the stream once it alone carries the producer. It fails with
// reason FENCED for an epoch that ended meanwhile.
func (c *Collection) Begin(ctx context.Context) error {
	c.carries = true
	if !c.named {
		c.producer.BeginUnrecorded()
		return nil
	}
	return Failure(c.producer.Begin(ctx, c.opening.Epoch, func() (journal.Position, error) {
		return c.collector.journal.Append(ctx, frame.AppendEpochOpened(nil, c.header(c.collector.now())))
	}))
}

// Take takes an encoded frame in. It does not keep data, and returns before the
// frame is durable. Points that are rejected are counted; an error ends the
// stream and says that nothing of this frame was taken.
func (c *Collection) Take(ctx context.Context, data []byte) error {
	if err := decode(&c.frame, data); err != nil {
		return err
	}
	sequence, err := c.checkHeader()
	if err != nil || sequence == 0 {
		return err
	}
	fresh, err := c.producer.Admit(sequence)
	if err != nil {
		return err
	}
	if !fresh {
		c.tally.duplicates += int64(len(c.frame.Points))
		return nil
	}
	return Failure(c.append(ctx, sequence))
}

// checkHeader checks the frame around its points and returns its sequence: 0
// for a message without a frame.
func (c *Collection) checkHeader() (int64, error) {
	f := &c.frame
	switch {
	case len(f.ProducerID) > 0 && (!c.named || string(f.ProducerID) != c.opening.ProducerID):
		return 0, problem.InField(problem.HeaderChanged, "producer_id", "differs from the first message's; leave it out or repeat it")
	case f.Epoch != 0 && f.Epoch != c.opening.Epoch:
		return 0, problem.InField(problem.HeaderChanged, "epoch", "is %d but the first message had %d; leave it out or repeat it",
			f.Epoch, c.opening.Epoch)
	case f.Sequence < 0:
		return 0, problem.InField(problem.FieldInvalid, "sequence", "is %d; frames are numbered from 1", f.Sequence)
	case f.Sequence != 0 && !c.named:
		return 0, errNameless("sequence", f.Sequence)
	case !c.named && len(f.Points) > 0:
		return c.producer.Position().Received + 1, nil
	case f.Sequence == 0 && len(f.Points) > 0:
		return 0, problem.InField(problem.FieldInvalid, "sequence", "is 0 in a frame with points; number the frames of a producer from 1")
	}
	return f.Sequence, nil
}

// append checks the points and appends the accepted ones.
func (c *Collection) append(ctx context.Context, sequence int64) error {
	now := c.collector.now()
	rejected := c.check(sequence, now)
	points := c.frame.Points
	c.encoded = frame.AppendFrame(c.encoded[:0], c.header(now), sequence, rejected, points)
	err := c.producer.Append(now, outcomes(len(points), rejected), func() (journal.Position, error) {
		return c.collector.journal.Append(ctx, c.encoded)
	})
	if err != nil {
		return err
	}
	c.appended = true
	c.tally.accept(points)
	return nil
}

// OnFailure has cut be called when the journal loses frames of this stream,
// which then can't go on. cut must not block.
func (c *Collection) OnFailure(cut func(cause error)) { c.producer.OnFailure(cut) }

// Close gives the producer back. What was taken in stays.
func (c *Collection) Close() {
	if c.carries {
		c.producer.OnFailure(nil)
	}
	c.frame.Reset()
	c.collector.producers.Release(c.producer)
}

// Settle waits until everything taken in is durable, for a stream that was cut.
func (c *Collection) Settle(ctx context.Context) error {
	return Failure(c.producer.Settle(ctx))
}

// processingTime is how long the stream has taken.
func (c *Collection) processingTime() time.Duration {
	return c.collector.now().Sub(c.opening.StartedAt)
}
