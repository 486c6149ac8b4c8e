package front

import (
	"errors"

	"github.com/sluice-ingest/sluice/libs/interceptor/auth"
	"github.com/sluice-ingest/sluice/libs/interceptor/ratelimit"
	"github.com/sluice-ingest/sluice/libs/server"
)

// Config is the part of a service's configuration that every service has. A
// service's own embeds it.
type Config struct {
	Server    server.Config    `koanf:"server"`
	Auth      auth.Config      `koanf:"auth"`
	RateLimit ratelimit.Config `koanf:"rate_limit"`
}

// DefaultConfig returns the defaults of a service that serves at the given
// addresses.
func DefaultConfig(listen, admin string) Config {
	return Config{Server: server.DefaultConfig(listen, admin)}
}

// Validate returns every setting that can't be used.
func (c Config) Validate() error {
	return errors.Join(c.Server.Validate(), c.Server.CheckExposure(c.authenticates()), c.RateLimit.Validate())
}

func (c Config) authenticates() bool { return c.Auth.KeysFile != "" }
