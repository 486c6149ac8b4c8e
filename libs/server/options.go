package server

import (
	"context"
	"crypto/tls"
	"fmt"

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
		grpc.ChainStreamInterceptor(s.calls.stream, s.cutOwnStreams),
	}
	if c.TLS.Enabled() {
		certificate, err := tls.LoadX509KeyPair(c.TLS.CertFile, c.TLS.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("certificate %s with key %s: %w", c.TLS.CertFile, c.TLS.KeyFile, err)
		}
		options = append(options, grpc.Creds(credentials.NewTLS(&tls.Config{
			Certificates: []tls.Certificate{certificate},
			MinVersion:   tls.VersionTLS13,
		})))
	}
	return append(options, s.opts.GRPC...), nil
}
