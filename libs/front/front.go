// Package front is what every call of a service comes by: the server with its
// listeners, the chain of interceptors, and the registry of open streams with
// the service that shows it.
package front

import (
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/libs/ingest"
	"github.com/sluice-ingest/sluice/libs/interceptor"
	"github.com/sluice-ingest/sluice/libs/server"
	"github.com/sluice-ingest/sluice/libs/wire"
)

// Front is a server that does not listen yet: register the service, then call
// its Serve once.
type Front struct {
	*server.Server

	// Streams are the client streams that are open.
	Streams *ingest.Registry
}

// New returns a front. service is the name in sluice_<service>_..., the names of
// the metrics, of which metrics takes those of the front.
func New(service string, cfg Config, metrics *prometheus.Registry, log *zap.Logger) (*Front, error) {
	authenticator, err := cfg.Auth.Authenticator(log)
	if err != nil {
		return nil, err
	}
	links := interceptor.Chain(interceptor.Deps{
		Service: service, Logger: log, Registerer: metrics, Authenticator: authenticator, RateLimit: cfg.RateLimit,
		Codec: wire.NewCodec(), MaxMessageBytes: cfg.Server.MessageLimit(),
	})
	streams := ingest.NewRegistry(nil)
	srv, err := server.New(cfg.Server, server.Options{
		Logger: log, Registry: metrics, Authenticated: cfg.authenticates(), GRPC: interceptor.ServerOptions(links),
		BeginDrain: streams.Drain, Drain: streams.CutAll,
	})
	if err != nil {
		return nil, err
	}
	metrics.MustRegister(ingest.NewCollector(service, streams))
	streamv1.RegisterStreamServiceServer(srv, ingest.NewStreamService(streams))
	return &Front{Server: srv, Streams: streams}, nil
}
