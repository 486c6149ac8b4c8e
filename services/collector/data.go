package collector

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"go.uber.org/zap"

	"github.com/sluice-ingest/sluice/libs/datafolder"
	"github.com/sluice-ingest/sluice/libs/journal"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
	"github.com/sluice-ingest/sluice/services/collector/internal/store/duckdb"
)

// data is what the service keeps in its folder.
type data struct {
	lock    *datafolder.Lock
	store   *duckdb.Store
	journal *journal.Journal
	// applied is how much of the journal the store had taken in when it was
	// opened.
	applied journal.Position
}

// openData opens the folder for this process alone. rollback is called when the
// journal loses what it had received.
func openData(ctx context.Context, cfg Config, rollback func(journal.Position, error), log *zap.Logger) (*data, error) {
	d := &data{}
	if err := d.open(ctx, cfg, rollback, log); err != nil {
		return nil, errors.Join(err, d.close())
	}
	return d, nil
}

func (d *data) open(ctx context.Context, cfg Config, rollback func(journal.Position, error), log *zap.Logger) (err error) {
	if d.lock, err = datafolder.Acquire(cfg.DataDir); err != nil {
		return err
	}
	d.store, err = duckdb.Open(ctx, filepath.Join(cfg.DataDir, "points.duckdb"), cfg.storeOptions())
	if err != nil {
		return fmt.Errorf("data folder %s: %w", cfg.DataDir, err)
	}
	if d.applied, err = d.store.Position(ctx); err != nil {
		return fmt.Errorf("data folder %s: %w", cfg.DataDir, err)
	}
	var recovery journal.Recovery
	d.journal, recovery, err = journal.Open(filepath.Join(cfg.DataDir, "journal"), cfg.journalOptions(d.applied, rollback))
	if err != nil {
		return fmt.Errorf("data folder %s: %w", cfg.DataDir, err)
	}
	tellRecovery(recovery, d.applied, log)
	if err := d.checkTogether(); err != nil {
		return fmt.Errorf("data folder %s: %w", cfg.DataDir, err)
	}
	return nil
}

// checkTogether refuses a store that is older than its journal: what lies
// between the two is nowhere.
func (d *data) checkTogether() error {
	if first := d.journal.First(); d.applied < first {
		return fmt.Errorf("points.duckdb ends at position %d of the journal, which begins at %d: "+
			"the points between are missing; restore both as they were at one time", d.applied, first)
	}
	return nil
}

func tellRecovery(r journal.Recovery, applied journal.Position, log *zap.Logger) {
	// The last segment always stays, however much was trimmed.
	if applied > 0 && r.Segments == 0 {
		log.Error("the folder journal is missing or empty: what it held and the store lacks is lost",
			zap.Int64("applied", int64(applied)))
	}
	if r.TornBytes > 0 {
		log.Info("cut what a crash left unfinished at the journal's end", zap.Int64("bytes", r.TornBytes))
	}
	for _, damage := range r.Damages {
		if damage.From == damage.To {
			log.Warn("the header of a segment of the journal is damaged; nothing is lost by that",
				zap.Int64("at", int64(damage.From)))
			continue
		}
		log.Error("a piece of the journal is damaged; what it held and the store lacks is lost",
			zap.Int64("from", int64(damage.From)), zap.Int64("to", int64(damage.To)))
	}
}

// close closes what was opened, in reverse.
func (d *data) close() error {
	var errs []error
	if d.journal != nil {
		errs = append(errs, d.journal.Close())
	}
	if d.store != nil {
		errs = append(errs, d.store.Close())
	}
	if d.lock != nil {
		errs = append(errs, d.lock.Release())
	}
	return errors.Join(errs...)
}

func (c Config) storeOptions() duckdb.Options {
	return duckdb.Options{
		MemoryLimit: int64(c.Store.MemoryLimit), Threads: c.Store.Threads, QuerySlots: c.Store.Queries,
	}
}

func (c Config) journalOptions(applied journal.Position, rollback func(journal.Position, error)) journal.Options {
	return journal.Options{
		Applied:      applied,
		SegmentBytes: int64(c.Journal.SegmentSize), MaxBytes: int64(c.Journal.MaxSize),
		MinFreeBytes: c.minFreeBytes(), OnRollback: rollback,
	}
}

// minFreeBytes is what the journal takes: its 0 is a default.
func (c Config) minFreeBytes() int64 {
	if c.Journal.MinFreeSpace == 0 {
		return -1
	}
	return int64(c.Journal.MinFreeSpace)
}

func (c Config) limits(kept core.Retention) core.Limits {
	return core.Limits{FrameItems: c.MaxFramePoints, SeriesPerTenant: c.MaxSeries, Retention: kept.Of}
}
