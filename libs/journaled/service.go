package journaled

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/sluice-ingest/sluice/libs/apply"
)

const (
	// retryInterval is the pause of the applier after a failure.
	retryInterval = time.Second
	// finishTimeout bounds what a stop does for a shorter next start.
	finishTimeout = 10 * time.Second
)

// Target is what a service's journal is applied to, and what expires from.
type Target interface {
	apply.Target

	// Tenants returns those that may have rows. Safe for concurrent use.
	Tenants(ctx context.Context) ([]string, error)
	// Expiry returns the change that deletes the tenant's rows with timestamps
	// before the given one, in Unix nanoseconds. Safe for concurrent use.
	Expiry(tenant string, before int64) apply.Change
}

// Work says what runs beside a service's server. All fields but the retention of
// Upkeep are required.
type Work struct {
	// Service is its name among the metrics: collector.
	Service string
	// Rows is what the service calls a row of its store, in the plural, for the
	// metrics and the log: samples.
	Rows    string
	Batch   Batch
	Upkeep  Upkeep
	Metrics prometheus.Registerer
}

// Service is what stands between a server and its data.
type Service struct {
	// Applier brings the journal into the store while Serve runs.
	Applier *apply.Applier

	store   Store
	janitor *janitor
	log     *zap.Logger
}

// Prepare brings the producers to where the journal ends, and returns what is to
// run on the data with [Service.Serve]. The target has all that the store has.
// Nothing is appended to the journal before Prepare has returned.
func (d *Data[S]) Prepare(ctx context.Context, target Target, work Work) (*Service, error) {
	if err := apply.Recover(ctx, d.Journal, d.applied, d.Producers, target); err != nil {
		return nil, d.inFolder(err)
	}
	metrics := newMetrics(work)
	applier := apply.New(apply.Config{
		BatchRows: work.Batch.Rows, BatchBytes: d.folder.Journal.batchBytes(), Interval: work.Batch.Interval,
		RetryInterval: retryInterval, FinishTimeout: finishTimeout, Now: time.Now, Observe: metrics.observer(d.folder.Log),
	}, d.Journal, target, d.Producers, d.applied)
	metrics.watch(d.Journal, applier)
	return &Service{
		Applier: applier, store: d.Store, log: d.folder.Log,
		janitor: newJanitor(d.folder, work, expirer{Target: target, applier: applier}, forgetter{store: d.Store, applier: applier}),
	}, nil
}

// Server is what a service serves with.
type Server interface {
	// Serve serves until ctx is done, and drains.
	Serve(ctx context.Context) error
}

// Serve serves with the applier and the janitor beside it, until ctx is done and
// everything that was acknowledged is in the store, as far as that takes it.
func (s *Service) Serve(ctx context.Context, srv Server) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	applierCtx, stopApplier := context.WithCancel(context.WithoutCancel(ctx))
	defer stopApplier()
	applied, cleaned := make(chan error, 1), make(chan struct{})
	go func() { applied <- s.Applier.Run(applierCtx) }()
	go func() {
		defer close(cleaned)
		s.janitor.run(ctx)
	}()
	err := srv.Serve(ctx)
	stop()
	// Whatever was acknowledged until now goes into the store. The janitor may
	// wait for a store that fails until the applier gives up.
	stopApplier()
	applyErr := <-applied
	<-cleaned
	s.leave(context.WithoutCancel(ctx), applyErr)
	return err
}

// leave tells what was left to the next start, and tidies up.
func (s *Service) leave(ctx context.Context, applyErr error) {
	if applyErr != nil {
		s.log.Warn("the journal keeps what the store could not take; the next start goes on with it", zap.Error(applyErr))
	}
	if err := s.store.Checkpoint(ctx); err != nil {
		s.log.Warn("the store's file was left larger than it had to be", zap.Error(err))
	}
}
