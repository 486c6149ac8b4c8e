package core

import (
	"context"
	"sync/atomic"
	"time"
)

// checkpointer makes what an upload has brought durable beside the stream that
// brings more. One checkpoint is under way at a time: an upload that outruns
// the disk by a whole interval waits. Not safe for concurrent use, but durable
// is.
type checkpointer struct {
	catalog Catalog
	part    Part
	expiry  time.Duration

	// last is the upload with the newest checkpoint that was begun, and begunAt when
	// that was.
	last    Upload
	begunAt time.Time
	// durable is the newest checkpoint that was saved. Never nil.
	durable atomic.Pointer[Checkpoint]
	// broken is set once a write or a checkpoint failed: no later sync can be
	// trusted.
	broken bool
	// running delivers the outcome of the checkpoint under way; nil when there
	// is none.
	running chan error
}

// covers tells whether the newest checkpoint has all that next would have.
func (c *checkpointer) covers(next *Upload) bool {
	return next.Checkpoint.Offset == c.last.Checkpoint.Offset && next.Checksum == c.last.Checksum
}

// start waits for the checkpoint under way and begins the next.
func (c *checkpointer) start(ctx context.Context, next Upload) error {
	if err := c.wait(); err != nil {
		return err
	}
	c.last, c.begunAt = next, time.Now()
	outcome := make(chan error, 1)
	c.running = outcome
	go func() { outcome <- c.save(ctx, next) }()
	return nil
}

// wait returns the outcome of the checkpoint under way, if there is one.
func (c *checkpointer) wait() error {
	if c.running == nil {
		return nil
	}
	err := <-c.running
	c.running = nil
	c.broken = c.broken || err != nil
	return err
}

// save syncs the part and stores the checkpoint. The stream's end must not keep
// it from being finished.
func (c *checkpointer) save(ctx context.Context, next Upload) error {
	if err := c.part.Sync(); err != nil {
		return err
	}
	next.Checkpoint.PartProof = c.part.Proof(next.Checkpoint.Offset)
	next.touch(time.Now(), c.expiry)
	if err := c.catalog.SaveCheckpoint(context.WithoutCancel(ctx), next); err != nil {
		return endedElsewhere(err)
	}
	c.durable.Store(&next.Checkpoint)
	return nil
}
