package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/human"
)

// maxConnections is how many connections share the uploads.
const maxConnections = 2

// Config says what to measure.
type Config struct {
	// Target is what the files are uploaded to.
	Target Target
	// Dir is the folder for the data: the figures are of its file system.
	Dir string
	// Size of each file in bytes, and the number of Files.
	Size  int64
	Files int
	// Concurrency is how many files are uploaded at once.
	Concurrency int
	// Runs of which the medians are taken, each on an empty data folder.
	Runs int
	// Floor measures the file system of a folder in MB/s.
	Floor func(ctx context.Context, dir string) (float64, error)
	// Connect opens a connection to an address.
	Connect func(addr string) (*client.StreamingClient, error)
	// Log tells what goes on.
	Log func(format string, args ...any)
}

// Upload measures uploads and returns, in this order, upload (MB/s, from the
// first byte sent to the last receipt), upload_files (files/s, for more than
// one file), upload_server_cpu (s) and upload_server_rss (MiB) of the server's
// process where the target knows it, and floor_dd (MB/s). A MB is 10^6 bytes.
//
// Every receipt's checksum is compared. The data is removed.
func Upload(ctx context.Context, cfg Config) (figures []Figure, err error) {
	dir, err := os.MkdirTemp(cfg.Dir, "sluice-bench-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the data: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	cfg.Log("making %s of %s in %s", human.Count(cfg.Files, "file"), human.Size(cfg.Size), dir)
	sources, err := makeSources(dir, cfg.Files, cfg.Size)
	if err != nil {
		return nil, err
	}
	var m measurements
	for i := range max(cfg.Runs, minFloors) {
		if err := m.addFloor(ctx, cfg, dir); err != nil {
			return nil, err
		}
		if i < cfg.Runs {
			if err := m.addRun(ctx, cfg, dir, sources); err != nil {
				return nil, err
			}
		}
	}
	return m.figures(cfg), nil
}

// uploadAll uploads the files over the connections and returns the time from
// the first byte to the last receipt.
func uploadAll(ctx context.Context, clients []*client.StreamingClient, sources []source, concurrency int) (time.Duration, error) {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(concurrency)
	begun := time.Now()
	for i, s := range sources {
		group.Go(func() error { return uploadOne(ctx, clients[i%len(clients)], s) })
	}
	err := group.Wait()
	return time.Since(begun), err
}

// uploadOne makes a single attempt: a figure with a retry in it would be of
// something else.
func uploadOne(ctx context.Context, c *client.StreamingClient, s source) error {
	receipt, err := c.UploadFile(ctx, s.path)
	if err != nil {
		return err
	}
	if receipt.Checksum != s.checksum {
		return fmt.Errorf("the receipt of %s has the SHA-256 %s, not %s", s.path, receipt.Checksum, s.checksum)
	}
	return nil
}
