// Package server runs a service's gRPC server and its admin port, from the
// listeners to the drain.
package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"

	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"
)

// Server is a gRPC server with health, reflection and an admin port. Register
// the services, then call [Server.Serve] once.
type Server struct {
	cfg    Config
	opts   Options
	log    *zap.Logger
	grpc   *grpc.Server
	health *health.Server
	// admin is nil without an admin port.
	admin *http.Server
	// ready is what /readyz tells.
	ready       atomic.Bool
	calls       calls
	connections connections
	arrivals    *arrivals
	watches     *places
	// cut is closed when the grace of the drain has passed.
	cut chan struct{}
}

var _ grpc.ServiceRegistrar = (*Server)(nil)

// New makes a server that does not listen yet. It refuses a configuration that
// is not valid or would expose the service; see [Config.CheckExposure].
func New(cfg Config, opts Options) (*Server, error) {
	if err := errors.Join(cfg.Validate(), cfg.CheckExposure(opts.Authenticated)); err != nil {
		return nil, err
	}
	if opts.Logger == nil || opts.Registry == nil && cfg.AdminListen != "" {
		return nil, errors.New("server: give the options a logger and, for the admin port, a registry")
	}
	s := &Server{
		cfg: cfg, opts: opts, log: opts.Logger, health: health.NewServer(), cut: make(chan struct{}),
		arrivals: newArrivals(cfg.ConnectionTimeout), watches: newPlaces(maxWatches, maxWatchesPerAddress),
	}
	options, err := cfg.grpcOptions(s)
	if err != nil {
		return nil, err
	}
	s.grpc = grpc.NewServer(options...)
	s.health.SetServingStatus("", healthv1.HealthCheckResponse_NOT_SERVING)
	healthv1.RegisterHealthServer(s.grpc, s.health)
	reflection.Register(s.grpc)
	if cfg.AdminListen != "" {
		s.admin = s.newAdmin()
	}
	return s, nil
}

// RegisterService adds a service. It must not be called after [Server.Serve].
func (s *Server) RegisterService(service *grpc.ServiceDesc, impl any) {
	s.grpc.RegisterService(service, impl)
}

// Serve listens and serves until ctx is done, then drains: health turns to
// NOT_SERVING and /readyz to 503, BeginDrain is called, new calls are refused,
// open ones get the grace to end by themselves, then Drain cuts them, and at
// the drain's bound every connection is closed. The contexts of calls that
// this ends are cancelled, and their handlers get one more second to return.
// A connection whose calls have all been answered is closed 2 s after the cut
// when its client does not read the answers; that is a clean drain.
//
// It returns nil after a clean drain. It returns an error when an address is
// taken, when a listener fails (which ends the server in the same way), or when
// the bound had to be enforced. When it returns, all listeners are closed.
func (s *Server) Serve(ctx context.Context) error {
	api, err := listen(ctx, s.cfg.Listen)
	if err != nil {
		return err
	}
	if s.admin == nil {
		return s.serve(ctx, api, nil)
	}
	admin, err := listen(ctx, s.cfg.AdminListen)
	if err != nil {
		return errors.Join(err, api.Close())
	}
	return s.serve(ctx, api, admin)
}

func listen(ctx context.Context, address string) (net.Listener, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s; choose another address or stop what uses it: %w", address, err)
	}
	return listener, nil
}

// serve takes over the listeners; admin is nil without an admin port.
func (s *Server) serve(ctx context.Context, api, admin net.Listener) error {
	s.arrivals.of(s.grpc.GetServiceInfo())
	ended := make(chan error, 2)
	running := 1
	go func() { ended <- s.serveGRPC(s.connections.bound(api, s.cfg)) }()
	if admin != nil {
		running++
		go func() { ended <- s.serveAdmin(admin) }()
	}
	s.begin(api, admin)

	var failure error
	select {
	case <-ctx.Done():
	case failure = <-ended:
		running--
	}
	failure = errors.Join(failure, s.drain(), s.closeAdmin())
	for range running {
		failure = errors.Join(failure, <-ended)
	}
	s.log.Info("stopped", zap.Error(failure))
	return failure
}

func (s *Server) serveGRPC(listener net.Listener) error {
	err := s.grpc.Serve(listener)
	if err != nil && !errors.Is(err, grpc.ErrServerStopped) {
		return fmt.Errorf("gRPC listener %s: %w", listener.Addr(), err)
	}
	return nil
}

// begin tells the world that the server takes calls.
func (s *Server) begin(api, admin net.Listener) {
	for name := range s.grpc.GetServiceInfo() {
		s.health.SetServingStatus(name, healthv1.HealthCheckResponse_SERVING)
	}
	s.health.SetServingStatus("", healthv1.HealthCheckResponse_SERVING)
	s.ready.Store(true)
	adminAddress := ""
	if admin != nil {
		adminAddress = admin.Addr().String()
	}
	s.log.Info("serving",
		zap.String("grpc", api.Addr().String()),
		zap.String("admin", adminAddress),
		zap.Bool("tls", s.cfg.TLS.Enabled()))
}
