package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/human"
	"github.com/sluice-ingest/sluice/tools/internal/load"
)

// PointsConfig says what to measure of a collector.
type PointsConfig struct {
	// Target is what the points are sent to.
	Target Target
	// Dir is the folder for the data: the figures are of its file system.
	Dir string
	// Samples to send, in whole timestamps of 10,000; at least one is sent.
	Samples int
	// Frame is the number of points in a frame.
	Frame int
	// Messages with one point each of a second load; 0 for none.
	Messages int
	// Runs of which the medians are taken, each on empty data folders.
	Runs int
	// Floor measures the file system of a folder in MB/s.
	Floor func(ctx context.Context, dir string) (float64, error)
	// Connect opens a connection to an address.
	Connect func(addr string) (*client.StreamingClient, error)
	// Log tells what goes on.
	Log func(format string, args ...any)
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
	dir, err := os.MkdirTemp(cfg.Dir, "sluice-bench-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the data: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	cfg.Log("encoding %s", human.Count(cfg.Samples, "sample"))
	r := pointsRun{cfg: cfg, dir: dir, load: makePoints(cfg)}
	for i := range max(cfg.Runs, minFloors) {
		if err := r.floor(ctx); err != nil {
			return nil, err
		}
		if i >= cfg.Runs {
			continue
		}
		if err := r.run(ctx); err != nil {
			return nil, err
		}
	}
	return r.m.figures(), nil
}

// pointsRun makes the measurements.
type pointsRun struct {
	cfg  PointsConfig
	dir  string
	load *pointLoad
	m    pointMeasurements
}

func (r *pointsRun) floor(ctx context.Context) error {
	value, err := r.cfg.Floor(ctx, r.dir)
	if err != nil {
		return err
	}
	r.m.floors = append(r.m.floors, value)
	r.cfg.Log("floor %d: %.0f MB/s", len(r.m.floors), value)
	return nil
}

// run measures each thing once.
func (r *pointsRun) run(ctx context.Context) error {
	if err := r.withServer(ctx, r.full); err != nil {
		return err
	}
	if err := r.withServer(ctx, r.paced); err != nil {
		return err
	}
	if r.load.messages() == 0 {
		return nil
	}
	return r.withServer(ctx, r.single)
}

// withServer runs do against a server with an empty data folder, and measures
// the folder when the first one has stopped.
func (r *pointsRun) withServer(ctx context.Context, do func(context.Context, *collectorRun) error) (err error) {
	data := filepath.Join(r.dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		return fmt.Errorf("make a data folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(data)) }()
	server, err := r.cfg.Target.Start(ctx, data)
	if err != nil {
		return err
	}
	c := &collectorRun{server: server}
	err = c.connect(ctx, r.cfg.Connect)
	if err == nil {
		err = do(ctx, c)
	}
	if err := errors.Join(err, c.close(), server.Stop()); err != nil {
		return err
	}
	return r.measureDisk(data)
}

// measureDisk takes the size of the folder after the run of the whole load,
// which is measured first.
func (r *pointsRun) measureDisk(dir string) error {
	if len(r.m.disk) == len(r.m.acked) || !r.m.local {
		return nil
	}
	size, err := diskUsage(dir)
	if err != nil {
		return err
	}
	r.m.disk = append(r.m.disk, float64(size)/float64(r.load.samples))
	return nil
}

// full sends the whole load and waits until it is stored.
func (r *pointsRun) full(ctx context.Context, c *collectorRun) error {
	begun, acked, err := c.send(ctx, r.load.framed, 0)
	if err != nil {
		return err
	}
	if err := c.awaitStored(ctx, r.load.samples); err != nil {
		return err
	}
	stored := time.Since(begun)
	usage, known, err := c.server.Usage()
	if err != nil {
		return err
	}
	r.m.local = known
	if known {
		r.m.usage = append(r.m.usage, usage)
	}
	r.m.acked = append(r.m.acked, float64(r.load.samples)/acked.Seconds())
	r.m.stored = append(r.m.stored, float64(r.load.samples)/stored.Seconds())
	r.cfg.Log("run %d: %.0f samples/s acknowledged, %.0f stored", len(r.m.acked), r.m.acked[len(r.m.acked)-1], r.m.stored[len(r.m.stored)-1])
	return c.receipts(r.load.samples / load.PointMetrics)
}

// pacedFor is how long the load at half the rate lasts, if it is long enough.
const pacedFor = 10 * time.Second

// paced sends a part of the load at half the rate that was reached.
func (r *pointsRun) paced(ctx context.Context, c *collectorRun) error {
	rate := r.m.acked[len(r.m.acked)-1] / 2 / pointConnections
	interval := time.Duration(float64(r.cfg.Frame*load.PointMetrics) / rate * float64(time.Second))
	var part [][]rawMessage
	for _, frames := range r.load.framed {
		part = append(part, frames[:min(len(frames), int(pacedFor/interval)+1)])
	}
	if _, _, err := c.send(ctx, part, interval); err != nil {
		return err
	}
	r.m.p99 = append(r.m.p99, float64(percentile(c.latencies(), 0.99))/float64(time.Millisecond))
	r.cfg.Log("run %d: acknowledged within %.1f ms (p99)", len(r.m.acked), r.m.p99[len(r.m.p99)-1])
	return nil
}

// single sends messages with one point.
func (r *pointsRun) single(ctx context.Context, c *collectorRun) error {
	_, acked, err := c.send(ctx, r.load.single, 0)
	if err != nil {
		return err
	}
	r.m.messages = append(r.m.messages, float64(r.load.messages())/acked.Seconds())
	r.cfg.Log("run %d: %.0f messages/s", len(r.m.acked), r.m.messages[len(r.m.messages)-1])
	return nil
}
