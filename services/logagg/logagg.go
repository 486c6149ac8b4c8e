// Package logagg is the service that takes log entries in over client streams,
// brings them through rules, keeps them and answers searches. [Run] is all of
// it; the command sluice-logagg adds flags and signals.
package logagg

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	usagev1 "github.com/sluice-ingest/sluice/gen/sluice/usage/v1"
	"github.com/sluice-ingest/sluice/libs/diskspace"
	"github.com/sluice-ingest/sluice/libs/front"
	"github.com/sluice-ingest/sluice/libs/ingest/frames"
	"github.com/sluice-ingest/sluice/libs/quota"
	"github.com/sluice-ingest/sluice/libs/telemetry"
	"github.com/sluice-ingest/sluice/services/logagg/internal/api"
	"github.com/sluice-ingest/sluice/services/logagg/internal/core"
	"github.com/sluice-ingest/sluice/services/logagg/internal/pipeline"
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
	rules, err := pipeline.NewLive(cfg.RulesFile)
	if err != nil {
		return err
	}
	metrics := telemetry.NewRegistry()
	logs, err := openLogs(ctx, cfg, metrics, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, logs.close()) }()
	server, err := front.New(ctx, cfg.Config, front.Options{
		Service: "logagg", Metrics: metrics, Log: log, Configuration: cfg, StoreBytes: int64(cfg.Store.MemoryLimit),
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	space, err := diskspace.New(cfg.DataDir, cfg.Storage, log)
	if err != nil {
		return err
	}
	space.Register(metrics, "logagg")
	defer space.Start(ctx)()
	register(server, cfg, logs, rules, space, metrics)
	defer watchRules(ctx, rules, server.Audit, log)()
	return logs.service.Serve(ctx, server)
}

func register(
	server *front.Front, cfg Config, logs *logs, rules *pipeline.Live, space *diskspace.Watcher, metrics prometheus.Registerer,
) {
	intake := frames.NewIntake(logs.data.Journal, logs.data.Producers, time.Now)
	logaggv1.RegisterLogAggregationServiceServer(server, api.New(api.Deps{
		Aggregator: core.NewAggregator(intake, rules, logs.limits),
		Queries:    core.NewQueries(logs.data.Store, logs.service.Applier),
		Tails:      logs.tails, Applier: logs.service.Applier,
		Intake: intake, Streams: server.Streams, Registerer: metrics, NewWork: space.Check,
		MessageBytes: int(cfg.Server.MaxMessageBytes), FrameItems: cfg.MaxFrameEntries,
	}))
	usagev1.RegisterUsageServiceServer(server, quota.NewService(logs.daily))
}
