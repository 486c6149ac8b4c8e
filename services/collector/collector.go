// Package collector is the service that takes data points in over client
// streams, keeps them and answers queries. [Run] is all of it; the command
// sluice-collector adds flags and signals.
package collector

import (
	"context"
	"errors"
	"os"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/libs/ingest"
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
	return points.serve(ctx, srv)
}

func assemble(cfg Config, points *points, metrics *prometheus.Registry, log *zap.Logger) (*server.Server, error) {
	authenticator, err := cfg.Auth.Authenticator(log)
	if err != nil {
		return nil, err
	}
	streams := ingest.NewRegistry()
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
		Collector: points.collector,
		Queries:   core.NewQueries(points.data.store, points.index, points.applier),
		Deletions: core.NewDeletions(points.applier),
		Streams:   streams, Registerer: metrics,
		MessageBytes: int(cfg.Server.MaxMessageBytes), FrameItems: cfg.MaxFramePoints,
	}))
	streamv1.RegisterStreamServiceServer(srv, ingest.NewStreamService(streams))
	return srv, nil
}

// serve serves with the applier and the janitor beside it.
func (p *points) serve(ctx context.Context, srv *server.Server) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	applierCtx, stopApplier := context.WithCancel(context.WithoutCancel(ctx))
	defer stopApplier()
	applied, cleaned := make(chan error, 1), make(chan struct{})
	go func() { applied <- p.applier.Run(applierCtx) }()
	go func() {
		defer close(cleaned)
		p.janitor.run(ctx)
	}()
	err := srv.Serve(ctx)
	stop()
	// Whatever was acknowledged until now goes into the store. The janitor may
	// wait for a store that fails until the applier gives up.
	stopApplier()
	applyErr := <-applied
	<-cleaned
	if applyErr != nil {
		p.log.Warn("the journal keeps what the store could not take; the next start goes on with it", zap.Error(applyErr))
	}
	if checkpointErr := p.data.store.Checkpoint(context.WithoutCancel(ctx)); checkpointErr != nil {
		p.log.Warn("the store's file was left larger than it had to be", zap.Error(checkpointErr))
	}
	return err
}
