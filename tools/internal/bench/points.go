package bench

import (
	"context"
	"time"

	"github.com/sluice-ingest/sluice/tools/internal/human"
)

// PointsConfig says what to measure of a collector.
type PointsConfig struct {
	Setting

	// Samples to send, in whole timestamps of 10,000; at least one is sent.
	Samples int
	// Frame is the number of points in a frame.
	Frame int
	// Messages with one point each of a second load; 0 for none.
	Messages int
}

// Points measures a collector and returns, in this order:
//
//   - points_acked_plain: samples/s until the durable position covers the last
//     frame.
//   - points_stored: samples/s until a query counts every sample.
//   - points_server_cpu (s) and points_server_rss (MiB) of the server's process
//     until then, where the target knows it.
//   - points_disk: bytes a sample of the data folder after a clean stop, where
//     the target has one.
//   - points_ack_p99: ms from a frame's send until it is known to be durable, at
//     half the first rate.
//   - points_messages: messages/s of one point over eight streams, when there
//     are any.
//   - floor_dd: MB/s.
//
// Everything is encoded before the clock starts. The data is removed.
func Points(ctx context.Context, cfg PointsConfig) (figures []Figure, err error) {
	err = onStand(cfg.Setting, func(s *stand) error {
		cfg.Log("encoding %s", human.Count(cfg.Samples, "sample"))
		end := time.Now()
		b := &pointsBench{
			frameBench: frameBench{stand: s, of: "points", service: newPointService, load: makePoints(cfg, end)},
			single:     makeMessages(cfg, end), messages: cfg.Messages,
		}
		if err := s.repeat(ctx, b.run); err != nil {
			return err
		}
		figures = b.figures()
		return nil
	})
	return figures, err
}

// pointsBench measures a collector.
type pointsBench struct {
	frameBench

	// single has messages of one point by stream.
	single   [][]rawMessage
	messages int
	rates    []float64
}

// run measures each thing once.
func (b *pointsBench) run(ctx context.Context) error {
	if err := b.frameBench.run(ctx); err != nil || b.messages == 0 {
		return err
	}
	return b.withRun(ctx, b.sendSingle, nil)
}

// sendSingle sends messages with one point.
func (b *pointsBench) sendSingle(ctx context.Context, r *frameRun) error {
	_, acked, err := r.send(ctx, b.single, 0)
	if err != nil {
		return err
	}
	sent := 0
	for _, stream := range b.single {
		sent += len(stream)
	}
	b.rates = append(b.rates, float64(sent)/acked.Seconds())
	b.Log("run %d: %.0f messages/s", len(b.rates), last(b.rates))
	return nil
}

func (b *pointsBench) figures() []Figure {
	figures := b.frameBench.figures("sample")
	if b.messages > 0 {
		figures = append(figures, newFigure("points_messages", "messages/s", b.rates))
	}
	return append(figures, b.floorFigure())
}
