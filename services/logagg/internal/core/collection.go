package core

import (
	"context"
	"time"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	"github.com/sluice-ingest/sluice/libs/ingest/frames"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/services/logagg/internal/frame"
	"github.com/sluice-ingest/sluice/services/logagg/internal/pipeline"
)

// Collection is one stream of frames of entries.
type Collection struct {
	*frames.Stream
	// scratch is there while a frame is taken.
	*scratch

	aggregator *Aggregator
	// applications are those that the principal was granted when the stream began.
	applications principal.Patterns
	// pipeline is the one that runner runs.
	pipeline *pipeline.Pipeline
	runner   *pipeline.Runner
	counts   frame.Counts
	tally    tally
}

// Take takes an encoded frame in. It does not keep data, and returns before the
// frame is durable. Entries that are rejected are counted; an error ends the
// stream and says that nothing of this frame was taken.
func (c *Collection) Take(ctx context.Context, data []byte) error {
	c.scratch = c.aggregator.borrow()
	defer func() {
		c.aggregator.giveBack(c.scratch)
		c.scratch = nil
	}()
	if err := decode(&c.frame, data); err != nil {
		return err
	}
	sequence, fresh, err := c.Admit(&frames.Header{
		ProducerID: c.frame.ProducerID, Epoch: c.frame.Epoch, Sequence: c.frame.Sequence, Items: len(c.frame.Entries),
	}, "entries")
	switch {
	case err != nil || sequence == 0:
		return err
	case !fresh:
		c.tally.duplicates += int64(len(c.frame.Entries))
		return nil
	default:
		return c.append(ctx, sequence)
	}
}

// append processes the entries and appends what is left of them.
func (c *Collection) append(ctx context.Context, sequence int64) error {
	now := c.Now()
	if err := c.process(sequence, now); err != nil {
		return err
	}
	c.encoded = frame.AppendAccepted(c.encoded[:0], c.Header(now), &c.counts, c.frame.Entries)
	if err := c.Append(ctx, now, outcomes(&c.counts), c.encoded); err != nil {
		return err
	}
	c.tally.add(&c.counts)
	return nil
}

// process leaves the indexed entries in the frame, in their order, and counts
// all. It fails with reason FRAME_TOO_LARGE when the rules make too much of them.
func (c *Collection) process(sequence int64, now time.Time) error {
	c.useCurrentRules()
	limits := c.aggregator.limits.Rules(c.Tenant(), now)
	limits.applications = c.applications
	c.counts = frame.Counts{Sequence: sequence, Rejected: c.counts.Rejected[:0]}
	entries := c.frame.Entries
	kept, size := entries[:0], 0
	for i := range entries {
		switch became, reason := process(&entries[i], &limits, c.runner); became {
		case rejected:
			c.counts.Reject(reason)
			c.tally.explain(func() *logaggv1.LogError { return limits.Explain(sequence, i, &entries[i], reason) })
		case filtered:
			c.counts.Filtered++
		case indexed:
			if size += frame.SizeOf(&entries[i]); size > maxKeptBytes {
				return problem.InField(problem.FrameTooLarge, "entries",
					"takes more than %d bytes after the rules; send smaller frames", maxKeptBytes)
			}
			if entries[i].Redacted {
				c.counts.Redacted++
			}
			kept = append(kept, entries[i])
		}
	}
	c.counts.Indexed = int64(len(kept))
	c.frame.Entries = kept
	return nil
}

// useCurrentRules has the next frame go through the rules in use.
func (c *Collection) useCurrentRules() {
	current := c.aggregator.pipelines.Current()
	if current == c.pipeline {
		return
	}
	c.leaveRules()
	c.pipeline, c.runner = current, current.Runner()
}

// leaveRules adds what the runner has counted, and tells of failures.
func (c *Collection) leaveRules() {
	if c.runner == nil {
		return
	}
	rules := c.pipeline.Rules()
	c.tally.addRules(rules, c.runner.Counts)
	for i, times := range c.runner.Failures {
		if times > 0 {
			c.aggregator.failed(&rules[i], times)
		}
	}
	c.pipeline, c.runner = nil, nil
}

// Close closes the stream. What was taken in stays.
func (c *Collection) Close() {
	c.leaveRules()
	c.Stream.Close()
}
