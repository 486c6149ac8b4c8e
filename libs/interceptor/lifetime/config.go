package lifetime

import (
	"errors"
	"time"

	"github.com/sluice-ingest/sluice/libs/config"
)

// Config of the streams' lifetime.
type Config struct {
	// MaxAge of any stream. 0, the default, is no bound. A stream ends up to 10 %
	// earlier, at random.
	MaxAge time.Duration `help:"largest age of a stream, which then resumes; up to 10 % less, at random; 0 is no bound" koanf:"max_age"`
	// IdleTimeout is how long a stream may wait for one whole message of its client,
	// the request of a server stream too. 0 is no bound. What the server takes to
	// handle messages does not count.
	IdleTimeout time.Duration `help:"how long a stream may wait for one whole message of its client; 0 is no bound" koanf:"idle_timeout"`
	// MinBytesPerSecond that a client stream has to bring while the server waits
	// for it. 0 is no bound.
	MinBytesPerSecond config.Bytes `help:"least rate of a client stream while the server waits for it; 0 is no bound" koanf:"min_bytes_per_second"`
	// MinRateWindow is how much waiting MinBytesPerSecond is judged over, from one
	// message to another.
	MinRateWindow time.Duration `help:"how much waiting the least rate is judged over" koanf:"min_rate_window"`
}

// The defaults. Five minutes of silence are five reports of a sensor that
// reports each minute, and the time after which many a middlebox forgets a
// connection.
const (
	defaultIdleTimeout = 5 * time.Minute
	defaultRateWindow  = time.Minute
	defaultFileRate    = config.KiB
)

// DefaultConfig returns the defaults for streams that may well bring little, as
// points and logs do when they are sent as they arise: idle for 5 minutes, of
// any age and rate.
func DefaultConfig() Config {
	return Config{IdleTimeout: defaultIdleTimeout, MinRateWindow: defaultRateWindow}
}

// FileConfig returns the defaults for streams whose content is there when they
// begin: those of [DefaultConfig], and at least 1 KiB/s.
func FileConfig() Config {
	cfg := DefaultConfig()
	cfg.MinBytesPerSecond = defaultFileRate
	return cfg
}

// Validate returns an error that names each setting to mend, by its key in the
// configuration of a service.
func (c Config) Validate() error {
	return errors.Join(
		atLeastASecond("streams.max_age", c.MaxAge),
		atLeastASecond("streams.idle_timeout", c.IdleTimeout),
		c.validateRate(),
	)
}

func (c Config) validateRate() error {
	if c.MinBytesPerSecond < 0 {
		return errors.New("streams.min_bytes_per_second must not be negative; 0 is no bound")
	}
	if c.MinBytesPerSecond > 0 && c.MinRateWindow < time.Second {
		return errors.New("streams.min_rate_window must be at least 1s where streams.min_bytes_per_second is set")
	}
	if c.MinRateWindow < 0 {
		return errors.New("streams.min_rate_window must not be negative")
	}
	return nil
}

func atLeastASecond(key string, d time.Duration) error {
	if d < 0 || d > 0 && d < time.Second {
		return errors.New(key + " must be 0, which is no bound, or at least 1s")
	}
	return nil
}
