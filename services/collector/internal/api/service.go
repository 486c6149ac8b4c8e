// Package api serves the collector over gRPC: it turns the schema's messages
// into calls of core and back.
package api

import (
	"github.com/prometheus/client_golang/prometheus"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/libs/ingest"
	"github.com/sluice-ingest/sluice/libs/ingest/frames"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

// Deps are what the service works with; all are required.
type Deps struct {
	Collector  *core.Collector
	Queries    *core.Queries
	Deletions  *core.Deletions
	Intake     *frames.Intake
	Streams    *ingest.Registry
	Registerer prometheus.Registerer
	// NewWork refuses streams while the server takes nothing new.
	NewWork func() error

	// MessageBytes is the largest encoded frame.
	MessageBytes int
	// FrameItems is the largest number of points in a frame.
	FrameItems int
}

// Service implements collectorv1.DataCollectionServiceServer.
type Service struct {
	collectorv1.UnimplementedDataCollectionServiceServer

	collections *frames.Server[*collectorv1.CollectDataPointsResponse]
	positions   *frames.Positions
	queries     *core.Queries
	deletions   *core.Deletions
	streams     *ingest.Registry
}

// New returns the service.
func New(deps Deps) *Service {
	return &Service{
		collections: newCollections(&deps, newMetrics(deps.Registerer)),
		positions:   &frames.Positions{Intake: deps.Intake, Streams: deps.Streams},
		queries:     deps.Queries, deletions: deps.Deletions, streams: deps.Streams,
	}
}
