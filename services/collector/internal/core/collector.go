package core

import (
	"context"

	"github.com/sluice-ingest/sluice/libs/ingest/frames"
	"github.com/sluice-ingest/sluice/libs/principal"
)

// Collector takes frames of points in. Safe for concurrent use.
type Collector struct {
	intake *frames.Intake
	index  *Index
	limits Limits
}

// NewCollector returns a collector of the points that come in at intake.
func NewCollector(intake *frames.Intake, index *Index, limits Limits) *Collector {
	return &Collector{intake: intake, index: index, limits: limits}
}

// Open opens a stream as [frames.Intake.Open] does, which takes points of the
// sources that the principal of ctx is granted now. The caller closes the
// collection.
func (c *Collector) Open(ctx context.Context, o frames.Opening) (*Collection, error) {
	stream, err := c.intake.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	return &Collection{
		Stream: stream, collector: c, sources: principal.From(ctx).Grants.Sources, frame: c.newFrame(), tally: newTally(),
	}, nil
}
