package collector

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sluice-ingest/sluice/services/collector/internal/core"
)

// retention reads how long points are kept.
func (c Config) retention() (core.Retention, error) {
	kept := core.Retention{Default: c.Retention, Tenants: map[string]time.Duration{}}
	errs := []error{check(c.Retention >= 0, "retention must be 0 or above")}
	for _, setting := range c.TenantRetention {
		tenant, text, _ := strings.Cut(setting, "=")
		duration, err := time.ParseDuration(text)
		if err != nil || tenant == "" || duration < 0 {
			errs = append(errs, fmt.Errorf("tenant_retention has %q: write tenant=duration, for example acme=720h", setting))
			continue
		}
		kept.Tenants[tenant] = duration
	}
	return kept, errors.Join(errs...)
}
