package fileupload

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/google/uuid"
	"go.uber.org/zap"

	"github.com/sluice-ingest/sluice/libs/ingest"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// janitor runs core's janitor and tells the log what it did.
type janitor struct {
	core.Janitor
	// start was made before anything that this process will make.
	start                uuid.UUID
	interval, lostExpiry time.Duration
	log                  *zap.Logger
}

func newJanitor(
	cfg Config, data *data, doubtful func() []string, streams *ingest.Registry, log *zap.Logger,
) (*janitor, error) {
	start, err := uuid.NewV7()
	if err != nil {
		return nil, fmt.Errorf("make an identifier: %w", err)
	}
	hold := func(ctx context.Context, key core.UploadKey) (func(), bool) {
		return streams.HoldIfFree(ctx, ingest.WorkKey{Tenant: key.Tenant, Subject: key.Subject, WorkID: key.UploadID})
	}
	return &janitor{
		Janitor: core.Janitor{
			Catalog: data.catalog, Store: data.store, HoldIfFree: hold, Doubtful: doubtful,
			Remembered: cfg.ReceiptExpiry, Grace: data.grace(), Patience: cfg.JanitorInterval,
		},
		start:      start,
		interval:   cfg.JanitorInterval,
		lostExpiry: cfg.LostExpiry,
		log:        log.Named("janitor"),
	}, nil
}

const (
	// sharedGrace is the janitor's grace for a catalog that replicas share. It is
	// much longer than a commit takes.
	sharedGrace = time.Hour
	// sharedSweep is how often the janitor goes through a store that replicas share,
	// and up to a quarter more, so that not all do at once.
	sharedSweep = 24 * time.Hour
)

// grace is the janitor's: none for what is this process's alone.
func (d *data) grace() time.Duration {
	if d.shared {
		return sharedGrace
	}
	return 0
}

// prepare removes the parts that a crash left behind, before anything is
// served.
func (j *janitor) prepare(ctx context.Context) error {
	removed, err := j.SweepParts(ctx)
	if err != nil {
		return fmt.Errorf("remove what a crash left behind: %w", err)
	}
	j.tellRemoved(removed)
	return nil
}

func (j *janitor) tellRemoved(parts int) {
	if parts > 0 {
		j.log.Info("removed unfinished uploads that a crash left behind", zap.Int("parts", parts))
	}
}

// run does what is due at every interval until ctx is done, and beside it goes
// through the store, which may take long.
func (j *janitor) run(ctx context.Context) {
	var sweeping sync.WaitGroup
	sweeping.Go(func() { j.sweepOn(ctx) })
	defer sweeping.Wait()
	ticker := time.NewTicker(j.interval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			j.pass(ctx, time.Now())
		case <-ctx.Done():
			return
		}
	}
}

// sweepOn looks for blobs that the last process left, and goes on with a store that
// others use too: what they leave behind is nobody's start to find.
func (j *janitor) sweepOn(ctx context.Context) {
	j.sweep(ctx)
	for j.Grace > 0 {
		select {
		case <-time.After(sharedSweep + rand.N(sharedSweep/4)): //nolint:gosec // no secret
			j.sweepParts(ctx)
			j.sweep(ctx)
		case <-ctx.Done():
			return
		}
	}
}

func (j *janitor) sweep(ctx context.Context) {
	err := j.SweepBlobs(ctx, j.start)
	j.check(ctx, err, "could not look for content that the catalog does not know; trying again later, at the next start at the latest")
}

func (j *janitor) sweepParts(ctx context.Context) {
	removed, err := j.SweepParts(ctx)
	j.check(ctx, err, "could not remove what a crash left behind; trying again later")
	j.tellRemoved(removed)
}

// pass does what is due at now.
func (j *janitor) pass(ctx context.Context, now time.Time) {
	setAside, err := j.SettleDoubts(ctx)
	j.check(ctx, err, "could not settle whether content belongs to a file; trying again later")
	j.tellSetAside(setAside)
	uploads, files, err := j.Expire(ctx, now)
	j.check(ctx, err, "could not remove what has expired; trying again later")
	if uploads+files > 0 {
		j.log.Info("removed what has expired", zap.Int("uploads", uploads), zap.Int("files", files))
	}
	purged, err := j.Store.PurgeSetAside(ctx, now.Add(-j.lostExpiry))
	j.check(ctx, err, "could not remove content that was set aside long ago; trying again later")
	if purged > 0 {
		j.log.Info("removed content that was set aside long ago", zap.Int("blobs", purged))
	}
}

func (j *janitor) check(ctx context.Context, err error, message string) {
	if err != nil && ctx.Err() == nil {
		j.log.Error(message, zap.Error(err))
	}
}

func (j *janitor) tellSetAside(blobs int) {
	if blobs == 0 {
		return
	}
	j.log.Warn("set content aside that the catalog does not know; a few blobs are what crashes leave, "+
		"many mean that catalog.db is older than the content: then restore the newer one and move them back",
		zap.Int("blobs", blobs), zap.String("folder", "lost"), zap.Duration("kept_for", j.lostExpiry))
}
