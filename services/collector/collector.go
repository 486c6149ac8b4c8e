// Package collector is the service that takes data points in over client
// streams, keeps them and answers queries. [Run] is all of it; the command
// sluice-collector adds flags and signals.
package collector

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/libs/ingest"
	"github.com/sluice-ingest/sluice/libs/ingest/frames"
	"github.com/sluice-ingest/sluice/libs/interceptor"
	"github.com/sluice-ingest/sluice/libs/server"
	"github.com/sluice-ingest/sluice/libs/telemetry"
	"github.com/sluice-ingest/sluice/libs/wire"
	"github.com/sluice-ingest/sluice/services/collector/internal/api"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

// Run serves until ctx is done, drains, brings what the journal holds into the
// store, and returns. It returns an error when the service can't start, when it
// breaks, or when the drain took too long.
func Run(ctx context.Context, cfg Config) (err error) {
	if err := cfg.Validate(); err != nil {
		return err
	}
	log, err := telemetry.NewLogger(cfg.Log, os.Stderr)
	if err != nil {
		return err
	}
	metrics := telemetry.NewRegistry()
	points, err := openPoints(ctx, cfg, metrics, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, points.close()) }()
	srv, err := assemble(cfg, points, metrics, log)
	if err != nil {
		return err
	}
	return points.service.Serve(ctx, srv)
}

func assemble(cfg Config, points *points, metrics *prometheus.Registry, log *zap.Logger) (*server.Server, error) {
	authenticator, err := cfg.Auth.Authenticator(log)
	if err != nil {
		return nil, err
	}
	streams := ingest.NewRegistry()
	intake := frames.NewIntake(points.data.Journal, points.data.Producers, time.Now)
	links := interceptor.Chain(interceptor.Deps{
		Service: "collector", Logger: log, Registerer: metrics, Authenticator: authenticator, RateLimit: cfg.RateLimit,
		Codec: wire.NewCodec(), MaxMessageBytes: cfg.Server.MessageLimit(),
	})
	srv, err := server.New(cfg.Server, server.Options{
		Logger: log, Registry: metrics, Authenticated: cfg.authenticates(), GRPC: interceptor.ServerOptions(links),
		BeginDrain: streams.Drain, Drain: streams.CutAll,
	})
	if err != nil {
		return nil, err
	}
	metrics.MustRegister(ingest.NewCollector("collector", streams))
	collectorv1.RegisterDataCollectionServiceServer(srv, api.New(api.Deps{
		Collector: core.NewCollector(intake, points.index, points.limits),
		Queries:   core.NewQueries(points.data.Store, points.index, points.service.Applier),
		Deletions: core.NewDeletions(points.service.Applier),
		Intake:    intake, Streams: streams, Registerer: metrics,
		MessageBytes: int(cfg.Server.MaxMessageBytes), FrameItems: cfg.MaxFramePoints,
	}))
	streamv1.RegisterStreamServiceServer(srv, ingest.NewStreamService(streams))
	return srv, nil
}
