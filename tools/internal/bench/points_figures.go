package bench

import (
	"fmt"
	"io/fs"
	"math"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/sluice-ingest/sluice/tools/internal/service"
)

// pointMeasurements are the values of all runs.
type pointMeasurements struct {
	// local tells whether the server's process and folder are known.
	local                 bool
	acked, stored, disk   []float64
	p99, messages, floors []float64
	usage                 []service.Usage
}

func (m *pointMeasurements) figures() []Figure {
	figures := []Figure{
		newFigure("points_acked_plain", "samples/s", m.acked),
		newFigure("points_stored", "samples/s", m.stored),
	}
	if m.local {
		var cpu, rss []float64
		for _, usage := range m.usage {
			cpu = append(cpu, usage.CPU.Seconds())
			rss = append(rss, float64(usage.PeakRSS)/(1<<20))
		}
		figures = append(figures, newFigure("points_server_cpu", "s", cpu), newFigure("points_server_rss", "MiB", rss),
			newFigure("points_disk", "B/sample", m.disk))
	}
	figures = append(figures, newFigure("points_ack_p99", "ms", m.p99))
	if len(m.messages) > 0 {
		figures = append(figures, newFigure("points_messages", "messages/s", m.messages))
	}
	return append(figures, newFigure("floor_dd", "MB/s", m.floors))
}

// percentile of at least one value: the smallest that so large a share is not
// above.
func percentile(values []time.Duration, share float64) time.Duration {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[max(0, int(math.Ceil(share*float64(len(sorted))))-1)]
}

// diskUsage is what the files below a folder take on disk, as du tells it.
func diskUsage(dir string) (bytes int64, err error) {
	const block = 512
	err = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if stat, ok := info.Sys().(*syscall.Stat_t); ok {
			bytes += stat.Blocks * block
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("measure the data folder: %w", err)
	}
	return bytes, nil
}
