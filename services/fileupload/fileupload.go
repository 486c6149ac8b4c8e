// Package fileupload is the service that takes files in over client streams and
// keeps them. [Run] is all of it; the command sluice-fileupload adds flags and
// signals.
package fileupload

import (
	"context"
	"errors"
	"os"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	usagev1 "github.com/sluice-ingest/sluice/gen/sluice/usage/v1"
	"github.com/sluice-ingest/sluice/libs/diskspace"
	"github.com/sluice-ingest/sluice/libs/front"
	"github.com/sluice-ingest/sluice/libs/quota"
	"github.com/sluice-ingest/sluice/libs/telemetry"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/api"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// Run serves until ctx is done, drains, and returns. It returns an error when
// the service can't start, when it breaks, or when the drain took too long.
func Run(ctx context.Context, cfg Config) (err error) {
	if err := cfg.Validate(); err != nil {
		return err
	}
	log, err := telemetry.NewLogger(cfg.Log, os.Stderr)
	if err != nil {
		return err
	}
	keys, err := openKeys(ctx, cfg.Encryption)
	if err != nil {
		return err
	}
	data, err := openData(ctx, cfg.DataDir, keys)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, data.close()) }()
	s, err := assemble(ctx, cfg, data, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.server.Close()) }()
	return s.run(ctx)
}

// service is the assembled service.
type service struct {
	server  *front.Front
	janitor *janitor
	space   *diskspace.Watcher
}

func assemble(ctx context.Context, cfg Config, data *data, log *zap.Logger) (*service, error) {
	metrics := telemetry.NewRegistry()
	if err := data.tellEncryption(ctx, metrics, log); err != nil {
		return nil, err
	}
	server, err := front.New(ctx, cfg.Config, front.Options{
		Service: "fileupload", Metrics: metrics, Log: log, Configuration: cfg,
	})
	if err != nil {
		return nil, err
	}
	s := &service{server: server}
	if err := s.register(cfg, data, metrics, log); err != nil {
		return nil, errors.Join(err, server.Close())
	}
	return s, nil
}

// register puts the service together on its server.
func (s *service) register(cfg Config, data *data, metrics prometheus.Registerer, log *zap.Logger) (err error) {
	if s.space, err = diskspace.New(cfg.DataDir, cfg.Storage, log); err != nil {
		return err
	}
	s.space.Register(metrics, "fileupload")
	limits, err := cfg.limits(s.space.Check)
	if err != nil {
		return err
	}
	uploads := core.NewUploads(data.catalog, data.store, limits)
	fileuploadv1.RegisterFileUploadServiceServer(s.server, api.New(api.Deps{
		Uploads: uploads, Files: core.NewFiles(data.catalog, data.store, limits),
		Streams: s.server.Streams, Registerer: metrics, ChunkBytes: limits.ChunkBytes,
	}))
	usagev1.RegisterUsageServiceServer(s.server, quota.NewService(core.NewAccounts(data.catalog, limits.Quotas)))
	s.janitor, err = newJanitor(cfg, data, uploads, s.server.Streams, log)
	return err
}

// run clears up once, then serves with the janitor beside it.
func (s *service) run(ctx context.Context) error {
	if err := s.janitor.prepare(ctx); err != nil {
		return err
	}
	defer s.space.Start(ctx)()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.janitor.run(ctx)
	}()
	err := s.server.Serve(ctx)
	stop()
	<-done
	return err
}
