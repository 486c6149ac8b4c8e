package fileupload

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// scrubPause is how long the scrubber waits when nothing is due, or when it could
// not read.
const scrubPause = time.Minute

// scrubber runs core's scrubber beside serving, and tells the log and the metrics
// what it finds. nil does nothing.
type scrubber struct {
	core    *core.Scrubber
	catalog core.Catalog
	pause   time.Duration
	metrics *scrubMetrics
	// damaged are the contents by their identifiers that this process has found
	// damaged and neither whole again nor gone since.
	damaged map[string]core.Content
	log     *zap.Logger
}

// newScrubber returns nil when nothing is to be read back.
func newScrubber(cfg ScrubConfig, catalog core.Catalog, store core.Store, registry prometheus.Registerer, log *zap.Logger) (*scrubber, error) {
	if cfg.Rate == 0 {
		return nil, nil
	}
	metrics := newScrubMetrics()
	if err := metrics.register(registry); err != nil {
		return nil, err
	}
	progress := func(bytes int) { metrics.bytes.Add(float64(bytes)) }
	return &scrubber{
		core:    core.NewScrubber(catalog, store, cfg.Interval, int64(cfg.Rate), progress),
		catalog: catalog, pause: min(scrubPause, cfg.Interval), metrics: metrics,
		damaged: map[string]core.Content{}, log: log.Named("scrubber"),
	}, nil
}

// run reads back what is due, until ctx is done.
func (s *scrubber) run(ctx context.Context) {
	if s == nil {
		return
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			timer.Reset(s.pass(ctx))
		case <-ctx.Done():
			return
		}
	}
}

// pass reads one batch back, and returns how long to wait for the next.
func (s *scrubber) pass(ctx context.Context) time.Duration {
	done, err := s.core.Scrub(ctx)
	s.tell(done)
	if err == nil && len(done.Verdicts) > 0 {
		return 0
	}
	s.check(ctx, err, "could not read stored content back; trying again later")
	s.check(ctx, s.look(ctx), "could not look up what is to be read back; trying again later")
	return s.pause
}

func (s *scrubber) check(ctx context.Context, err error, message string) {
	if err != nil && ctx.Err() == nil {
		s.log.Warn(message, zap.Error(err), zap.Duration("in", s.pause))
	}
}

// tell puts what was found into the log and the metrics.
func (s *scrubber) tell(done core.Scrubbed) {
	for _, verdict := range done.Verdicts {
		s.forget(verdict.BlobID, verdict.Damage == "")
	}
	for i := range done.Damaged {
		found := &done.Damaged[i]
		s.damaged[found.BlobID] = found.Content
		if !found.New {
			continue
		}
		s.metrics.found.Inc()
		s.log.Error("stored content is damaged: restore it from a backup, or have it uploaded again",
			zap.String("blob", found.BlobID), zap.String("tenant", found.Tenant), zap.Strings("files", found.FileIDs),
			zap.Int64("size", found.Size), zap.String("damage", found.Damage))
	}
	s.metrics.contents.Add(float64(len(done.Verdicts)))
	s.metrics.damaged.Set(float64(len(s.damaged)))
}

// forget takes content that is whole again off the list.
func (s *scrubber) forget(id string, whole bool) {
	if _, listed := s.damaged[id]; !listed || !whole {
		return
	}
	s.log.Info("stored content is whole again", zap.String("blob", id))
	delete(s.damaged, id)
}

// look forgets damaged content that was deleted, or that somebody else has found
// whole again, and sets since when content waits.
func (s *scrubber) look(ctx context.Context) error {
	for id, content := range s.damaged {
		if err := s.lookAt(ctx, id, &content); err != nil {
			return err
		}
	}
	s.metrics.damaged.Set(float64(len(s.damaged)))
	oldest, err := s.core.Oldest(ctx)
	if err == nil && !oldest.IsZero() {
		s.metrics.oldest.Set(float64(oldest.UnixMicro()) / 1e6)
	}
	return err
}

func (s *scrubber) lookAt(ctx context.Context, id string, content *core.Content) error {
	unwanted, err := s.catalog.UnwantedBlobs(ctx, []string{id})
	if err != nil {
		return err
	}
	if len(unwanted) > 0 {
		delete(s.damaged, id)
		return nil
	}
	query := core.ContentQuery{Tenant: content.Tenant, Checksum: content.Checksum, Size: content.Size}
	file, err := s.catalog.FindContent(ctx, query)
	if err != nil && !errors.Is(err, core.ErrNotFound) {
		return err
	}
	s.forget(id, err == nil && file.BlobID == id)
	return nil
}
