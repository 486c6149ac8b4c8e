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
	key     UploadKey
	part    Part
	expiry  time.Duration

	// last is the newest checkpoint that was begun.
	last    Checkpoint
	durable atomic.Int64
	// broken is set once a checkpoint failed: no later sync can be trusted.
	broken bool
	// running delivers the outcome of the checkpoint under way; nil when there
	// is none.
	running chan error
}

// start waits for the checkpoint under way and begins the next.
func (c *checkpointer) start(ctx context.Context, next Checkpoint) error {
	if err := c.wait(); err != nil {
		return err
	}
	c.last = next
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

// save syncs the part and moves the checkpoint. The stream's end must not keep
// it from being finished.
func (c *checkpointer) save(ctx context.Context, next Checkpoint) error {
	if err := c.part.Sync(); err != nil {
		return err
	}
	now := time.Now()
	err := c.catalog.SaveCheckpoint(context.WithoutCancel(ctx), c.key, next, now, now.Add(c.expiry))
	if err != nil {
		return err
	}
	c.durable.Store(next.Offset)
	return nil
}
