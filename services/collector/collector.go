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

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	usagev1 "github.com/sluice-ingest/sluice/gen/sluice/usage/v1"
	"github.com/sluice-ingest/sluice/libs/diskspace"
	"github.com/sluice-ingest/sluice/libs/front"
	"github.com/sluice-ingest/sluice/libs/ingest/frames"
	"github.com/sluice-ingest/sluice/libs/quota"
	"github.com/sluice-ingest/sluice/libs/telemetry"
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
	server, err := front.New(ctx, cfg.Config, front.Options{
		Service: "collector", Metrics: metrics, Log: log, Configuration: cfg, StoreBytes: int64(cfg.Store.MemoryLimit),
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	space, err := diskspace.New(cfg.DataDir, cfg.Storage, log)
	if err != nil {
		return err
	}
	space.Register(metrics, "collector")
	defer space.Start(ctx)()
	register(server, cfg, points, space, metrics)
	return points.service.Serve(ctx, server)
}

func register(
	server *front.Front, cfg Config, points *points, space *diskspace.Watcher, metrics prometheus.Registerer,
) {
	intake := frames.NewIntake(points.data.Journal, points.data.Producers, time.Now)
	collectorv1.RegisterDataCollectionServiceServer(server, api.New(api.Deps{
		Collector: core.NewCollector(intake, points.index, points.limits),
		Queries:   core.NewQueries(points.data.Store, points.index, points.service.Applier),
		Deletions: core.NewDeletions(points.service.Applier),
		Intake:    intake, Streams: server.Streams, Registerer: metrics, NewWork: space.Check,
		MessageBytes: int(cfg.Server.MaxMessageBytes), FrameItems: cfg.MaxFramePoints,
	}))
	usagev1.RegisterUsageServiceServer(server, quota.NewService(points.daily))
}
