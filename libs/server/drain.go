package server

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"
)

// settleTime is how long handlers get to return after their contexts were
// cancelled, so that what they use is not closed under them.
const settleTime = time.Second

// readTime is how long clients get to read their answers when the grace is over
// and no handler runs any more. An answer waits behind the data before it, so a
// client that reads nothing would hold up the drain to its bound.
const readTime = 2 * time.Second

// drain ends the server in order, or by force at the bound.
func (s *Server) drain() error {
	ctx, cancel := context.WithTimeout(context.Background(), s.cfg.DrainTimeout)
	defer cancel()
	s.log.Info("draining", zap.Duration("grace", s.cfg.DrainGrace), zap.Duration("timeout", s.cfg.DrainTimeout))
	s.ready.Store(false)
	s.health.Shutdown()
	if s.opts.BeginDrain != nil {
		s.opts.BeginDrain()
	}
	stopped := s.stop()
	if within(stopped, s.cfg.DrainGrace) {
		return nil
	}
	close(s.cut)
	cutDone := s.cutStreams(ctx)
	select {
	case <-stopped:
		// The service may still be busy with what it cut.
		return s.awaitCut(ctx, cutDone)
	case <-s.calls.ended():
		s.awaitReaders(ctx, stopped)
		return s.awaitCut(ctx, cutDone)
	case <-ctx.Done():
	}
	s.grpc.Stop()
	within(stopped, settleTime)
	return fmt.Errorf("drain: streams were still open after %s and were closed by force", s.cfg.DrainTimeout)
}

// stop refuses new calls and returns a channel that is closed when no call is
// left.
func (s *Server) stop() <-chan struct{} {
	stopped := make(chan struct{})
	go func() {
		s.grpc.GracefulStop()
		close(stopped)
	}()
	return stopped
}

// cutStreams has the service cut its streams, and returns a channel that is
// closed when it has. The bound holds even if the service blocks.
func (s *Server) cutStreams(ctx context.Context) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		if s.opts.Drain != nil {
			s.opts.Drain(ctx)
		}
	}()
	return done
}

// awaitReaders lets clients read their answers and closes the connections of
// those that don't.
func (s *Server) awaitReaders(ctx context.Context, stopped <-chan struct{}) {
	ctx, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	select {
	case <-stopped:
		return
	case <-ctx.Done():
	}
	s.log.Info("closing connections on which clients do not read their answers")
	s.grpc.Stop()
	within(stopped, settleTime)
}

func (s *Server) awaitCut(ctx context.Context, done <-chan struct{}) error {
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("drain: the service was not done with its streams after %s", s.cfg.DrainTimeout)
	}
}

// within tells whether done is closed before d has passed.
func within(done <-chan struct{}, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
		return false
	}
}
