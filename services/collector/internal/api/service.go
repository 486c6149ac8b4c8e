// Package api serves the collector over gRPC: it turns the schema's messages
// into calls of core and back.
package api

import (
	"github.com/prometheus/client_golang/prometheus"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/libs/ingest"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

// Deps are what the service works with; all are required.
type Deps struct {
	Collector  *core.Collector
	Queries    *core.Queries
	Deletions  *core.Deletions
	Streams    *ingest.Registry
	Registerer prometheus.Registerer

	// MessageBytes is the largest encoded frame.
	MessageBytes int
	// FrameItems is the largest number of points in a frame.
	FrameItems int
}

// Service implements collectorv1.DataCollectionServiceServer.
type Service struct {
	collectorv1.UnimplementedDataCollectionServiceServer

	collector *core.Collector
	queries   *core.Queries
	deletions *core.Deletions
	streams   *ingest.Registry
	metrics   *metrics

	messageBytes, frameItems int
}

// New returns the service.
func New(deps Deps) *Service {
	return &Service{
		collector: deps.Collector, queries: deps.Queries, deletions: deps.Deletions, streams: deps.Streams,
		metrics: newMetrics(deps.Registerer), messageBytes: deps.MessageBytes, frameItems: deps.FrameItems,
	}
}
