package fileupload

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"

	"github.com/sluice-ingest/sluice/libs/ingest"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// janitor runs core's janitor and tells the log what it did.
type janitor struct {
	core.Janitor
	interval time.Duration
	log      *zap.Logger
}

func newJanitor(cfg Config, data *data, streams *ingest.Registry, log *zap.Logger) *janitor {
	hold := func(ctx context.Context, key core.UploadKey) (func(), bool) {
		return streams.HoldIfFree(ctx, ingest.WorkKey{Tenant: key.Tenant, Subject: key.Subject, WorkID: key.UploadID})
	}
	return &janitor{
		Janitor:  core.Janitor{Catalog: data.catalog, Store: data.store, HoldIfFree: hold},
		interval: cfg.JanitorInterval,
		log:      log.Named("janitor"),
	}
}

// sweep removes what a crash left behind, before anything is served.
func (j *janitor) sweep(ctx context.Context) error {
	removed, err := j.Sweep(ctx)
	if err != nil {
		return fmt.Errorf("remove what a crash left behind: %w", err)
	}
	if removed > 0 {
		j.log.Info("removed what a crash left behind", zap.Int("blobs", removed))
	}
	return nil
}

// run removes what expires until ctx is done.
func (j *janitor) run(ctx context.Context) {
	ticker := time.NewTicker(j.interval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			j.expire(ctx)
		case <-ctx.Done():
			return
		}
	}
}

func (j *janitor) expire(ctx context.Context) {
	uploads, files, err := j.Expire(ctx, time.Now())
	if err != nil && ctx.Err() == nil {
		j.log.Error("could not remove what has expired; trying again later", zap.Error(err))
	}
	if uploads+files > 0 {
		j.log.Info("removed what has expired", zap.Int("uploads", uploads), zap.Int("files", files))
	}
}
