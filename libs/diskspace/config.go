package diskspace

import (
	"errors"

	"github.com/sluice-ingest/sluice/libs/config"
)

// Config is the section storage of a service's configuration.
type Config struct {
	LowWatermark config.Bytes `koanf:"low_watermark" help:"free space of the data folder's disk below which new work is refused; what was begun finishes, and all is taken again once there is a tenth more; 0 refuses nothing"`
}

// DefaultConfig returns a watermark of 1 GiB, above the free space that the
// journal leaves by default.
func DefaultConfig() Config { return Config{LowWatermark: config.GiB} }

// Validate returns a setting that can't be used.
func (c Config) Validate() error {
	if c.LowWatermark < 0 {
		return errors.New("storage.low_watermark must be 0 or above, for example 1GiB")
	}
	return nil
}

// CheckAbove refuses a watermark below which the journal would already take
// nothing, so that what was begun could not finish.
func (c Config) CheckAbove(minFreeSpace config.Bytes) error {
	if c.LowWatermark == 0 || c.LowWatermark > minFreeSpace {
		return nil
	}
	return errors.New("storage.low_watermark must be above journal.min_free_space, or 0 to refuse nothing")
}

// resumeAt is the free space at which new work is taken again.
func (c Config) resumeAt() int64 { return int64(c.LowWatermark) + int64(c.LowWatermark)/10 }
