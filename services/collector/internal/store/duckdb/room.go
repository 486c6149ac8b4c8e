package duckdb

import (
	"fmt"
	"path/filepath"

	"github.com/dustin/go-humanize"
	"golang.org/x/sys/unix"

	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

const (
	// spareRoom is what a checkpoint or a deletion needs at least, in bytes.
	spareRoom = 2 << 20
	// sampleRoom is what a sample takes in the log, at most.
	sampleRoom = 24
)

// roomFor is how much a batch may take in the log.
func roomFor(batch *core.Batch) int64 {
	room := int64(batch.Samples.Len()+len(batch.Late)) * sampleRoom
	for i := range batch.Series {
		series := &batch.Series[i]
		room += int64(len(series.Tenant) + len(series.Source) + len(series.Metric))
		for _, tag := range series.Tags {
			room += int64(len(tag.Name) + len(tag.Value))
		}
	}
	for i := range batch.Producers {
		if receipt := batch.Producers[i].Receipt; receipt != nil {
			room += int64(len(receipt.Answer))
		}
	}
	return room + int64(len(batch.Series)+len(batch.Producers))*1024
}

// needRoom refuses what is to take so many bytes while the disk has no room for
// them and for folding the log into the file, which stands beside the log until
// it is done. DuckDB could not do that on a full disk, and the log would never
// shrink.
func (s *Store) needRoom(bytes int64) error {
	log, err := s.logSize()
	if err != nil {
		return err
	}
	free, err := freeRoom(filepath.Dir(s.path))
	if err != nil {
		return err
	}
	if need := bytes + log + spareRoom; free < need {
		return fmt.Errorf("%w: %s are free and %s needed", core.ErrStoreFull,
			humanize.IBytes(uint64(free)), humanize.IBytes(uint64(need)))
	}
	return nil
}

func freeRoom(folder string) (int64, error) {
	var stat unix.Statfs_t
	if err := unix.Statfs(folder, &stat); err != nil {
		return 0, err
	}
	return int64(stat.Bavail) * stat.Bsize, nil
}
