package fileupload

import (
	"errors"
	"time"

	"github.com/sluice-ingest/sluice/libs/config"
)

// ScrubConfig is the section scrub of the configuration.
type ScrubConfig struct {
	Rate     config.Bytes  `koanf:"rate" help:"bytes a second at which stored content is read back beside serving, to find what the disk has lost; at least 64KiB; 0 reads nothing back"`
	Interval time.Duration `koanf:"interval" help:"how often each content is read back, if the rate is enough for it"`
}

// minScrubRate keeps a rate that was meant in MiB from taking years.
const minScrubRate = 64 * config.KiB

// DefaultScrubConfig reads everything back once a week, at 16 MiB/s.
func DefaultScrubConfig() ScrubConfig {
	return ScrubConfig{Rate: 16 * config.MiB, Interval: 7 * 24 * time.Hour}
}

// Validate returns a setting that can't be used.
func (c ScrubConfig) Validate() error {
	return errors.Join(
		check(c.Rate == 0 || c.Rate >= minScrubRate, "scrub.rate must be at least 64KiB, or 0 to read nothing back"),
		check(c.Interval > 0, "scrub.interval must be above 0, for example 168h"),
	)
}
