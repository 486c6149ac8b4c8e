package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/service"
)

// minFloors is how often the disk is measured at least.
const minFloors = 3

// Target is a server to upload to.
type Target interface {
	// Start returns a server that keeps its data below dir, which is empty.
	Start(ctx context.Context, dir string) (Server, error)
}

// Server is a running server.
type Server interface {
	Addr() string
	// Usage is what the server has taken so far. ok is false for a server whose
	// process is not known.
	Usage() (u service.Usage, ok bool, err error)
	Stop() error
}

// measurements are the values of all runs.
type measurements struct {
	elapsed []time.Duration
	usage   []service.Usage
	floors  []float64
}

func (m *measurements) addFloor(ctx context.Context, cfg Config, dir string) error {
	value, err := cfg.Floor(ctx, dir)
	if err != nil {
		return err
	}
	cfg.Log("floor %d: %.0f MB/s", len(m.floors)+1, value)
	m.floors = append(m.floors, value)
	return nil
}

// addRun uploads everything to a server with an empty data folder.
func (m *measurements) addRun(ctx context.Context, cfg Config, dir string, sources []source) (err error) {
	data := filepath.Join(dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		return fmt.Errorf("make a data folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(data)) }()
	server, err := cfg.Target.Start(ctx, data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	clients, err := connect(ctx, cfg, server.Addr())
	defer func() { err = errors.Join(err, closeAll(clients)) }()
	if err != nil {
		return err
	}
	elapsed, err := uploadAll(ctx, clients, sources, cfg.Concurrency)
	if err != nil {
		return err
	}
	usage, known, err := server.Usage()
	if err != nil {
		return err
	}
	m.elapsed = append(m.elapsed, elapsed)
	if known {
		m.usage = append(m.usage, usage)
	}
	cfg.Log("run %d: %.0f MB/s", len(m.elapsed), rate(cfg, elapsed))
	return nil
}

// connect opens the connections and makes a call on each, so that none is made
// while the clock runs.
func connect(ctx context.Context, cfg Config, addr string) ([]*client.StreamingClient, error) {
	var clients []*client.StreamingClient
	for range min(maxConnections, cfg.Concurrency, cfg.Files) {
		c, err := cfg.Connect(addr)
		if err != nil {
			return clients, err
		}
		clients = append(clients, c)
		if _, err := c.Files().ListUploads(ctx, &fileuploadv1.ListUploadsRequest{PageSize: 1}); err != nil {
			return clients, err
		}
	}
	return clients, nil
}

func closeAll(clients []*client.StreamingClient) error {
	var errs []error
	for _, c := range clients {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

// figures turns the measurements into figures.
func (m *measurements) figures(cfg Config) []Figure {
	var rates, files, cpu, rss []float64
	for _, elapsed := range m.elapsed {
		rates = append(rates, rate(cfg, elapsed))
		files = append(files, float64(cfg.Files)/elapsed.Seconds())
	}
	for _, usage := range m.usage {
		cpu = append(cpu, usage.CPU.Seconds())
		rss = append(rss, float64(usage.PeakRSS)/(1<<20))
	}
	figures := []Figure{newFigure("upload", "MB/s", rates)}
	if cfg.Files > 1 {
		figures = append(figures, newFigure("upload_files", "files/s", files))
	}
	if len(m.usage) > 0 {
		figures = append(figures, newFigure("upload_server_cpu", "s", cpu), newFigure("upload_server_rss", "MiB", rss))
	}
	return append(figures, newFigure("floor_dd", "MB/s", m.floors))
}

// rate is in MB/s.
func rate(cfg Config, elapsed time.Duration) float64 {
	return float64(cfg.Size) * float64(cfg.Files) / 1e6 / elapsed.Seconds()
}
