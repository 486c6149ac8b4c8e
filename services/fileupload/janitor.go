package fileupload

import (
	"context"
	"fmt"
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
	// swept is when the store was last gone through.
	swept time.Time
	log   *zap.Logger
}

func newJanitor(
	cfg Config, data *data, uploads *core.Uploads, streams *ingest.Registry, log *zap.Logger,
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
			Catalog: data.catalog, Store: data.store, HoldIfFree: hold, Doubtful: uploads.TakeDoubtful,
			Remembered: cfg.ReceiptExpiry, Grace: data.grace(),
		},
		start:      start,
		interval:   cfg.JanitorInterval,
		lostExpiry: cfg.LostExpiry,
		log:        log.Named("janitor"),
	}, nil
}

// sharedGrace is the janitor's grace for a catalog that replicas share, and how
// often it then goes through the store. It is much longer than a commit takes.
const sharedGrace = time.Hour

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

// run looks for what the last process left, then does what is due at every
// interval until ctx is done. What the sweep found is settled an interval later
// at the earliest, to give a deletion that was under way the time to end.
func (j *janitor) run(ctx context.Context) {
	j.sweep(ctx)
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

func (j *janitor) sweep(ctx context.Context) {
	j.swept = time.Now()
	err := j.SweepBlobs(ctx, j.start)
	j.check(ctx, err, "could not look for content that the catalog does not know; trying again later, at the next start at the latest")
}

// sweepAgain goes through a store that others use too. What they leave behind is
// nobody's start to find.
func (j *janitor) sweepAgain(ctx context.Context, now time.Time) {
	if j.Grace == 0 || now.Sub(j.swept) < j.Grace {
		return
	}
	removed, err := j.SweepParts(ctx)
	j.check(ctx, err, "could not remove what a crash left behind; trying again later")
	j.tellRemoved(removed)
	j.sweep(ctx)
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
	j.sweepAgain(ctx, now)
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
