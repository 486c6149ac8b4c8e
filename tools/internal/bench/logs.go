package bench

import (
	"context"
	"time"
)

// LogsConfig says what to measure of a log service.
type LogsConfig struct {
	Setting

	// Entries to send, at least one.
	Entries int
	// Frame is the number of entries in a frame.
	Frame int
}

// Logs measures a log service and returns, in this order:
//
//   - logs_acked_plain: entries/s until the durable position covers the last
//     frame.
//   - logs_stored: entries/s until a query counts every entry.
//   - logs_server_cpu (s) and logs_server_rss (MiB) of the server's process until
//     then, where the target knows it.
//   - logs_disk: bytes an entry of the data folder after a clean stop, where the
//     target has one.
//   - logs_ack_p99: ms from a frame's send until it is known to be durable, at
//     half the first rate.
//   - logs_query_needle, logs_query_levels, logs_query_last: ms of a search for
//     one entry by its request id, of counting all entries by level, and of
//     fetching the last 100 errors, each the median of five behind one that is
//     not measured; where the target is empty at first, so that their answers are
//     known.
//   - floor_dd: MB/s.
//
// Everything is encoded before the clock starts. An answer that is not exactly
// right is an error. The data is removed.
func Logs(ctx context.Context, cfg LogsConfig) (figures []Figure, err error) {
	err = onStand(cfg.Setting, func(s *stand) error {
		cfg.Log("encoding %d log entries", cfg.Entries)
		load, truth := makeLogs(cfg, time.Now())
		b := &logsBench{
			frameBench: frameBench{stand: s, of: "logs", service: newLogService, load: load},
			truth:      truth,
		}
		b.further = b.query
		if err := s.repeat(ctx, b.run); err != nil {
			return err
		}
		figures = b.figures()
		return nil
	})
	return figures, err
}

// logsBench measures a log service.
type logsBench struct {
	frameBench

	truth                *logTruth
	needle, levels, last []float64
}

func (b *logsBench) figures() []Figure {
	figures := b.frameBench.figures("entry")
	if b.local {
		figures = append(figures, newFigure("logs_query_needle", "ms", b.needle),
			newFigure("logs_query_levels", "ms", b.levels), newFigure("logs_query_last", "ms", b.last))
	}
	return append(figures, b.floorFigure())
}
