package journaled

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/sluice-ingest/sluice/libs/apply"
	"github.com/sluice-ingest/sluice/libs/ingest/frames"
	"github.com/sluice-ingest/sluice/libs/retention"
)

// janitor removes what expires and tells the log.
type janitor struct {
	upkeep  Upkeep
	sweeper retention.Sweeper
	forget  forgetter
	// items and rows are what the service calls them.
	items, rows string
	log         *zap.Logger
}

func newJanitor(folder Folder, work Work, expirer retention.Expirer, forget forgetter) *janitor {
	return &janitor{
		upkeep:  work.Upkeep,
		sweeper: retention.Sweeper{Retention: work.Upkeep.Retention, Expirer: expirer, Now: time.Now},
		forget:  forget, items: folder.Items, rows: work.Rows, log: folder.Log.Named("janitor"),
	}
}

// run removes what has expired, again and again, until ctx is done.
func (j *janitor) run(ctx context.Context) {
	ticker := time.NewTicker(j.upkeep.Interval)
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

// pass does what is due at now.
func (j *janitor) pass(ctx context.Context, now time.Time) {
	rows, err := j.sweeper.Sweep(ctx)
	j.check(ctx, err, "could not remove old "+j.items+"; trying again later")
	if rows > 0 {
		j.log.Info("removed old "+j.items, zap.Int64(j.rows, rows))
	}
	producers, err := j.forget.producers(ctx, now.Add(-j.upkeep.ProducerExpiry), now.Add(-frames.ReceiptExpiry))
	j.check(ctx, err, "could not forget idle producers; trying again later")
	if producers > 0 {
		j.log.Info("forgot idle producers", zap.Int("producers", producers))
	}
}

func (j *janitor) check(ctx context.Context, err error, message string) {
	if err != nil && ctx.Err() == nil {
		j.log.Error(message, zap.Error(err))
	}
}

// expirer is a target's [retention.Expirer].
type expirer struct {
	Target

	applier *apply.Applier
}

// Expire implements [retention.Expirer]. Nobody asked for what it deletes, so
// that is in no journal.
func (e expirer) Expire(ctx context.Context, tenant string, before int64) (int64, error) {
	return e.applier.Change(ctx, e.Expiry(tenant, before))
}

// forgetter forgets producers between two batches.
type forgetter struct {
	store   Store
	applier *apply.Applier
}

func (f forgetter) producers(ctx context.Context, idleSince, receiptsBefore time.Time) (int, error) {
	var forgotten int
	err := f.applier.Between(ctx, func(ctx context.Context) (err error) {
		forgotten, err = f.store.ForgetProducers(ctx, idleSince, receiptsBefore)
		return err
	})
	return forgotten, err
}
