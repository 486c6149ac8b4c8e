// Package retention says how long tenants' data is kept, and deletes what is
// older.
package retention

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/sluice-ingest/sluice/libs/config/pertenant"
)

// Retention is how long data is kept by its timestamps. The zero value keeps
// everything.
type Retention struct {
	// Default for tenants that are not named; 0 keeps everything.
	Default time.Duration
	// Tenants by name; 0 keeps everything.
	Tenants map[string]time.Duration
}

// Of returns how long the tenant's data is kept; 0 means for good.
func (r Retention) Of(tenant string) time.Duration {
	if kept, named := r.Tenants[tenant]; named {
		return kept
	}
	return r.Default
}

// Parse reads the settings retention and tenant_retention: the default, and
// those of single tenants, each as tenant=duration. It returns every one that
// can't be used.
func Parse(otherwise time.Duration, tenants []string) (Retention, error) {
	kept := Retention{Default: otherwise, Tenants: map[string]time.Duration{}}
	var errs []error
	if otherwise < 0 {
		errs = append(errs, errors.New("retention must be 0 or above"))
	}
	for _, setting := range tenants {
		tenant, text, _ := strings.Cut(setting, "=")
		duration, err := time.ParseDuration(text)
		if err != nil || tenant == "" || duration < 0 {
			errs = append(errs, fmt.Errorf("tenant_retention has %q: write tenant=duration, for example acme=720h", setting))
			continue
		}
		kept.Tenants[tenant] = duration
	}
	errs = append(errs, pertenant.Check("tenant_retention", tenants))
	return kept, errors.Join(errs...)
}
