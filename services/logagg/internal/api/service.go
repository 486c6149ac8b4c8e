// Package api serves the log service over gRPC: it turns the schema's messages
// into calls of core and back.
package api

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	"github.com/sluice-ingest/sluice/libs/apply"
	"github.com/sluice-ingest/sluice/libs/ingest"
	"github.com/sluice-ingest/sluice/libs/ingest/frames"
	"github.com/sluice-ingest/sluice/services/logagg/internal/core"
)

// Deps are what the service works with; all are required.
type Deps struct {
	Aggregator *core.Aggregator
	Queries    *core.Queries
	Tails      *core.Tails
	Applier    *apply.Applier
	Intake     *frames.Intake
	Streams    *ingest.Registry
	Registerer prometheus.Registerer
	// NewWork refuses streams while the server takes nothing new.
	NewWork func() error

	// MessageBytes is the largest encoded frame.
	MessageBytes int
	// FrameItems is the largest number of entries in a frame.
	FrameItems int
}

// Service implements logaggv1.LogAggregationServiceServer.
type Service struct {
	logaggv1.UnimplementedLogAggregationServiceServer

	collections *frames.Server[*logaggv1.CollectLogsResponse]
	positions   *frames.Positions
	aggregator  *core.Aggregator
	queries     *core.Queries
	tails       *core.Tails
	applier     *apply.Applier
	streams     *ingest.Registry
	// trials has room for the TestRules that is being served.
	trials chan struct{}
}

// New returns the service.
func New(deps Deps) *Service {
	metrics := newMetrics(deps.Registerer)
	deps.Aggregator.OnRuleFailure(metrics.ruleFailed)
	return &Service{
		collections: newCollections(&deps, metrics),
		positions:   &frames.Positions{Intake: deps.Intake, Streams: deps.Streams},
		aggregator:  deps.Aggregator, queries: deps.Queries, tails: deps.Tails, applier: deps.Applier, streams: deps.Streams,
		trials: make(chan struct{}, 1),
	}
}

func newCollections(deps *Deps, m *metrics) *frames.Server[*logaggv1.CollectLogsResponse] {
	return &frames.Server[*logaggv1.CollectLogsResponse]{
		Method:  logaggv1.LogAggregationService_CollectLogs_FullMethodName,
		Streams: deps.Streams, MessageBytes: deps.MessageBytes, FrameItems: deps.FrameItems,
		NewWork: deps.NewWork, Header: deps.Aggregator.Header,
		Open: func(ctx context.Context, o frames.Opening) (frames.Collection[*logaggv1.CollectLogsResponse], error) {
			return deps.Aggregator.Open(ctx, o)
		},
		Answered: m.answered,
		Ended:    m.streamEnded,
	}
}
