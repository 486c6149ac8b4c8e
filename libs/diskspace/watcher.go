package diskspace

import (
	"context"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/sluice-ingest/sluice/libs/problem"
)

// interval is how often the file system is asked.
const interval = time.Second

// Watcher knows whether a disk is low on space. Check is safe for concurrent
// use.
type Watcher struct {
	config Config
	// ask returns the free bytes.
	ask func() (int64, error)
	log *zap.Logger

	free atomic.Int64
	low  atomic.Bool
	// failing tells that the last question had no answer; of the goroutine that
	// runs.
	failing bool
}

// New returns a watcher of the file system of a folder, which it has asked once.
func New(dir string, cfg Config, log *zap.Logger) (*Watcher, error) {
	return newWatcher(cfg, func() (int64, error) { return Free(dir) }, log)
}

func newWatcher(cfg Config, ask func() (int64, error), log *zap.Logger) (*Watcher, error) {
	w := &Watcher{config: cfg, ask: ask, log: log.Named("diskspace")}
	free, err := ask()
	if err != nil {
		return nil, err
	}
	w.take(free)
	return w, nil
}

// Run asks the file system each second until ctx is done. What Check says is at
// most that old.
func (w *Watcher) Run(ctx context.Context) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			w.look()
		case <-ctx.Done():
			return
		}
	}
}

// Start runs the watcher in a goroutine, which ends with ctx or when stop is
// called. stop waits for that.
func (w *Watcher) Start(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		w.Run(ctx)
	}()
	return func() {
		cancel()
		<-ended
	}
}

// look asks once. Without an answer, what is known stays.
func (w *Watcher) look() {
	free, err := w.ask()
	if err != nil {
		if !w.failing {
			w.log.Error("could not learn the free space; going on with what was known", zap.Error(err))
		}
		w.failing = true
		return
	}
	w.failing = false
	w.take(free)
}

// take notes the free space. New work resumes some way above the watermark, so
// that it does not come and go with each file.
func (w *Watcher) take(free int64) {
	w.free.Store(free)
	bound := int64(w.config.LowWatermark)
	was := w.low.Load()
	if was {
		bound = w.config.resumeAt()
	}
	low := free < bound
	if low == was {
		return
	}
	w.low.Store(low)
	if low {
		w.log.Warn("the disk is low on space; refusing new work", zap.Int64("free_bytes", free),
			zap.Int64("low_watermark", int64(w.config.LowWatermark)))
	} else {
		w.log.Info("the disk has space again; taking new work", zap.Int64("free_bytes", free))
	}
}

// Check returns nil while there is room for new work, and a problem with reason
// STORAGE_LOW otherwise. It costs an atomic load.
func (w *Watcher) Check() error {
	if !w.low.Load() {
		return nil
	}
	return problem.New(problem.StorageLow,
		"the disk has less than %s free, so nothing new is begun; try again later, or resume what was begun",
		w.config.LowWatermark)
}
