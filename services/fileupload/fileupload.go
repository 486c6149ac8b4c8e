// Package fileupload is the service that takes files in over client streams and
// keeps them. [Run] is all of it; the command sluice-fileupload adds flags and
// signals.
package fileupload

import (
	"context"
	"errors"
	"os"
	"sync"

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
	data, err := openData(ctx, cfg, keys)
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
	server   *front.Front
	janitor  *janitor
	scrubber *scrubber
	// space is nil without a data folder.
	space *diskspace.Watcher
}

func assemble(ctx context.Context, cfg Config, data *data, log *zap.Logger) (*service, error) {
	metrics := telemetry.NewRegistry()
	if err := data.tellEncryption(ctx, metrics, log); err != nil {
		return nil, err
	}
	server, err := front.New(ctx, cfg.Config, front.Options{
		Service: "fileupload", Metrics: metrics, Log: log, Configuration: cfg, StreamBytes: data.streamBytes,
	})
	if err != nil {
		return nil, err
	}
	s := &service{server: server}
	if err := s.register(ctx, cfg, data, metrics, log); err != nil {
		return nil, errors.Join(err, server.Close())
	}
	return s, nil
}

// register puts the service together on its server.
func (s *service) register(ctx context.Context, cfg Config, data *data, metrics prometheus.Registerer, log *zap.Logger) (err error) {
	newWork, err := s.watchSpace(cfg, metrics, log)
	if err != nil {
		return err
	}
	limits, err := cfg.limits(newWork, cfg.Scan.scans(ctx, metrics, log))
	if err != nil {
		return err
	}
	uploads, files := core.NewUploads(data.catalog, data.store, limits), core.NewFiles(data.catalog, data.store, limits)
	fileuploadv1.RegisterFileUploadServiceServer(s.server, api.New(api.Deps{
		Uploads: uploads, Files: files,
		Streams: s.server.Streams, Registerer: metrics, ChunkBytes: limits.ChunkBytes,
	}))
	usagev1.RegisterUsageServiceServer(s.server, quota.NewService(core.NewAccounts(data.catalog, limits.Quotas)))
	if s.scrubber, err = newScrubber(cfg.Scrub, data.catalog, data.store, metrics, log); err != nil {
		return err
	}
	doubtful := func() []string { return append(uploads.TakeDoubtful(), files.TakeDoubtful()...) }
	s.janitor, err = newJanitor(cfg, data, doubtful, s.server.Streams, log)
	return err
}

// watchSpace watches the disk of the data folder, if there is one, and returns what
// refuses new work while it is low.
func (s *service) watchSpace(cfg Config, metrics prometheus.Registerer, log *zap.Logger) (newWork func() error, err error) {
	if !cfg.usesFolder() {
		return nil, nil
	}
	if s.space, err = diskspace.New(cfg.DataDir, cfg.Storage, log); err != nil {
		return nil, err
	}
	s.space.Register(metrics, "fileupload")
	return s.space.Check, nil
}

// run clears up once, then serves with the janitor and the scrubber beside it.
func (s *service) run(ctx context.Context) error {
	if err := s.janitor.prepare(ctx); err != nil {
		return err
	}
	if s.space != nil {
		defer s.space.Start(ctx)()
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var beside sync.WaitGroup
	beside.Go(func() { s.janitor.run(ctx) })
	beside.Go(func() { s.scrubber.run(ctx) })
	err := s.server.Serve(ctx)
	stop()
	beside.Wait()
	return err
}
