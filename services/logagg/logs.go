package logagg

import (
	"context"
	"errors"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/sluice-ingest/sluice/libs/journaled"
	"github.com/sluice-ingest/sluice/libs/kms"
	"github.com/sluice-ingest/sluice/libs/quota"
	"github.com/sluice-ingest/sluice/services/logagg/internal/core"
	"github.com/sluice-ingest/sluice/services/logagg/internal/store/duckdb"
)

// logs is what stands between the server and the data folder.
type logs struct {
	data   *journaled.Data[*duckdb.Store]
	tails  *core.Tails
	limits core.Limits
	// daily is the quota of entries a day.
	daily   *quota.Daily
	service *journaled.Service
}

func openLogs(ctx context.Context, cfg Config, metrics prometheus.Registerer, log *zap.Logger) (*logs, error) {
	kept, err := cfg.retention()
	if err != nil {
		return nil, err
	}
	daily, err := cfg.Quotas.daily(metrics)
	if err != nil {
		return nil, err
	}
	folder := journaled.Folder{
		Dir: cfg.DataDir, StoreFile: storeFile, Items: "entries", Journal: cfg.Journal, Quota: daily, Log: log,
		Encryption: cfg.Encryption, ResolveKey: kms.Resolve,
	}
	data, err := journaled.Open(ctx, folder, func(ctx context.Context, path string, key journaled.StoreKey) (*duckdb.Store, error) {
		return duckdb.Open(ctx, path, cfg.Store.options(key))
	})
	if err != nil {
		return nil, err
	}
	l := &logs{data: data, daily: daily, tails: core.NewTails(data.Journal.Durable), limits: cfg.limits(kept)}
	if err := l.prepare(ctx, cfg, cfg.upkeep(kept), metrics); err != nil {
		return nil, errors.Join(err, data.Close())
	}
	return l, nil
}

// prepare brings into memory what the store and the rest of the journal know.
func (l *logs) prepare(ctx context.Context, cfg Config, upkeep journaled.Upkeep, metrics prometheus.Registerer) error {
	last, err := l.data.Store.LastEntryID(ctx)
	if err != nil {
		return fmt.Errorf("data folder %s: %w", cfg.DataDir, err)
	}
	l.service, err = l.data.Prepare(ctx, core.NewWriter(l.data.Store, last, l.tails), journaled.Work{
		Service: "logagg", Rows: "entries", Batch: cfg.Store.batch(), Upkeep: upkeep, Metrics: metrics,
	})
	return err
}

func (l *logs) close() error { return l.data.Close() }
