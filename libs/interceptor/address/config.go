package address

import (
	"errors"

	"github.com/sluice-ingest/sluice/libs/interceptor/internal/gate"
)

// Config is what one address may start and hold open. 0 is no limit; the zero
// Config limits nothing.
type Config struct {
	// CallsPerSecond that an address may start in the long run; 5,000 by default.
	CallsPerSecond float64 `help:"calls a second that one address may start; 0 is no limit" koanf:"calls_per_second"`
	// Burst is how many calls an address may start at once after a pause. 0, the
	// default, is two seconds' worth, at least 1.
	Burst int `help:"calls that one address may start at once; 0 is two seconds' worth" koanf:"burst"`
	// Streams that an address may have open; 2,000 by default.
	Streams int `help:"streams that one address may have open; 0 is no limit" koanf:"streams"`
	// Connections that an address may have open; 1,000 by default. The server's
	// listener bounds them.
	Connections int `help:"connections that one address may have open; 0 is no limit" koanf:"connections"`
}

// DefaultConfig returns the defaults. They leave room for a thousand agents
// behind one address: a producer has a connection and two streams, its own and
// the watch of its position.
func DefaultConfig() Config {
	return Config{CallsPerSecond: 5000, Streams: 2000, Connections: 1000}
}

// Validate returns every setting that can't be used, by its key in the
// configuration of a service.
func (c Config) Validate() error {
	var connections error
	if c.Connections < 0 {
		connections = errors.New("limits.address.connections must be 0 or a positive number")
	}
	return errors.Join(c.bounds().Validate("limits.address"), connections)
}

func (c Config) bounds() gate.Bounds {
	return gate.Bounds{CallsPerSecond: c.CallsPerSecond, Burst: c.Burst, Streams: c.Streams}
}
