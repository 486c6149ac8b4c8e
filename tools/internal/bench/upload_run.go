package bench

import (
	"context"
	"errors"
	"time"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/client"
)

// uploadBench measures uploads.
type uploadBench struct {
	*stand

	cfg     Config
	sources []source
	elapsed []time.Duration
}

// run uploads everything to a server with an empty data folder.
func (b *uploadBench) run(ctx context.Context) error {
	return b.withServer(ctx, b.upload, nil)
}

func (b *uploadBench) upload(ctx context.Context, server Server) (err error) {
	clients, err := b.connect(ctx, server.Addr())
	defer func() { err = errors.Join(err, closeAll(clients)) }()
	if err != nil {
		return err
	}
	elapsed, err := uploadAll(ctx, clients, b.sources, b.cfg.Concurrency)
	if err != nil {
		return err
	}
	b.elapsed = append(b.elapsed, elapsed)
	b.Log("run %d: %.0f MB/s", len(b.elapsed), b.rate(elapsed))
	return b.noteUsage(server)
}

// connect opens the connections and makes a call on each, so that none is made
// while the clock runs.
func (b *uploadBench) connect(ctx context.Context, addr string) ([]*client.StreamingClient, error) {
	var clients []*client.StreamingClient
	for range min(maxConnections, b.cfg.Concurrency, b.cfg.Files) {
		c, err := b.Connect(addr)
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

// figures turns the measurements into figures.
func (b *uploadBench) figures() []Figure {
	var rates, files []float64
	for _, elapsed := range b.elapsed {
		rates = append(rates, b.rate(elapsed))
		files = append(files, float64(b.cfg.Files)/elapsed.Seconds())
	}
	figures := []Figure{newFigure("upload", "MB/s", rates)}
	if b.cfg.Files > 1 {
		figures = append(figures, newFigure("upload_files", "files/s", files))
	}
	floor := b.floorFigure()
	figures = append(figures, newFigure("upload_of_floor", "%", shares(rates, floor.Value)))
	figures = append(figures, b.usageFigures("upload")...)
	if b.local && b.cfg.Size > 0 {
		figures = append(figures, newFigure("upload_server_cpu_gb", "s/GB", b.cpuPerGB()))
	}
	return append(figures, floor)
}

// shares are the values in percent of a whole.
func shares(values []float64, whole float64) []float64 {
	var shares []float64
	for _, value := range values {
		shares = append(shares, 100*value/whole)
	}
	return shares
}

// cpuPerGB are the CPU seconds of the server's process for each 10^9 bytes.
func (b *uploadBench) cpuPerGB() []float64 {
	var seconds []float64
	for _, usage := range b.usage {
		seconds = append(seconds, usage.CPU.Seconds()/b.gigabytes())
	}
	return seconds
}

func (b *uploadBench) gigabytes() float64 { return float64(b.cfg.Size) * float64(b.cfg.Files) / 1e9 }

// rate is in MB/s.
func (b *uploadBench) rate(elapsed time.Duration) float64 {
	return b.gigabytes() * 1e3 / elapsed.Seconds()
}
