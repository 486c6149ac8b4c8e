package ratelimit

import (
	"errors"
	"math"
)

// Config of the rate limit.
type Config struct {
	// CallsPerSecond that each principal may start in the long run. 0, the
	// default, is no limit: a file is one call, and a client may well send
	// thousands of small ones a second.
	CallsPerSecond float64 `help:"calls a second that one principal may start; 0 is no limit" koanf:"calls_per_second"`
	// Burst is how many calls a principal may start at once after a pause. 0
	// is one second's worth of calls, at least 1.
	Burst int `help:"calls that one principal may start at once; 0 is one second's worth" koanf:"burst"`
}

// Validate returns an error that names the setting to mend, by its key in the
// configuration of a service.
func (c Config) Validate() error {
	if c.CallsPerSecond < 0 || math.IsNaN(c.CallsPerSecond) || math.IsInf(c.CallsPerSecond, 0) {
		return errors.New("rate_limit.calls_per_second must be 0 or a positive number")
	}
	if c.Burst < 0 {
		return errors.New("rate_limit.burst must not be negative")
	}
	if c.Burst > 0 && c.CallsPerSecond == 0 {
		return errors.New("rate_limit.burst does nothing without rate_limit.calls_per_second: set both or neither")
	}
	return nil
}

func (c Config) burst() int {
	if c.Burst > 0 {
		return c.Burst
	}
	return max(1, int(min(c.CallsPerSecond, math.MaxInt32)))
}
