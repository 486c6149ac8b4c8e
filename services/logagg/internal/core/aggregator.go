package core

import (
	"context"
	"errors"
	"sync"

	"github.com/sluice-ingest/sluice/libs/ingest/frames"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/services/logagg/internal/frame"
	"github.com/sluice-ingest/sluice/services/logagg/internal/pipeline"
)

// Pipelines give the pipeline in use, which may change at any time. Safe for
// concurrent use.
type Pipelines interface {
	Current() *pipeline.Pipeline
}

// Aggregator takes frames of entries in. Safe for concurrent use.
type Aggregator struct {
	intake    *frames.Intake
	pipelines Pipelines
	limits    Limits
	// failed is told how often a rule's expressions failed.
	failed func(rule *pipeline.Rule, times int64)
	// scratches are those that no frame needs now.
	scratches sync.Pool
}

// NewAggregator returns an aggregator of the entries that come in at intake.
func NewAggregator(intake *frames.Intake, pipelines Pipelines, limits Limits) *Aggregator {
	return &Aggregator{
		intake: intake, pipelines: pipelines, limits: limits, failed: func(*pipeline.Rule, int64) {},
	}
}

// OnRuleFailure has call be told, at the end of each stream, how often a rule's
// expressions failed. It is set before the first stream.
func (a *Aggregator) OnRuleFailure(call func(rule *pipeline.Rule, times int64)) { a.failed = call }

// Open opens a stream as [frames.Intake.Open] does, which takes entries of the
// applications that the principal of ctx is granted now. The caller closes the
// collection.
func (a *Aggregator) Open(ctx context.Context, o frames.Opening) (*Collection, error) {
	stream, err := a.intake.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	return &Collection{
		Stream: stream, aggregator: a, applications: principal.From(ctx).Grants.Applications, tally: newTally(),
	}, nil
}

// Header reads who opens a stream from its encoded first message.
func (a *Aggregator) Header(first []byte) (producerID string, epoch int64, err error) {
	f := a.newFrame()
	err = decode(&f, first)
	return string(f.ProducerID), f.Epoch, err
}

func (a *Aggregator) newFrame() frame.Frame {
	return frame.Frame{MaxEntries: a.limits.FrameItems}
}

// decode decodes a message of a stream. The error is a problem.
func decode(f *frame.Frame, data []byte) error {
	err := f.DecodeRequest(data)
	switch {
	case errors.Is(err, frame.ErrTooManyEntries):
		return problem.InField(problem.FrameTooLarge, "entries", "has more than %d entries; send smaller frames", f.MaxEntries)
	case err != nil:
		return problem.Because(problem.MalformedMessage, err, err.Error())
	default:
		return nil
	}
}
