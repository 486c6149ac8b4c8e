package interceptor

import (
	"fmt"

	"github.com/sluice-ingest/sluice/libs/interceptor/auth"
	"github.com/sluice-ingest/sluice/libs/interceptor/ratelimit"
)

// Config of the chain. The zero Config has neither authentication nor a rate
// limit.
type Config struct {
	Auth      auth.Config      `koanf:"auth"`
	RateLimit ratelimit.Config `koanf:"rate_limit"`
}

// Validate returns an error that names the field to mend. The keys file is
// looked at when it is opened, not here.
func (c Config) Validate() error {
	if err := c.RateLimit.Validate(); err != nil {
		return fmt.Errorf("rate_limit: %w", err)
	}
	return nil
}
