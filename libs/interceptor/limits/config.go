package limits

import (
	"errors"

	"github.com/sluice-ingest/sluice/libs/config"
	"github.com/sluice-ingest/sluice/libs/interceptor/address"
	"github.com/sluice-ingest/sluice/libs/interceptor/internal/gate"
)

// Config has all limits. The zero Config limits nothing; the package's
// documentation has a table of the defaults.
type Config struct {
	// Connections that all clients together may have open; 4,000 by default. The
	// server's listener bounds them.
	Connections int            `help:"connections that may be open; 0 is no limit" koanf:"connections"`
	Address     address.Config `help:"what one IPv4 address or IPv6 /64 may use" koanf:"address"`
	Principal   Bounds         `help:"what one principal, a tenant and a subject, may use" koanf:"principal"`
	Tenant      Bounds         `help:"what one tenant may use" koanf:"tenant"`
	// Tenants are those with bounds of their own, each as
	// tenant=key:value;key:value with the keys of Bounds. What isn't named is as
	// in Tenant.
	Tenants []string `help:"tenants with limits of their own, each as tenant=key:value;key:value" koanf:"tenants"`
}

// Bounds are what one principal or tenant may use. 0 is no limit.
type Bounds struct {
	// CallsPerSecond that may be started in the long run. 0, the default: a file
	// is one call, and a client may well send thousands of small ones a second.
	CallsPerSecond float64 `help:"calls a second that may be started; 0 is no limit" koanf:"calls_per_second"`
	// Burst is how many calls may be started at once after a pause. 0, the
	// default, is two seconds' worth, at least 1.
	Burst int `help:"calls that may be started at once; 0 is two seconds' worth" koanf:"burst"`
	// Streams that may be open; by default 2,000 for a principal and 4,000 for a
	// tenant.
	Streams int `help:"streams that may be open; 0 is no limit" koanf:"streams"`
	// MessagesPerSecond that are received in the long run; 0 by default.
	MessagesPerSecond float64 `help:"messages received a second; 0 is no limit" koanf:"messages_per_second"`
	// BytesPerSecond that are received in the long run, after decompression; 0
	// by default.
	BytesPerSecond config.Bytes `help:"bytes received a second; 0 is no limit" koanf:"bytes_per_second"`
}

// DefaultConfig returns the defaults.
func DefaultConfig() Config {
	return Config{
		Connections: 4000,
		Address:     address.DefaultConfig(),
		Principal:   Bounds{Streams: 2000},
		Tenant:      Bounds{Streams: 4000},
	}
}

// Validate returns every setting that can't be used, by its key in the
// configuration of a service.
func (c Config) Validate() error {
	var connections error
	if c.Connections < 0 {
		connections = errors.New("limits.connections must be 0 or a positive number")
	}
	_, tenants := c.tenants()
	return errors.Join(connections, c.Address.Validate(),
		c.Principal.validate("limits.principal"), c.Tenant.validate("limits.tenant"), tenants)
}

func (b Bounds) validate(section string) error {
	var bytes error
	if b.BytesPerSecond < 0 {
		bytes = errors.New(section + ".bytes_per_second must be 0 or a positive size")
	}
	return errors.Join(b.calls().Validate(section), gate.CheckRate(section+".messages_per_second", b.MessagesPerSecond), bytes)
}

// calls are the bounds on starting calls.
func (b Bounds) calls() gate.Bounds {
	return gate.Bounds{CallsPerSecond: b.CallsPerSecond, Burst: b.Burst, Streams: b.Streams}
}

func (b Bounds) none() bool {
	return b.calls().None() && b.MessagesPerSecond == 0 && b.BytesPerSecond == 0
}
