package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.uber.org/zap"
)

const (
	adminHeaderTimeout = 5 * time.Second
	adminIdleTimeout   = time.Minute
	adminHeaderBytes   = 16 << 10
	// adminCloseTimeout is what a scrape or a profile in progress gets to end.
	adminCloseTimeout = time.Second
)

// newAdmin makes the HTTP server of the admin port. It sets no write timeout: a
// profile takes as long as it was asked to.
func (s *Server) newAdmin() *http.Server {
	return &http.Server{
		Handler:           s.adminHandler(),
		ReadHeaderTimeout: adminHeaderTimeout,
		IdleTimeout:       adminIdleTimeout,
		MaxHeaderBytes:    adminHeaderBytes,
		ErrorLog:          zap.NewStdLog(s.log.Named("admin")),
	}
}

func (s *Server) adminHandler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.opts.Registry, promhttp.HandlerOpts{
		ErrorLog: zap.NewStdLog(s.log.Named("metrics")),
		Registry: s.opts.Registry,
	}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, "alive")
	})
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return mux
}

func (s *Server) readyz(w http.ResponseWriter, _ *http.Request) {
	if s.ready.Load() {
		answer(w, http.StatusOK, "ready")
		return
	}
	answer(w, http.StatusServiceUnavailable, "draining")
}

func answer(w http.ResponseWriter, code int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(code)
	// A client that is gone needs no answer.
	_, _ = io.WriteString(w, text+"\n")
}

func (s *Server) serveAdmin(listener net.Listener) error {
	if err := s.admin.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("admin listener %s: %w", listener.Addr(), err)
	}
	return nil
}

// closeAdmin ends the admin port last, so that a drain can be watched.
func (s *Server) closeAdmin() error {
	if s.admin == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), adminCloseTimeout)
	defer cancel()
	if err := s.admin.Shutdown(ctx); err != nil {
		return s.admin.Close()
	}
	return nil
}
