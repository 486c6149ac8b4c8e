package core

import (
	"context"

	"github.com/sluice-ingest/sluice/libs/ingest/frames"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/services/collector/internal/frame"
)

// Collection is one stream of frames of points.
type Collection struct {
	*frames.Stream

	collector *Collector
	// sources are those that the principal was granted when the stream began.
	sources  principal.Patterns
	frame    frame.Frame
	ids      []SeriesID
	rejected []frame.RejectedCount
	encoded  []byte
	tally    tally
}

// Take takes an encoded frame in. It does not keep data, and returns before the
// frame is durable. Points that are rejected are counted; an error ends the
// stream and says that nothing of this frame was taken.
func (c *Collection) Take(ctx context.Context, data []byte) error {
	if err := decode(&c.frame, data); err != nil {
		return err
	}
	sequence, fresh, err := c.Admit(&frames.Header{
		ProducerID: c.frame.ProducerID, Epoch: c.frame.Epoch, Sequence: c.frame.Sequence, Items: len(c.frame.Points),
	}, "points")
	switch {
	case err != nil || sequence == 0:
		return err
	case !fresh:
		c.tally.duplicates += int64(len(c.frame.Points))
		return nil
	default:
		return c.append(ctx, sequence)
	}
}

// append checks the points and appends the accepted ones.
func (c *Collection) append(ctx context.Context, sequence int64) error {
	now := c.Now()
	rejected := c.check(sequence, now)
	points := c.frame.Points
	c.encoded = frame.AppendAccepted(c.encoded[:0], c.Header(now), sequence, rejected, points)
	if err := c.Append(ctx, now, outcomes(len(points), rejected), c.encoded); err != nil {
		return err
	}
	c.tally.accept(points)
	return nil
}

// Close closes the stream. What was taken in stays.
func (c *Collection) Close() {
	c.frame.Reset()
	c.Stream.Close()
}
