package collector

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

// janitor removes what expires and tells the log.
type janitor struct {
	sweeper        core.RetentionSweeper
	forget         func(ctx context.Context, idleSince, receiptsBefore time.Time) (int, error)
	interval       time.Duration
	producerExpiry time.Duration
	log            *zap.Logger
}

func newJanitor(cfg Config, kept core.Retention, p *points) *janitor {
	return &janitor{
		sweeper:        core.RetentionSweeper{Retention: kept, Index: p.index, Expirer: p.applier, Now: time.Now},
		forget:         p.applier.ForgetProducers,
		interval:       cfg.JanitorInterval,
		producerExpiry: cfg.ProducerExpiry,
		log:            p.log.Named("janitor"),
	}
}

// run removes what has expired, again and again, until ctx is done.
func (j *janitor) run(ctx context.Context) {
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

// pass does what is due at now.
func (j *janitor) pass(ctx context.Context, now time.Time) {
	samples, err := j.sweeper.Sweep(ctx)
	j.check(ctx, err, "could not remove old points; trying again later")
	if samples > 0 {
		j.log.Info("removed old points", zap.Int64("samples", samples))
	}
	producers, err := j.forget(ctx, now.Add(-j.producerExpiry), now.Add(-core.ReceiptExpiry))
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
