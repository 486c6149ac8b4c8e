package server

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"
)

// Options is what a service gives its server beside the configuration.
type Options struct {
	// Logger takes the server's log; required.
	Logger *zap.Logger
	// Registry is shown at /metrics; required with an admin port.
	Registry *prometheus.Registry
	// Authenticated tells that the chain in GRPC authenticates every caller.
	// It decides with the configuration what addresses may be listened on.
	Authenticated bool
	// Changed is called when other TLS files came into force, for the audit log:
	// with the setting's key and what it has now. nil for nobody to tell.
	Changed func(setting, detail string)
	// GRPC are the service's own options: the interceptor chain and the codec.
	GRPC []grpc.ServerOption
	// BeginDrain is called when the drain begins: the service refuses new
	// streams from here on. It must return at once. nil for nothing to do.
	BeginDrain func()
	// Drain is called when the grace has passed, to cut the streams that are
	// still open. Its context ends with the drain's bound. nil for nothing to
	// cut.
	Drain func(ctx context.Context)
}

// grpcOptions are the server's limits, followed by the service's options, which
// win where both set the same.
func (c Config) grpcOptions(s *Server) ([]grpc.ServerOption, error) {
	options := []grpc.ServerOption{
		// The last limit counts: the chain's message link brings its own, twice
		// this one, and refuses what is over this one with a reason.
		grpc.MaxRecvMsgSize(c.MessageLimit()),
		grpc.StaticStreamWindowSize(int32(c.StreamWindow)),
		grpc.StaticConnWindowSize(int32(c.ConnectionWindow)),
		grpc.MaxConcurrentStreams(c.MaxConcurrentStreams),
		grpc.MaxHeaderListSize(uint32(c.MaxHeaderBytes)),
		grpc.ConnectionTimeout(c.ConnectionTimeout),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: c.Keepalive.Time, Timeout: c.Keepalive.Timeout}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{
			MinTime:             c.Keepalive.MinTime,
			PermitWithoutStream: c.Keepalive.PermitWithoutStream,
		}),
		grpc.ChainUnaryInterceptor(s.calls.unary),
		grpc.ChainStreamInterceptor(s.calls.stream, s.boundWatches, s.cutOwnStreams),
		grpc.InTapHandle(s.arrivals.tap),
	}
	if c.TLS.Enabled() {
		files, err := openTLS(c.TLS, s.log, s.opts.Changed)
		if err != nil {
			return nil, err
		}
		options = append(options, grpc.Creds(credentials.NewTLS(files.config())))
	}
	return append(options, s.opts.GRPC...), nil
}
