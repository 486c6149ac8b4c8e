package collector

import (
	"context"
	"errors"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/sluice-ingest/sluice/libs/journaled"
	"github.com/sluice-ingest/sluice/libs/kms"
	"github.com/sluice-ingest/sluice/libs/quota"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
	"github.com/sluice-ingest/sluice/services/collector/internal/store/duckdb"
)

// points is what stands between the server and the data folder.
type points struct {
	data   *journaled.Data[*duckdb.Store]
	index  *core.Index
	limits core.Limits
	// daily is the quota of points a day.
	daily   *quota.Daily
	service *journaled.Service
}

func openPoints(ctx context.Context, cfg Config, metrics prometheus.Registerer, log *zap.Logger) (*points, error) {
	kept, err := cfg.retention()
	if err != nil {
		return nil, err
	}
	daily, err := cfg.Quotas.daily(metrics)
	if err != nil {
		return nil, err
	}
	folder := journaled.Folder{
		Dir: cfg.DataDir, StoreFile: storeFile, Items: "points", Journal: cfg.Journal, Quota: daily, Log: log,
		Encryption: cfg.Encryption, ResolveKey: kms.Resolve,
	}
	data, err := journaled.Open(ctx, folder, func(ctx context.Context, path string, key journaled.StoreKey) (*duckdb.Store, error) {
		return duckdb.Open(ctx, path, cfg.Store.options(key))
	})
	if err != nil {
		return nil, err
	}
	p := &points{data: data, daily: daily, limits: cfg.limits(kept)}
	if err := p.prepare(ctx, cfg, cfg.upkeep(kept), metrics); err != nil {
		return nil, errors.Join(err, data.Close())
	}
	return p, nil
}

// prepare brings into memory what the store and the rest of the journal know.
func (p *points) prepare(ctx context.Context, cfg Config, upkeep journaled.Upkeep, metrics prometheus.Registerer) (err error) {
	if p.index, err = core.LoadIndex(ctx, p.data.Store); err != nil {
		return fmt.Errorf("data folder %s: %w", cfg.DataDir, err)
	}
	p.service, err = p.data.Prepare(ctx, core.NewWriter(p.data.Store, p.index), journaled.Work{
		Service: "collector", Rows: "samples", Batch: cfg.Store.batch(), Upkeep: upkeep, Metrics: metrics,
	})
	if err != nil {
		return err
	}
	metrics.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: "sluice", Subsystem: "collector", Name: "series", Help: "Series of all tenants.",
	}, func() float64 { return float64(p.index.Len()) }))
	return nil
}

func (p *points) close() error { return p.data.Close() }
