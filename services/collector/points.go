package collector

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/libs/producer"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

const (
	// retryInterval is the pause of the applier after a failure.
	retryInterval = time.Second
	// finishTimeout bounds what a stop does for a shorter next start.
	finishTimeout = 10 * time.Second
)

// points is what stands between the server and the data folder.
type points struct {
	data      *data
	index     *core.Index
	producers *producer.Producers
	collector *core.Collector
	applier   *core.Applier
	janitor   *janitor
	log       *zap.Logger
}

func openPoints(ctx context.Context, cfg Config, metrics prometheus.Registerer, log *zap.Logger) (*points, error) {
	var producers atomic.Pointer[producer.Producers]
	rollback := func(durable journal.Position, cause error) {
		log.Error("the journal failed; what it had received and not made durable is sent again", zap.Error(cause))
		if known := producers.Load(); known != nil {
			known.Rollback(durable, core.Failure(cause))
		}
	}
	data, err := openData(ctx, cfg, rollback, log)
	if err != nil {
		return nil, err
	}
	p := &points{data: data, log: log}
	p.producers = producer.New(data.journal, data.store.Producer, data.applied)
	producers.Store(p.producers)
	if err := p.recover(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("data folder %s: %w", cfg.DataDir, err), data.close())
	}
	kept, err := cfg.retention()
	if err != nil {
		return nil, errors.Join(err, data.close())
	}
	p.collector = core.NewCollector(data.journal, p.producers, p.index, cfg.limits(kept), time.Now)
	p.applier = core.NewApplier(p.applierConfig(cfg, newMetrics(metrics, p)), data.journal, data.store, p.index, p.producers, data.applied)
	p.janitor = newJanitor(cfg, kept, p)
	return p, nil
}

// recover brings into memory what the store and the rest of the journal know.
func (p *points) recover(ctx context.Context) error {
	last, err := p.data.store.LastSeriesID(ctx)
	if err != nil {
		return err
	}
	p.index = core.NewIndex(last)
	err = p.data.store.EachSeries(ctx, func(s core.Series, lastTimestamp int64) error {
		p.index.Load(s, lastTimestamp)
		return nil
	})
	if err != nil {
		return err
	}
	return core.RecoverProducers(ctx, p.data.journal, p.data.applied, p.producers)
}

func (p *points) applierConfig(cfg Config, metrics *metrics) core.ApplierConfig {
	return core.ApplierConfig{
		BatchSamples: cfg.Store.BatchSamples, Interval: cfg.Store.BatchInterval, RetryInterval: retryInterval, FinishTimeout: finishTimeout, Now: time.Now,
		Observe: core.Observer{
			Applied: metrics.applied,
			Failed: func(err error) {
				metrics.failures.Inc()
				p.log.Error("could not bring the journal into the store; trying again", zap.Error(err))
			},
			Damaged: func(err error) {
				p.log.Error("left out a damaged piece of the journal", zap.Error(err))
			},
		},
	}
}

func (p *points) close() error { return p.data.close() }
