package fileupload

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// observedScanner counts the scans of another scanner, and tells the log of those
// that failed. Safe for concurrent use.
type observedScanner struct {
	core.Scanner

	// scans has the label result: clean, infected, unscannable, failed or ended.
	scans    *prometheus.CounterVec
	duration prometheus.Histogram
	log      *zap.Logger
}

func observeScans(scanner core.Scanner, registerer prometheus.Registerer, log *zap.Logger) *observedScanner {
	s := &observedScanner{
		Scanner: scanner,
		scans: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: "sluice", Subsystem: "fileupload", Name: "scans_total",
			Help: "Scans by result: clean, infected, unscannable, failed, or ended with their stream.",
		}, []string{"result"}),
		duration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: "sluice", Subsystem: "fileupload", Name: "scan_duration_seconds",
			Help:    "How long scans took, with the wait for a turn.",
			Buckets: prometheus.ExponentialBuckets(0.001, 4, 10),
		}),
		log: log,
	}
	for _, result := range []string{"clean", "infected", "unscannable", "failed", "ended"} {
		s.scans.WithLabelValues(result)
	}
	registerer.MustRegister(s.scans, s.duration)
	return s
}

// Scan implements [core.Scanner].
func (s *observedScanner) Scan(ctx context.Context, content io.Reader) (core.ScanVerdict, error) {
	begun := time.Now()
	verdict, err := s.Scanner.Scan(ctx, content)
	s.duration.Observe(time.Since(begun).Seconds())
	result := resultOf(ctx, verdict, err)
	s.scans.WithLabelValues(result).Inc()
	if result == "failed" {
		s.log.Warn("a scan failed", zap.Error(err))
	}
	return verdict, err
}

func resultOf(ctx context.Context, verdict core.ScanVerdict, err error) string {
	switch {
	case err == nil && verdict.Infected:
		return "infected"
	case err == nil:
		return "clean"
	case errors.Is(err, core.ErrUnscannable):
		return "unscannable"
	case errors.Is(ctx.Err(), context.Canceled):
		return "ended"
	default:
		return "failed"
	}
}
