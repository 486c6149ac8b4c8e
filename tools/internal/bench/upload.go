package bench

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/human"
)

// Config says what to measure.
type Config struct {
	Setting

	// Size of each file in bytes, and the number of Files.
	Size  int64
	Files int
	// Concurrency is how many files are uploaded at once.
	Concurrency int
}

// Upload measures uploads. It returns, in this order:
//
//   - upload: MB/s from the first byte sent to the last receipt; a MB is 10^6 bytes.
//   - upload_files: files/s, for more than one file.
//   - upload_of_floor: upload in percent of the floor's median.
//   - upload_server_cpu, upload_server_rss: CPU seconds and peak MiB of the server's
//     process, where the target knows it.
//   - upload_server_cpu_gb: CPU seconds for each 10^9 bytes, likewise.
//   - floor_dd: MB/s.
//
// Every receipt's checksum is compared. The data is removed.
func Upload(ctx context.Context, cfg Config) (figures []Figure, err error) {
	err = onStand(cfg.Setting, func(s *stand) error {
		cfg.Log("making %s of %s in %s", human.Count(cfg.Files, "file"), human.Size(cfg.Size), s.dir)
		sources, err := makeSources(s.dir, cfg.Files, cfg.Size)
		if err != nil {
			return err
		}
		b := &uploadBench{stand: s, cfg: cfg, sources: sources}
		if err := s.repeat(ctx, b.run); err != nil {
			return err
		}
		figures = b.figures()
		return nil
	})
	return figures, err
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
