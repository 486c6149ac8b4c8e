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
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/libs/ingest"
	"github.com/sluice-ingest/sluice/libs/interceptor"
	"github.com/sluice-ingest/sluice/libs/server"
	"github.com/sluice-ingest/sluice/libs/telemetry"
	"github.com/sluice-ingest/sluice/libs/wire"
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
	server  *server.Server
	janitor *janitor
}

func assemble(cfg Config, data *data, log *zap.Logger) (*service, error) {
	authenticator, err := cfg.Auth.Authenticator(log)
	if err != nil {
		return nil, err
	}
	metrics := telemetry.NewRegistry()
	streams := ingest.NewRegistry()
	links := interceptor.Chain(interceptor.Deps{
		Service: "fileupload", Logger: log, Registerer: metrics, Authenticator: authenticator, RateLimit: cfg.RateLimit,
		Codec: wire.NewCodec(), MaxMessageBytes: cfg.Server.MessageLimit(),
	})
	srv, err := server.New(cfg.Server, server.Options{
		Logger: log, Registry: metrics, Authenticated: cfg.authenticates(), GRPC: interceptor.ServerOptions(links),
		BeginDrain: streams.Drain, Drain: streams.CutAll,
	})
	if err != nil {
		return nil, err
	}
	uploads := core.NewUploads(data.catalog, data.store, cfg.limits())
	register(srv, cfg, data, uploads, streams, metrics)
	janitor, err := newJanitor(cfg, data, uploads, streams, log)
	if err != nil {
		return nil, err
	}
	return &service{server: srv, janitor: janitor}, nil
}

func register(
	srv *server.Server, cfg Config, data *data, uploads *core.Uploads, streams *ingest.Registry, metrics prometheus.Registerer,
) {
	limits := cfg.limits()
	files := core.NewFiles(data.catalog, data.store, limits.Types)
	metrics.MustRegister(ingest.NewCollector("fileupload", streams))
	fileuploadv1.RegisterFileUploadServiceServer(srv, api.New(api.Deps{
		Uploads: uploads, Files: files, Streams: streams, Registerer: metrics, ChunkBytes: limits.ChunkBytes,
	}))
	streamv1.RegisterStreamServiceServer(srv, ingest.NewStreamService(streams))
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
