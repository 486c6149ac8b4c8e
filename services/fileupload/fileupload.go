// Package fileupload is the service that takes files in over client streams and
// keeps them. [Run] is all of it; the command sluice-fileupload adds flags and
// signals.
package fileupload

import (
	"context"
	"errors"
	"os"

	"go.uber.org/zap"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/front"
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
	data, err := openData(ctx, cfg.DataDir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, data.close()) }()
	s, err := assemble(cfg, data, log)
	if err != nil {
		return err
	}
	return s.run(ctx)
}

// service is the assembled service.
type service struct {
	server  *front.Front
	janitor *janitor
}

func assemble(cfg Config, data *data, log *zap.Logger) (*service, error) {
	metrics := telemetry.NewRegistry()
	server, err := front.New("fileupload", cfg.Config, metrics, log)
	if err != nil {
		return nil, err
	}
	limits := cfg.limits()
	uploads := core.NewUploads(data.catalog, data.store, limits)
	fileuploadv1.RegisterFileUploadServiceServer(server, api.New(api.Deps{
		Uploads: uploads, Files: core.NewFiles(data.catalog, data.store, limits.Types),
		Streams: server.Streams, Registerer: metrics, ChunkBytes: limits.ChunkBytes,
	}))
	janitor, err := newJanitor(cfg, data, uploads, server.Streams, log)
	if err != nil {
		return nil, err
	}
	return &service{server: server, janitor: janitor}, nil
}

// run clears up once, then serves with the janitor beside it.
func (s *service) run(ctx context.Context) error {
	if err := s.janitor.prepare(ctx); err != nil {
		return err
	}
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
