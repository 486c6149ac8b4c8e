// Package front is what every call of a service comes by: the server with its
// listeners, the chain of interceptors with all that guards a call, and the
// registry of open streams with the service that shows it.
package front

import (
	"context"
	"errors"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/libs/audit"
	"github.com/sluice-ingest/sluice/libs/compression"
	"github.com/sluice-ingest/sluice/libs/config"
	"github.com/sluice-ingest/sluice/libs/flow"
	"github.com/sluice-ingest/sluice/libs/ingest"
	"github.com/sluice-ingest/sluice/libs/interceptor"
	"github.com/sluice-ingest/sluice/libs/interceptor/auth"
	"github.com/sluice-ingest/sluice/libs/server"
	"github.com/sluice-ingest/sluice/libs/wire"
)

// Options is what a service gives its front beside the configuration. All but
// StoreBytes are required.
type Options struct {
	// Service is the name in sluice_<service>_..., the names of the metrics, of
	// which Metrics takes those of the front.
	Service string
	Metrics *prometheus.Registry
	Log     *zap.Logger
	// Configuration is the service's whole configuration, for the audit log.
	Configuration any
	// StoreBytes is the memory that the service's store takes outside of the Go
	// heap.
	StoreBytes int64
	// StreamBytes is the memory that the service holds for a stream at most, beyond
	// what the transport does.
	StreamBytes int64
}

// Front is a server that does not listen yet: register the service, then call
// its Serve once, and Close.
type Front struct {
	*server.Server

	// Streams are the client streams that are open.
	Streams *ingest.Registry
	// Audit is the audit log, or nil.
	Audit *audit.Log

	credentials *auth.Credentials
}

// New returns a front. It waits for the keys of a JWT's issuer until ctx is done.
// The caller closes the front.
func New(ctx context.Context, cfg Config, opts Options) (*Front, error) {
	f := &Front{}
	if err := f.open(ctx, cfg, opts); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func (f *Front) open(ctx context.Context, cfg Config, opts Options) (err error) {
	compression.Register()
	f.Audit, err = audit.Open(cfg.Audit, audit.Options{Service: opts.Service, Logger: opts.Log, Registerer: opts.Metrics})
	if err != nil {
		return err
	}
	authenticator, err := f.authenticator(ctx, cfg, opts)
	if err != nil {
		return err
	}
	bounds := cfg.Memory.Flow(cfg.streamBytes()+opts.StreamBytes, opts.StoreBytes)
	f.Streams = ingest.NewRegistry(bounds)
	links := interceptor.Chain(interceptor.Deps{
		Service: opts.Service, Logger: opts.Log, Registerer: opts.Metrics, Audit: f.Audit,
		Authenticator: authenticator, Limits: cfg.Limits, Streams: cfg.Streams,
		Codec: wire.NewCodec(), MaxMessageBytes: cfg.Server.MessageLimit(),
	})
	f.Server, err = server.New(cfg.server(), server.Options{
		Logger: opts.Log, Registry: opts.Metrics, Authenticated: cfg.Auth.Enabled(), GRPC: interceptor.ServerOptions(links),
		Changed: f.changed, BeginDrain: f.Streams.Drain, Drain: f.Streams.CutAll,
	})
	if err != nil {
		return err
	}
	opts.Metrics.MustRegister(
		ingest.NewCollector(opts.Service, f.Streams), flow.NewCollector(opts.Service, bounds),
		server.NewCollector(opts.Service, f.Server))
	streamv1.RegisterStreamServiceServer(f, ingest.NewStreamService(f.Streams))
	return f.recordConfiguration(opts)
}

func (f *Front) authenticator(ctx context.Context, cfg Config, opts Options) (_ auth.Authenticator, err error) {
	if !cfg.Auth.Enabled() {
		return auth.Anonymous{}, nil
	}
	f.credentials, err = cfg.Auth.Open(ctx, auth.Options{Logger: opts.Log, Changed: f.changed})
	return f.credentials, err
}

// changed records that other keys or certificates are in force.
func (f *Front) changed(setting, detail string) { f.Audit.Record(audit.KeysReloaded(setting, detail)) }

func (f *Front) recordConfiguration(opts Options) error {
	effective, err := config.YAML(opts.Configuration)
	if err != nil {
		return err
	}
	f.Audit.Record(audit.ConfigurationLoaded("service", effective))
	return nil
}

// Serve is [server.Server.Serve], with its beginning and end in the audit log.
func (f *Front) Serve(ctx context.Context) error {
	f.Audit.Record(audit.Started(config.Version()))
	err := f.Server.Serve(ctx)
	f.Audit.Record(audit.Stopped(err))
	return err
}

// Close ends the watching of credentials and closes the audit log. It is called
// after Serve has returned, or instead of it.
func (f *Front) Close() error {
	if f.credentials != nil {
		f.credentials.Close()
	}
	return f.Audit.Close()
}
